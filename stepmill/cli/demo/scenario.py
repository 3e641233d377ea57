"""The demo's plot: three trainings, what they lead to, and a drift; and what must be true after each."""

import json
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from stepmill.cli.demo import asking, report, runs, serving, shift, watching
from stepmill.cli.demo.runs import Run
from stepmill.cli.demo.serving import Mail, Price
from stepmill.cli.demo.shift import Shift
from stepmill.cli.demo.stage import MAIL_LIMIT_S, Stage
from stepmill.cli.demo.usecase import LINEAR, XGBOOST, Example, with_variants
from stepmill.cli.demo.watching import Watched
from stepmill.cli.usecase import deploying
from stepmill.cli.usecase.model import UseCase

BASELINE, CHALLENGER = LINEAR, XGBOOST
# Over the use case: nobody sits there to approve, and no alarm has anything to see.
PLOT = {"approval": "automatic", "bake_s": 0}
# Over the use case: what asks the model once more is left to --full.
LOOK = {"attributions": False}


@dataclass
class Story:
    case: Example
    runs: list[Run] = field(default_factory=list)
    prices: list[Price] = field(default_factory=list)
    parameters: dict[str, str] = field(default_factory=dict)
    mails: list[Mail] = field(default_factory=list)
    shift: Shift | None = None
    watched: Watched | None = None
    claims: dict[str, bool] = field(default_factory=dict)

    def figures(self, seconds: float) -> dict[str, Any]:
        """What summary.json holds."""
        drift = None
        if self.shift and self.watched:
            drift = {"injected": self.shift.words, **report.watched_figures(self.watched)}
        return {
            "example": self.case.name,
            "target": self.case.target,
            "unit": self.case.unit,
            "seconds": round(seconds, 1),
            "runs": [asdict(run) for run in self.runs],
            "prices": [asdict(price) for price in self.prices],
            "parameters": self.parameters,
            "drift": drift,
            "mails": report.mail_figures(self.mails),
            "claims": self.claims,
        }

    def show(self, console: Any) -> None:
        console.print()
        report.show_models(console, self.case, self.runs)
        report.show_prices(console, self.case, self.prices)
        report.show_pairs(console, "Exported to SSM", self.parameters)
        report.show_mails(console, self.mails)


class Scenario:
    def __init__(self, stage: Stage, case: Example, folder: Path) -> None:
        self._stage = stage
        self._case = case
        self._folder = folder

    def play(self, template: Path) -> Story:
        """Deploy, train twice, train on spoilt data, let the data drift; a claim for each thing to show."""
        case, stage, story = self._case, self._stage, Story(self._case)
        stage.deploy(template, parameters(case.case), case.file)
        prefix = stage.outputs["DataPrefix"]
        stage.chapter(f"{case.good.name} arrives in S3: a {BASELINE} model is trained")
        uri = stage.upload(case.good, prefix)
        story.runs.append(runs.await_training(stage, f"{BASELINE}, on arrival", BASELINE))
        stage.chapter(f"{CHALLENGER} challenges it on the same file")
        given = challenger(case.case) | {"data_uri": uri}
        story.runs.append(runs.start_training(stage, f"{CHALLENGER}, the challenger", CHALLENGER, given))
        before = stage.parameters()
        story.prices = self._prices(story.runs)
        stage.chapter(f"{case.worse.name} arrives: the same rows with spoilt values of {case.target}")
        stage.upload(case.worse, prefix)
        story.runs.append(runs.await_training(stage, "spoilt data", BASELINE))
        story.parameters = stage.parameters()
        after, config = self._prices(story.runs), self._endpoint_config()
        self._await_mails(story.runs)
        if any(run.accepted for run in story.runs):
            self._drift(story)
        story.mails = stage.mails()
        story.claims = claims(story, before, after, config)
        return story

    def _drift(self, story: Story) -> None:
        """Rows that are not like those of the training are asked for over HTTP, and the monitor looks."""
        stage = self._stage
        kinds = columns(stage, newest(story.runs).folder_uri)
        rows = shift.read_rows(self._case.good, list(kinds))
        story.shift = shift.shifted(rows, kinds)
        stage.chapter(f"The world changes: {story.shift.words}")
        answer = asking.post(stage, shift.as_csv(story.shift.rows))
        stage.done(f"{len(answer.predictions)} such rows asked for over HTTP", stage.outputs["PredictUrl"])
        given = deploying.monitor_input(self._case.case.monitoring) | LOOK
        story.watched = watching.look(stage, self._folder / "drift.html", watching.by_hand(given))
        watching.show(stage, story.watched)

    def _prices(self, of: list[Run]) -> list[Price]:
        if not any(run.accepted for run in of):
            return []
        s3, runtime = self._stage.client("s3"), self._stage.client("sagemaker-runtime")
        return serving.ask(s3, runtime, self._stage.outputs["EndpointName"], newest(of).folder_uri)

    def _endpoint_config(self) -> str:
        if not self._stage.parameters():
            return ""
        name = self._stage.outputs["EndpointName"]
        answer = self._stage.client("sagemaker").describe_endpoint(EndpointName=name)
        return str(answer["EndpointConfigName"]) if answer["EndpointStatus"] == "InService" else ""

    def _await_mails(self, of: list[Run]) -> None:
        """Every execution's end is told by mail, a moment later: a deployment's too, a rejection twice."""
        deadline = time.monotonic() + MAIL_LIMIT_S
        while len(self._stage.mails()) < 2 * len(of) and time.monotonic() < deadline:
            time.sleep(0.1)


def parameters(case: UseCase) -> dict[str, str]:
    """The template's, as `stepmill deploy --use-case` makes them; uploads are for the first of two rivals."""
    made = deploying.parameters(with_variants(case, BASELINE))
    return deploying.changed(made, "UseCase", PLOT)


def challenger(case: UseCase) -> dict[str, Any]:
    """What an upload would give the other one, if the use case had that model alone."""
    alone = with_variants(case, CHALLENGER)
    return deploying.training_input(alone, deploying.first(alone)) | PLOT


def newest(of: list[Run]) -> Run:
    return [run for run in of if run.accepted][-1]


def columns(stage: Stage, folder_uri: str) -> dict[str, str]:
    """Column to numeric or categorical, as the model of that training reads them."""
    document = json.loads(stage.read(f"{folder_uri}/prepared/schema/features.json"))
    return {column["name"]: column["type"] for column in document["columns"]}


def claims(
    story: Story, before: dict[str, str], prices: list[Price], endpoint_config: str
) -> dict[str, bool]:
    """What the demo says has happened, each with whether it has."""
    baseline, challenger, spoilt = story.runs
    champions = story.parameters
    serving_names = ("endpoint-name", "endpoint-config-name", "model-package-arn", "model-name")
    both = baseline.rmse is not None and challenger.rmse is not None
    better = both and (challenger.rmse or 0.0) < (baseline.rmse or 0.0)
    subjects = " ".join(mail.subject for mail in story.mails)
    moved = story.shift.features if story.shift else ()
    caught = story.watched.drifted if story.watched else set()
    return {
        f"the upload alone put a {baseline.algorithm} model live": baseline.accepted,
        "the better of both models serves": both and challenger.accepted == better,
        "what serves is a version of the Model Registry": champions.get("model-package-arn")
        in {run.version for run in story.runs if run.accepted},
        "the model from spoilt data was rejected": spoilt.status == "SUCCEEDED" and not spoilt.accepted,
        "the champion was left untouched": bool(prices)
        and prices == story.prices
        and all(champions.get(name) == before.get(name) is not None for name in serving_names)
        and champions.get("endpoint-config-name") == endpoint_config,
        "every end was told by e-mail, the rejection too": len(story.mails) >= len(story.runs)
        and "rejected" in subjects,
        f"the drift was caught: {', '.join(moved)}": bool(moved) and caught.issuperset(moved),
        "the team was told by e-mail": story.watched is not None and story.watched.tells_of(moved),
    }
