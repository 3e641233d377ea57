"""What the machine sends to a function and reads of its answer is what the function's handler declares."""

import ast
from pathlib import Path

import pytest

from .conftest import Run, description, good_answers

FUNCTIONS = Path(__file__).parents[2] / "functions"
STATES = {
    "QueryMetrics": "query_metrics",
    "SealModel": "seal_model",
    "VerifyModel": "verify_model",
    "VerifyServedModel": "verify_model",
    "CheckData": "check_data",
    "JudgeCandidate": "judge_candidate",
    "AcquireLock": "acquire_lock",
    "ConfirmLock": "acquire_lock",
    "ReleaseLock": "release_lock",
}


def declared(function: str, suffix: str) -> dict[str, bool]:
    """Field -> required, of the handler's TypedDict whose name ends so."""
    tree = ast.parse((FUNCTIONS / function / "handler.py").read_text())
    [found] = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name.endswith(suffix)]
    fields = [node for node in found.body if isinstance(node, ast.AnnAssign)]
    return {ast.unparse(field.target): "NotRequired" not in ast.unparse(field.annotation) for field in fields}


@pytest.mark.parametrize("state", STATES)
def test_sends_the_fields_that_the_handler_takes(run: Run, state: str) -> None:
    [request] = run(FindEndpoint=description("InService", "old")).requests[state]
    taken = declared(STATES[state], "Input")
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
    assert set(good_answers()[state]["Payload"]) == set(declared(STATES[state], "Output"))
