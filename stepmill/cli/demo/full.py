"""The long way: two models, one tuned and approved by people; asked, scored, watched, trained anew."""

import json
from pathlib import Path
from typing import Any

from stepmill.cli.demo import asking, insight, runs, scoring, shift, tuning, watching
from stepmill.cli.demo.asking import Answer
from stepmill.cli.demo.ending import Story
from stepmill.cli.demo.runs import Json, Run
from stepmill.cli.demo.scenario import columns
from stepmill.cli.demo.scoring import Scored
from stepmill.cli.demo.shift import Row, Shift
from stepmill.cli.demo.stage import PlotBroken, Stage, Wanted
from stepmill.cli.demo.usecase import UseCase
from stepmill.cli.demo.watching import Watched
from stepmill.cli.report.queries import Answers

SECOND = "linear"
TUNED, LINEAR = "xgboost", "linear-learner"
TUNING: dict[str, Any] = {
    "strategy": "Random",
    "max_jobs": 3,
    "parallel_jobs": 2,
    "early_stopping": "Auto",
    "ranges": {
        "ContinuousParameterRanges": [{"Name": "eta", "MinValue": "0.1", "MaxValue": "0.4"}],
        "IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "3", "MaxValue": "6"}],
    },
}
# The rule of the use case: one column that has moved is reason enough to train anew.
SCORING = {"bad_rows": "report", "retrain_drifted_features": 1, "retrain_ndcg": 0.5, "explained_rows": 10}


class Walk:
    def __init__(self, stage: Stage, case: UseCase, folder: Path) -> None:
        self._stage = stage
        self._case = case
        self._folder = folder

    def play(self, template: Path) -> Story:
        """One chapter after the other. Raises: PlotBroken where one leaves nothing to go on with."""
        stage = self._stage
        stage.deploy(template, parameters(self._case))
        tuned, linear = self._train()
        best, live_early = tuning.best(stage, tuned), stage.parameters().get("model-package-arn", "")
        tuned = self._approve(tuned)
        kinds = columns(stage, tuned.folder_uri)
        rows = shift.read_rows(self._case.good, [*kinds, self._case.target])
        truth = [row.pop(self._case.target) for row in rows]
        answer = self._ask(rows)
        scored = self._score(rows, kinds)
        ordinary = self._judge(answer, truth)
        moved = shift.shifted(rows, kinds)
        drifted = self._drift(moved)
        rescored, retrained = self._retrain(moved)
        page, told = self._tell()
        return Story(
            case=self._case,
            trainings=TUNING["max_jobs"],
            tuned=tuned,
            linear=linear,
            best=best,
            live_early=live_early,
            answer=answer,
            scored=scored,
            ordinary=ordinary,
            quality=watching.quality(stage, ordinary),
            shift=moved,
            drifted=drifted,
            rescored=rescored,
            retrained=retrained,
            page=page,
            told=told,
            mails=stage.mails(),
        )

    def _train(self) -> tuple[Run, Run]:
        stage, case = self._stage, self._case
        stage.chapter(
            f"{case.good.name} arrives in S3: two models are trained at once",
            f"{TUNED} searches for its hyperparameters in {TUNING['max_jobs']} trainings, then waits for a"
            f" person; {LINEAR} goes live by policy, on an endpoint of its own.",
        )
        stage.upload(case.good, stage.outputs["DataPrefix"])
        tuned = runs.await_training(stage, f"{TUNED}, tuned", TUNED, _on(""))
        if not tuned.waits:
            raise PlotBroken(f"no version waits for approval: {tuned.reason}")
        stage.chapter("The second model, meanwhile")
        return tuned, runs.await_training(stage, f"{LINEAR}, by policy", LINEAR, _on(f"-{SECOND}"))

    def _approve(self, tuned: Run) -> Run:
        stage, version = self._stage, tuned.version
        stage.chapter(
            "A person approves the first in the Model Registry",
            "The line stands in the training's mail; the registry's event starts the deployment.",
        )
        stage.typed(
            "aws sagemaker update-model-package --model-approval-status Approved \\\n"
            f"  --model-package-arn {version}"
        )
        stage.client("sagemaker").update_model_package(
            ModelPackageArn=version, ModelApprovalStatus="Approved"
        )
        live = runs.deployed(tuned, stage.watch(runs.DEPLOYMENT, runs.of_package(version)))
        runs.tell(stage, live)
        if not live.accepted:
            raise PlotBroken(f"the approved version does not serve: {live.reason}")
        return live

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
            "The same rows, with columns that have moved, are asked for over HTTP; the monitor looks again.",
        )
        answer = asking.post(stage, shift.as_csv(moved.rows))
        stage.done(f"{len(answer.predictions)} such rows asked for over HTTP", stage.outputs["PredictUrl"])
        drifted = watching.look(stage, self._folder / "drift.html")
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


def _on(suffix: str) -> Wanted:
    """Whether a training is for that endpoint."""
    return lambda document: document.get("endpoint_name", "stepmill-dev") == f"stepmill-dev{suffix}"


def _is_retraining(document: Json) -> bool:
    return str(document.get("data_version", "")).startswith("retraining")


def parameters(case: UseCase) -> dict[str, str]:
    """Of the template: a use case with two variants. The names are those of project stepmill, stage dev."""
    shared = case.config | {"bake_s": 0}
    second = {
        "algorithm": LINEAR,
        "tuning": None,
        "approval": "automatic",
        "endpoint_name": f"stepmill-dev-{SECOND}",
        "parameter_prefix": f"/stepmill/dev/training/{SECOND}",
    }
    first = {"algorithm": TUNED, "tuning": TUNING, "approval": "manual"}
    return {
        "Algorithm": TUNED,
        "Target": case.target,
        "RmseLimit": str(case.config["rmse_limit"]),
        "UseCase": json.dumps(shared | first | {"variants": {SECOND: second}}),
        "ScoringUseCase": json.dumps(SCORING),
        "SecondVariant": SECOND,
    }
