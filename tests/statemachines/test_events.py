"""The sample events of `events/` are what the functions and the machine take; `sam local` uses them too."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from .running import Run
from .test_function_contracts import FUNCTIONS, declared

EVENTS = Path(__file__).parents[2] / "events"
TRAINING = {
    "cars": ("SUCCEEDED", None),
    "linear_learner": ("SUCCEEDED", None),
    "limit_is_text": ("FAILED", 'training: input.rmse_limit is "4000"; give a number above 0'),
}
DEPLOYMENT = {
    "by_hand": ("SUCCEEDED", None),
    "on_approval": ("SUCCEEDED", None),
    "no_arn": (
        "FAILED",
        'deployment: input.model_package_arn is "stepmill-dev/3"; give the ARN of a model package',
    ),
}
SCORING = {
    "new_cars": ("SUCCEEDED", None),
    "empty_step": (
        "FAILED",
        'batch_scoring: input.preprocess_step is ""; give as_trained, none or the name of a step',
    ),
}
MONITOR = {
    "by_hand": ("SUCCEEDED", None),
    "unknown_image": (
        "FAILED",
        "model_monitor: input.monitor_image is aws, but the stack has no image of Model Monitor's analyzer; "
        "give the account that owns it as AnalyzerAccount of template.yaml (AWS has closed the service to "
        "new accounts), or leave monitor_image at own",
    ),
}
BY_TYPED_INPUT = [
    *("read_window.first_run", "evaluate_drift.no_models", "commit_window.seventh"),
    *("find_model.cars", "check_rows.new_cars", "decide_retraining.drifted"),
    *(
        "check_data.cars",
        "query_metrics.finished",
        "seal_model.xgboost",
        "verify_model.sealed",
        "judge_candidate.against_champion",
    ),
    *("judge_candidate.first_model", "acquire_lock.first", "release_lock.holder"),
]


def event(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return document


def test_every_function_and_machine_has_an_event_and_every_event_has_one_of_them() -> None:
    named = {path.name.split(".")[0] for path in EVENTS.glob("*.json")}
    functions = {path.parent.name for path in FUNCTIONS.glob("*/handler.py")}
    machines = {
        path.name.split(".")[0] for path in (FUNCTIONS.parent / "statemachines/compiled").glob("*.asl.json")
    }
    assert named == functions | machines


@pytest.mark.parametrize("name", BY_TYPED_INPUT)
def test_an_event_has_the_fields_that_the_handler_takes(name: str) -> None:
    assert set(event(name)) == set(declared(name.split(".")[0], "Input"))


@pytest.mark.parametrize("case", TRAINING)
def test_the_machine_takes_its_events(run: Run, case: str) -> None:
    ran = run(event(f"training.{case}"))
    assert (ran.status, ran.cause) == TRAINING[case]


def test_every_training_event_is_run() -> None:
    assert {path.name.split(".")[1] for path in EVENTS.glob("training.*.json")} == set(TRAINING)


@pytest.mark.parametrize("case", DEPLOYMENT)
def test_the_deployment_machine_takes_its_events(deploy: Run, case: str) -> None:
    ran = deploy(event(f"deployment.{case}"))
    assert (ran.status, ran.cause) == DEPLOYMENT[case]


def test_every_deployment_event_is_run() -> None:
    assert {path.name.split(".")[1] for path in EVENTS.glob("deployment.*.json")} == set(DEPLOYMENT)


@pytest.mark.parametrize("case", SCORING)
def test_the_batch_scoring_machine_takes_its_events(score: Run, case: str) -> None:
    ran = score(event(f"batch_scoring.{case}"))
    assert (ran.status, ran.cause) == SCORING[case]


def test_every_batch_scoring_event_is_run() -> None:
    assert {path.name.split(".")[1] for path in EVENTS.glob("batch_scoring.*.json")} == set(SCORING)


@pytest.mark.parametrize("case", MONITOR)
def test_the_model_monitor_takes_its_events(monitor: Run, case: str) -> None:
    ran = monitor(event(f"model_monitor.{case}"))
    assert (ran.status, ran.cause) == MONITOR[case]


def test_every_event_of_the_model_monitor_is_run() -> None:
    assert {path.name.split(".")[1] for path in EVENTS.glob("model_monitor.*.json")} == set(MONITOR)


def test_the_events_hold_no_more_than_the_handlers_are_annotated_for() -> None:
    """Handlers of AWS's own events take any object: those events name their source instead."""
    sources = {
        path.name.split(".")[0]: event(path.name.removesuffix(".json")).get("source")
        for path in EVENTS.glob("*")
    }
    untyped = {
        path.parent.name
        for path in FUNCTIONS.glob("*/handler.py")
        if not any(
            isinstance(n, ast.ClassDef) and n.name.endswith("Input") for n in ast.parse(path.read_text()).body
        )
    }
    assert untyped == {name for name, source in sources.items() if source} | {"publish_jobs", "predict"}
