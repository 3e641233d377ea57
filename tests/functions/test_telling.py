"""Who tells a window: of all executions that run it one, until SNS has taken its message."""

from typing import Any

import pytest
from millkit import telling
from millkit.windows import Layout

from .executions import ARN, Executions, mail

LAYOUT = Layout("artifacts", "e")


def claim(s3: Any, name: str, **known: Any) -> telling.Claim:
    return telling.claim(s3, Executions(**known), LAYOUT, 7, ARN + name)


@pytest.mark.parametrize(
    ("first", "found"),
    [
        (("RUNNING", []), "another"),
        (("RUNNING", mail(7, "TaskFailed")), "another"),
        (("ABORTED", mail(7)), "told"),
        (("FAILED", mail(7, "TaskSucceeded")), "told"),
        (("FAILED", mail(7, "TaskFailed", "TaskSucceeded")), "told"),
        (("ABORTED", mail(7, "TaskFailed", "")), "told"),
        (("FAILED", mail(7, "TaskFailed", "TaskTimedOut")), "mine"),
        (("ABORTED", []), "mine"),
        (("FAILED", mail(6, "TaskSucceeded")), "mine"),
        (None, "told"),
    ],
    ids=[
        *("runs_still", "runs_and_tries_again", "may_have_told", "has_told", "has_told_the_second_time"),
        *("may_have_told_the_second_time", "was_refused", "died_before", "told_another_window", "forgotten"),
    ],
)
def test_after_another_execution_it_tells_only_if_that_one_has_told_nobody(
    s3: Any, first: Any, found: telling.Claim
) -> None:
    assert claim(s3, "one") == "mine"
    assert claim(s3, "two", **({"one": first} if first else {})) == found


def test_of_two_that_follow_a_dead_one_one_tells(s3: Any) -> None:
    states: dict[str, Any] = {"one": ("ABORTED", []), "two": ("RUNNING", [])}
    claims = [claim(s3, name, **states) for name in ("one", "two", "three", "two")]
    assert claims == ["mine", "mine", "another", "mine"]


def test_a_window_that_sns_has_refused_very_often_is_told_still(s3: Any) -> None:
    """Only the last that tried is asked about: its predecessors could not tell either."""
    refused = ("FAILED", mail(7, "TaskFailed"))
    for number in range(60):
        assert claim(s3, f"e{number}", **{f"e{number - 1}": refused}) == "mine"
