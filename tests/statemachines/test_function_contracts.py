"""What the machine sends to a function and reads of its answer is what the function's handler declares."""

import ast
from pathlib import Path

import pytest

from .deployment_aws import deployment_answers, described
from .running import Run
from .training_aws import training_answers

FUNCTIONS = Path(__file__).parents[2] / "functions"
STATES = {
    "QueryMetrics": "query_metrics",
    "SealModel": "seal_model",
    "CheckData": "check_data",
    "JudgeCandidate": "judge_candidate",
    "VerifyModel": "verify_model",
    "AcquireLock": "acquire_lock",
    "ConfirmLock": "acquire_lock",
    "ReleaseLock": "release_lock",
    "VerifyAgain": "verify_model",
    "VerifyServedModel": "verify_model",
}
IN_DEPLOYMENT = [*list(STATES)[-6:]]


def declared(function: str, suffix: str) -> dict[str, bool]:
    """Field -> required, of the handler's TypedDict whose name ends so."""
    tree = ast.parse((FUNCTIONS / function / "handler.py").read_text())
    [found] = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name.endswith(suffix)]
    fields = [node for node in found.body if isinstance(node, ast.AnnAssign)]
    return {ast.unparse(field.target): "NotRequired" not in ast.unparse(field.annotation) for field in fields}


@pytest.mark.parametrize("state", STATES)
def test_sends_the_fields_that_the_handler_takes(run: Run, deploy: Run, state: str) -> None:
    asked = run().requests.get(state, [])
    if state in IN_DEPLOYMENT:
        asked = asked + deploy(FindEndpoint=described("InService", "old")).requests[state]
    taken = declared(STATES[state], "Input")
    assert asked
    for request in asked:
        assert set(request["Payload"]) <= set(taken)
        assert {field for field, is_required in taken.items() if is_required} <= set(request["Payload"])


def test_seals_the_facts_that_the_handler_takes(run: Run) -> None:
    [request] = run().requests["SealModel"]
    assert set(request["Payload"]["facts"]) == set(declared("seal_model", "Facts"))


@pytest.mark.parametrize(
    "state", ["QueryMetrics", "SealModel", "JudgeCandidate", "AcquireLock", "ConfirmLock"]
)
def test_the_answers_of_these_tests_are_what_the_handler_gives(state: str) -> None:
    """The machine was run on them, so it reads no other field."""
    answers = deployment_answers() | training_answers()
    assert set(answers[state]["Payload"]) == set(declared(STATES[state], "Output"))


def test_the_labels_of_these_tests_are_what_the_handler_gives() -> None:
    labels = training_answers()["SealModel"]["Payload"]["labels"]
    assert set(labels) == set(declared("seal_model", "Labels"))
