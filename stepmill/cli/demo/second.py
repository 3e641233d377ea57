"""The second endpoint: its fleet grows, a container of one's own challenges its model, a canary goes back."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stepmill.cli.demo import asking, canary, container, runs, scaling, shift
from stepmill.cli.demo.asking import Answer
from stepmill.cli.demo.canary import Return
from stepmill.cli.demo.runs import Run
from stepmill.cli.demo.scaling import Fleet, Growth
from stepmill.cli.demo.shift import Row
from stepmill.cli.demo.stage import PlotBroken, Stage
from stepmill.cli.usecase.model import UseCase

# A canary is part of a fleet, so there must be two.
FLEET = 2
# Longer than alarms need, which are looked at every ten seconds; it ends with the first that rings.
BAKE_S = 120
FIRST_TAG, SECOND_TAG = "1", "2"


@dataclass(frozen=True)
class Second:
    """What it leaves: `own` is the container's model, `answer` was given after its training."""

    growth: Growth
    own: Run
    answer: Answer
    careless: Run
    back: Return

    def claims(self, before: Fleet) -> dict[str, bool]:
        """What is said to have happened to the fleet that was so before, each with whether it has."""
        own = self.own
        both = own.rmse is not None and own.champion_rmse is not None
        is_better = both and (own.rmse or 0.0) < (own.champion_rmse or 0.0)
        has_grown = self.growth.instances >= FLEET > before.instances and bool(self.growth.activity)
        return {
            "a fleet grew to its new minimum": has_grown,
            "a container of one's own was judged, and the better model serves": both
            and own.accepted == is_better
            and not self.answer.degraded,
            "the canary rang the alarm, and the endpoint went back": self.back.is_back,
            "meanwhile every request was answered": self.back.all_were_answered,
            "the team was told of the way back": self.back.mail is not None,
        }


class SecondEndpoint:
    """case: the use case with its two variants, the second of which is `variant`; `data_uri` was uploaded."""

    def __init__(self, stage: Stage, case: UseCase, variant: str, data_uri: str) -> None:
        self._stage = stage
        self._case = case
        self._variant = variant
        self._data_uri = data_uri
        self.endpoint = f"{stage.outputs['EndpointName']}-{variant}"

    def play(self, fleet: Fleet, rows: list[Row], folder: Path) -> Second:
        """`fleet` has been told to grow; `rows` are ordinary ones."""
        growth = self._grown(fleet)
        own, answer = self._contain(rows)
        careless = self._train_carelessly(folder)
        back, tried = self._go_back(careless, rows)
        return Second(growth, own, answer, tried, back)

    def _grown(self, fleet: Fleet) -> Growth:
        stage = self._stage
        stage.chapter(
            "The second fleet has grown meanwhile", "Application Auto Scaling looks at each once a minute."
        )
        growth = scaling.await_growth(stage, self.endpoint, FLEET)
        stage.done(f"{self.endpoint}: {fleet.instances} → {growth.instances} instances", growth.activity)
        return growth

    def _contain(self, rows: list[Row]) -> tuple[Run, Answer]:
        """The container's model challenges the one that serves there, as any other would."""
        stage = self._stage
        stage.chapter(
            "A container of one's own takes part",
            "Ridge regression in one file, examples/byoc. The machines know of it by its image's URI alone.",
        )
        container.register(stage, FIRST_TAG, container.PROGRAM)
        own = self._trained("ridge, of one's own", FIRST_TAG, {"approval": "automatic", "bake_s": 0})
        answer = asking.post(stage, shift.as_csv(rows[:1]))
        said = ", ".join(f"{name} {values[0]:,.2f}" for name, values in answer.by.items())
        stage.done(f"over HTTP: {said}")
        return own, answer

    def _train_carelessly(self, folder: Path) -> Run:
        stage = self._stage
        stage.chapter(
            "One line of that container is changed, carelessly",
            "Many rows at once are answered as before, so it is judged as before; one row alone is an error.",
        )
        container.show_change(stage)
        container.register(stage, SECOND_TAG, container.careless(folder / "careless"))
        # It is as good as the model that serves: compared with it, it would be rejected.
        plot = {"approval": "manual", "bake_s": BAKE_S, "compare_with_champion": False}
        run = self._trained("ridge, changed carelessly", SECOND_TAG, plot)
        if not run.waits:
            raise PlotBroken(f"no version waits for approval: {run.reason}")
        return run

    def _go_back(self, run: Run, rows: list[Row]) -> tuple[Return, Run]:
        stage = self._stage
        stage.chapter(
            "It is approved: a canary gets some of the live requests, and an alarm takes it back",
            "Part of the new fleet answers, while somebody asks for row after row. Errors 5XX ring an alarm.",
        )
        back, ended = canary.roll_out(stage, self.endpoint, self._variant, run.version, rows)
        canary.show(stage, back)
        # An approved version would be the next one's rival, and batch scoring's model.
        runs.reject(stage, run.version)
        return back, runs.deployed(run, ended)

    def _features(self) -> int:
        """How many the model that serves there has."""
        stage = self._stage
        version = stage.parameters(f"/{self._variant}")["model-package-arn"]
        package = stage.client("sagemaker").describe_model_package(ModelPackageName=version)
        schema = stage.read(package["CustomerMetadataProperties"]["schema_uri"])
        return len(json.loads(schema)["features"])

    def _trained(self, title: str, tag: str, plot: dict[str, Any]) -> Run:
        """Over the use case: what the plot needs, and a fleet that is large enough for a canary."""
        image, features = container.image(self._stage, tag), self._features()
        given = container.challenger(self._case, self._variant, image, features)
        most = max(FLEET, self._case.deployment.max_instances or FLEET)
        fleet = {"min_instances": FLEET, "max_instances": most, "data_uri": self._data_uri}
        return runs.start_training(self._stage, title, container.REPOSITORY, given | fleet | plot)
