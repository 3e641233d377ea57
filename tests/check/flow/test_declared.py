"""Tests of a Choice that only the declared input rules out: told as warnings, unless the rule refuses."""

from typing import Any

import pytest

from stepmill.check.finding import Finding
from tests.check.flow.machines import END, found, task

JOB = {
    "type": "object",
    "properties": {
        "job": {
            "type": "object",
            "properties": {"mode": {"enum": ["full", "partial"]}, "note": {"type": "string"}},
            "required": ["mode"],
            "additionalProperties": False,
        }
    },
    "required": ["job"],
    "additionalProperties": False,
}
PARTLY = {"Variable": "$.job.mode", "StringEquals": "partly"}
NOTED = {"Variable": "$.job.notes", "IsPresent": True}
A_TEXT = {"Variable": "$.job.mode", "IsString": True}
OTHERWISE = {"Or": [{"Variable": "$.job.mode", "StringEquals": "full"}, PARTLY]}

REFUSE = {"Type": "Fail", "Error": "Refused"}


def choosing(rule: dict[str, Any], then: dict[str, Any]) -> list[Finding]:
    choice = {"Type": "Choice", "Choices": [{**rule, "Next": "Then"}], "Default": "End"}
    refuse = {"Refuse": REFUSE} if "'Refuse'" in str(then) else {}
    return found({"Choose": choice, "Then": then, "End": END, **refuse}, given=JOB)


@pytest.mark.parametrize(
    ("rule", "told", "place", "suggestion"),
    [
        (PARTLY, "rule-never-matches", "", "partial"),
        (OTHERWISE, "rule-never-matches", "/Or/1", "partial"),
        (NOTED, "presence-never", "/Variable", "$.job.note"),
        (
            {"And": [{"Variable": "$.job.mode", "IsString": True}, NOTED]},
            "presence-never",
            "/And/1/Variable",
            "$.job.note",
        ),
    ],
    ids=["value", "alternative", "presence", "presence in an and"],
)
def test_what_no_declared_input_satisfies_is_a_warning(
    rule: dict[str, Any], told: str, place: str, suggestion: str
) -> None:
    (finding,) = choosing(rule, task(Next="End"))
    assert (finding.rule, finding.severity, finding.pointer, finding.suggestion) == (
        told,
        "warning",
        f"/States/Choose/Choices/0{place}",
        suggestion,
    )
    assert "declared" in finding.message


@pytest.mark.parametrize("rule", [PARTLY, OTHERWISE, NOTED], ids=["value", "alternative", "presence"])
def test_a_rule_that_only_refuses_may_test_what_has_been_promised(rule: dict[str, Any]) -> None:
    assert choosing(rule, REFUSE) == []
    assert choosing(rule, task(Next="Refuse")) == []
    caught = {"ErrorEquals": ["States.ALL"], "Next": "Refuse"}
    assert [one.severity for one in choosing(rule, task(End=True, Catch=[caught]))] == ["warning"]


def test_that_the_declared_input_has_no_more_is_a_fair_question() -> None:
    assert choosing({"Variable": "$.job.notes", "IsPresent": False}, task(Next="End")) == []


def test_a_member_that_is_not_declared_may_be_there_when_more_is_allowed() -> None:
    open_job = {**JOB["properties"]["job"], "additionalProperties": True}  # type: ignore[index]
    choice = {"Type": "Choice", "Choices": [{**NOTED, "Next": "End"}], "Default": "End"}
    given = {**JOB, "properties": {"job": open_job}}
    assert found({"Choose": choice, "End": END}, given=given) == []
