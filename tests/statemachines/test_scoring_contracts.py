"""What batch scoring sends to a function and reads of its answer is what the function's handler declares."""

import pytest

from .running import Run
from .scoring_aws import scoring_answers
from .test_function_contracts import declared

STATES = {
    "FindModel": "find_model",
    "CheckRows": "check_rows",
    "VerifyModel": "verify_model",
    "DecideRetraining": "decide_retraining",
}


@pytest.mark.parametrize("state", STATES)
def test_batch_scoring_sends_the_fields_that_the_handler_takes(score: Run, state: str) -> None:
    [request] = score().requests[state]
    assert set(request["Payload"]) == set(declared(STATES[state], "Input"))


def test_the_rule_has_the_limits_that_the_handler_takes(score: Run) -> None:
    [request] = score().requests["DecideRetraining"]
    assert set(request["Payload"]["rule"]) == set(declared("decide_retraining", "Limits"))
    assert set(request["Payload"]["training"]) == set(declared("decide_retraining", "Training"))


@pytest.mark.parametrize("state", STATES)
def test_the_answers_of_these_tests_are_what_scorings_handlers_give(state: str) -> None:
    assert set(scoring_answers()[state]["Payload"]) == set(declared(STATES[state], "Output"))
