"""The long way: models tuned, approved, scaled, asked, scored, watched, trained anew; and one taken back."""

from pathlib import Path
from typing import Any

from stepmill.cli.demo import asking, container, insight, runs, scaling, scoring, shift, tuning, watching
from stepmill.cli.demo.asking import Answer
from stepmill.cli.demo.ending import Story
from stepmill.cli.demo.runs import Json, Run
from stepmill.cli.demo.scaling import Fleet
from stepmill.cli.demo.scenario import columns
from stepmill.cli.demo.scoring import Scored
from stepmill.cli.demo.second import FLEET, SecondEndpoint
from stepmill.cli.demo.shift import Row, Shift
from stepmill.cli.demo.stage import PlotBroken, Stage, Wanted
from stepmill.cli.demo.usecase import LINEAR, XGBOOST, Example, with_variants
from stepmill.cli.demo.watching import Watched
from stepmill.cli.report.queries import Answers
from stepmill.cli.usecase import deploying
from stepmill.cli.usecase.model import Range, Tuning, UseCase

TUNED = XGBOOST
# A few trainings of its two most telling hyperparameters, so that nobody waits long for it.
TUNING = Tuning(
    max_jobs=3,
    ranges={"eta": Range(min=0.1, max=0.4), "max_depth": Range(min=3, max=6)},
)
# Over the use case: people approve the first model, the second goes live by policy. No alarm has anything to
# see before the chapter of the canary.
PLOT: dict[str, Any] = {"approval": "manual", "bake_s": 0}
SECOND_PLOT = {"approval": "automatic"}
# Over the use case: one column that has moved is reason enough to train anew. The ranking of so few explained
# rows, which take little time, is no reason.
SCORING = {"retrain_drifted_features": 1, "retrain_ndcg": 0.5, "explained_rows": 10}
# Over the use case: the ranking of the columns is compared, whatever the use case says.
LOOK = {"attributions": True}


class Walk:
    def __init__(self, stage: Stage, example: Example, folder: Path) -> None:
        self._stage = stage
        self._case = example
        self._folder = folder
        self._pair = pair(example.case)
        self._variant = list(self._pair.variants)[1]

    def play(self, template: Path) -> Story:
        """One chapter after the other. Raises: PlotBroken where one leaves nothing to go on with."""
        stage = self._stage
        stage.deploy(template, parameters(self._pair), self._case.file)
        tuned, linear, second = self._train()
        best, live_early = tuning.best(stage, tuned), stage.parameters().get("model-package-arn", "")
        tuned = self._approve(tuned)
        fleets = self._scale(tuned, linear, second)
        kinds = columns(stage, tuned.folder_uri)
        rows = shift.read_rows(self._case.good, [*kinds, self._case.target])
        truth = [row.pop(self._case.target) for row in rows]
        answer = self._ask(rows)
        scored = self._score(rows, kinds)
        ordinary = self._judge(answer, truth)
        moved = shift.shifted(rows, kinds)
        drifted = self._drift(moved)
        rescored, retrained = self._retrain(moved)
        of_second = second.play(fleets[1], rows, self._folder)
        page, told = self._tell()
        return Story(
            case=self._case,
            trainings=TUNING.max_jobs,
            tuned=tuned,
            linear=linear,
            best=best,
            live_early=live_early,
            fleets=fleets,
            answer=answer,
            scored=scored,
            ordinary=ordinary,
            quality=watching.quality(stage, ordinary),
            shift=moved,
            drifted=drifted,
            rescored=rescored,
            retrained=retrained,
            second=of_second,
            page=page,
            told=told,
            mails=stage.mails(),
        )

    def _train(self) -> tuple[Run, Run, SecondEndpoint]:
        stage, case = self._stage, self._case
        stage.chapter(
            f"{case.good.name} arrives in S3: two models are trained at once",
            f"{TUNED} searches for its hyperparameters in {TUNING.max_jobs} trainings, then waits for a"
            f" person; {LINEAR} goes live by policy, on an endpoint of its own.",
        )
        uri = stage.upload(case.good, stage.outputs["DataPrefix"])
        second = SecondEndpoint(stage, self._pair, self._variant, uri)
        tuned = runs.await_training(stage, f"{TUNED}, tuned", TUNED, _on(None))
        if not tuned.waits:
            raise PlotBroken(f"no version waits for approval: {tuned.reason}")
        stage.chapter("The second model, meanwhile")
        linear = runs.await_training(stage, f"{LINEAR}, by policy", LINEAR, _on(second.endpoint))
        return tuned, linear, second

    def _approve(self, tuned: Run) -> Run:
        stage, version = self._stage, tuned.version
        stage.chapter(
            "A person approves the first in the Model Registry",
            "The line stands in the training's mail; the registry's event starts the deployment.",
        )
        runs.approve(stage, version)
        live = runs.deployed(tuned, stage.watch(runs.DEPLOYMENT, runs.of_package(version)))
        runs.tell(stage, live)
        if not live.accepted:
            raise PlotBroken(f"the approved version does not serve: {live.reason}")
        return live

    def _scale(self, tuned: Run, linear: Run, second: SecondEndpoint) -> list[Fleet]:
        stage = self._stage
        stage.chapter(
            "Both endpoints grow and shrink with their requests",
            "The deployments have set bounds and policies. The second fleet is to have two instances now.",
        )
        served = ((stage.outputs["EndpointName"], tuned), (second.endpoint, linear))
        fleets = [scaling.fleet(stage, endpoint, run.version) for endpoint, run in served]
        scaling.show(stage, fleets)
        scaling.raise_minimum(stage, fleets[1], FLEET)
        return fleets

    def _ask(self, rows: list[Row]) -> Answer:
        stage = self._stage
        stage.chapter(
            "Both models answer over HTTP",
            "API Gateway and a function ask both endpoints at once and answer with the larger prediction.",
        )
        stage.typed(asking.curl(shift.as_csv(rows[:1])))
        asking.show(stage, asking.post(stage, shift.as_csv(rows[:1])), self._case.unit)
        answer = asking.post(stage, shift.as_csv(rows))
        stage.done(f"{len(answer.predictions)} more rows in one request")
        return answer

    def _score(self, rows: list[Row], kinds: dict[str, str]) -> Scored:
        stage, file = self._stage, self._folder / "new_rows.csv"
        stage.chapter(
            "A file of rows is scored in a batch",
            "One of its cells is corrupt: that row is reported, the rest is scored, and a rule looks at all.",
        )
        file.write_text(shift.as_csv(scoring.spoilt(rows, kinds)), "utf-8")
        scored = scoring.score(stage, file)
        scoring.show(stage, scored, self._case)
        return scored

    def _judge(self, answer: Answer, truth: list[str]) -> Watched:
        """Truth for what was asked over HTTP; those rows were like the training's."""
        stage, file = self._stage, self._folder / "truth.csv"
        stage.chapter(
            "The truth arrives, and the monitor looks",
            "It starts the monitor, which joins it with the predictions. Ordinary rows must raise no alarm.",
        )
        lines = [f"{answer.inference_id}#{place},{value}" for place, value in enumerate(truth, 1)]
        file.write_text("\n".join(["inference_id,truth", *lines]) + "\n", "utf-8")
        stage.upload(file, f"truth/{stage.outputs['EndpointName']}/")
        ordinary = watching.look(stage, self._folder / "ordinary.html", Stage.watch)
        watching.show(stage, ordinary)
        for metric, value in watching.quality(stage, ordinary).items():
            stage.done(f"{metric} {value:,.2f} {self._case.unit}".rstrip() + f" on {len(lines)} answers")
        return ordinary

    def _drift(self, moved: Shift) -> Watched:
        stage = self._stage
        stage.chapter(
            f"The world changes: {moved.words}",
            "Such rows are asked for over HTTP. The monitor looks again, also at which columns count most.",
        )
        answer = asking.post(stage, shift.as_csv(moved.rows))
        stage.done(f"{len(answer.predictions)} such rows asked for over HTTP", stage.outputs["PredictUrl"])
        given = deploying.monitor_input(self._case.case.monitoring) | LOOK
        drifted = watching.look(stage, self._folder / "drift.html", watching.by_hand(given))
        watching.show(stage, drifted)
        return drifted

    def _retrain(self, moved: Shift) -> tuple[Scored, Run | None]:
        stage, file = self._stage, self._folder / "moved_rows.csv"
        stage.chapter(
            "Such rows are scored too, and a rule decides on a new training",
            "One column that has moved is enough here; a cause starts one training a day at most.",
        )
        file.write_text(shift.as_csv(moved.rows), "utf-8")
        scored = scoring.score(stage, file)
        stage.done(scored.reason)
        if not scored.retrains:
            return scored, None
        title = f"{TUNED}, trained anew"
        return scored, runs.await_training(stage, title, TUNED, _is_retraining)

    def _tell(self) -> tuple[Path, Answers]:
        stage, page = self._stage, self._folder / "insight.html"
        stage.chapter(
            "A page of all that", "What `stepmill report` writes: alerts, predictions, drift, quality."
        )
        told = insight.write_page(stage, page)
        stage.done(told.summary(), str(page))
        return page, told


def _on(endpoint: str | None) -> Wanted:
    """Whether a training is for that endpoint; None: for the deployment's first."""
    return lambda document: document.get("endpoint_name") == endpoint


def _is_retraining(document: Json) -> bool:
    return str(document.get("data_version", "")).startswith("retraining")


def pair(case: UseCase) -> UseCase:
    """The use case with its XGBoost, which searches for its hyperparameters, and its Linear Learner."""
    both = with_variants(case, TUNED, LINEAR)
    (name, tuned), *second = both.variants.items()
    fixed = {key: value for key, value in (tuned.hyperparameters or {}).items() if key not in TUNING.ranges}
    searching = tuned.model_copy(update={"tuning": TUNING, "hyperparameters": fixed or None})
    return case.model_copy(update={"variants": {name: searching, **dict(second)}})


def parameters(case: UseCase) -> dict[str, str]:
    """The template's, as `stepmill deploy --use-case` makes them of that pair, and the plot's over them."""
    _, second = case.variants
    made = deploying.parameters(case)
    made = deploying.changed(made, "UseCase", PLOT | {"variants": {second: SECOND_PLOT}})
    made = deploying.changed(made, "ScoringUseCase", SCORING)
    # What a use case with the container as a variant would ask for: the roles are let into its repository.
    return made | {"ImageRepository": container.REPOSITORY}
