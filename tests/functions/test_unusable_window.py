"""A window of which nothing could be used is told: who reads nothing must not look like who finds nothing."""

import json
from typing import Any

import pytest
from millkit import evaluating

from .executions import ARN, Executions
from .test_evaluate_drift import LAYOUT, WINDOW

PROBLEMS = [{"key": "capture/e/a.jsonl", "line": 3, "problem": "is of a model, 'secret cell', not known"}]
NOTHING = {"records": 0, "problems": 12, "truth": {"came": 0}}


def evaluate(s3: Any, counts: dict[str, Any], execution: str = "one") -> evaluating.Verdict:
    window = WINDOW | {"models": [], "from": None, "to": None, "counts": counts, "problems": PROBLEMS}
    s3.put_object(
        Bucket="artifacts", Key="monitoring/e/prepared/00000007.json", Body=json.dumps(window).encode()
    )
    return evaluating.evaluate(s3, Executions(), LAYOUT, 7, [], [], 5, ARN + execution)


def test_a_window_of_which_nothing_could_be_used_is_told_once(s3: Any) -> None:
    verdict = evaluate(s3, NOTHING)
    assert (verdict.outcome, verdict.reason, verdict.tell, verdict.violations) == (
        "unusable",
        "Monitor of e: nothing could be used",
        True,
        0,
    )
    assert verdict.letter.subject == "Monitor of e: nothing could be used"
    assert verdict.letter.body.splitlines() == [
        "Endpoint: e",
        "Window: 7, of 12 lines none could be used, so that nothing is compared",
        "",
        "  capture/e/a.jsonl, line 3",
        "  and more",
        "Why: s3://artifacts/monitoring/e/problems/window=7.jsonl",
    ]
    assert evaluate(s3, NOTHING).tell
    assert not evaluate(s3, NOTHING, "another").tell


@pytest.mark.parametrize(
    "more", [{"records": 1}, {"problems": 0}, {"truth": {"came": 1}}], ids=["records", "no problem", "truth"]
)
def test_a_window_of_which_something_could_be_used_is_not(s3: Any, more: dict[str, Any]) -> None:
    verdict = evaluate(s3, NOTHING | more)
    assert (verdict.outcome, verdict.tell) == ("stable", False)
