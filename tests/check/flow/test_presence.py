"""IsPresent of what is never there: a wrong path, unless it is only asked once more."""

from typing import Any

import pytest

from tests.check.flow.machines import END, found, task

ABSENT = {"Variable": "$.stat", "IsPresent": False}
OPTIONAL = {
    "type": "object",
    "properties": {"a": {"type": ["string", "null"]}},
    "required": [],
    "additionalProperties": False,
}


def choice(*rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Type": "Choice", "Choices": list(rules), **more}


def made(result: Any, **states: Any) -> dict[str, Any]:
    return {"Make": {"Type": "Pass", "Result": result, "Next": "Choose"}, **states}


def test_presence_of_what_is_never_there_is_a_wrong_path() -> None:
    rule = {"Variable": "$.stat", "IsPresent": True, "Next": "Other"}
    states = made({"state": "Done"}, Choose=choice(rule, Default="Other"), Other=END)
    (finding,) = found(states)
    assert (finding.rule, finding.pointer, finding.suggestion) == (
        "presence-never",
        "/States/Choose/Choices/0/Variable",
        "$.state",
    )
    assert finding.message == (
        "States.Choose: Choices.0.Variable '$.stat' is there on no way that leads here, so the test is "
        "always "
        "false; correct the path"
    )


@pytest.mark.parametrize(
    ("path", "severity"),
    [("$.stat", "failure"), ("$.Done", "failure"), ("$.debug", "warning"), ("$.state.debug", "warning")],
)
def test_presence_is_a_failure_where_something_is_called_alike_else_a_warning(
    path: str, severity: str
) -> None:
    rule = {"Variable": path, "IsPresent": True, "Next": "Other"}
    states = made({"state": {"done": "Done"}}, Choose=choice(rule, Default="Other"), Other=END)
    states["Make"]["Result"]["all"] = {"Done": 1}
    assert [(one.rule, one.severity) for one in found(states)] == [("presence-never", severity)]


def test_presence_of_what_is_there_on_one_way_only_is_a_fair_question() -> None:
    rule = {"Variable": "$.failure", "IsPresent": True, "Next": "End"}
    catch = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "Choose"}]
    states = {
        "Ask": task(ResultPath=None, Catch=catch, Next="Choose"),
        "Choose": choice(rule, Default="End"),
        "End": END,
    }
    assert found(states, given={"properties": {}, "additionalProperties": False}) == []


def test_asking_in_vain_whether_something_lacks_is_no_fault() -> None:
    rule = {"Variable": "$.state", "IsPresent": False, "Next": "Other"}
    states = made({"state": "Done"}, Choose=choice(rule, Default="Other"), Other=END)
    assert found(states) == []


@pytest.mark.parametrize(
    ("rule", "place"),
    [
        (ABSENT, ""),
        ({"Or": [{"Variable": "$.state", "IsPresent": False}, ABSENT]}, "/Or/1"),
        ({"And": [{"Variable": "$.state", "IsNull": False}, ABSENT]}, "/And/1"),
        ({"Not": ABSENT}, "/Not"),
    ],
    ids=["alone", "or", "and", "not"],
)
def test_absence_of_what_is_never_there_is_a_wrong_path_too(rule: dict[str, Any], place: str) -> None:
    states = made({"state": "Done"}, Choose=choice({**rule, "Next": "Other"}, Default="Other"), Other=END)
    (finding,) = found(states)
    assert (finding.rule, finding.severity, finding.pointer, finding.suggestion, finding.message) == (
        "presence-never",
        "warning",
        f"/States/Choose/Choices/0{place}/Variable",
        "$.state",
        f"States.Choose: Choices.0{place.replace('/', '.')}.Variable '$.stat' is there on no way that leads "
        "here, so the test is always true; correct the path",
    )


def test_absence_asked_once_more_of_what_another_test_has_found_is_no_fault() -> None:
    again = choice({"Variable": "$.a", "IsPresent": False, "Next": "End"}, Default="End")
    once = choice({"Variable": "$.a", "IsPresent": True, "Next": "End"}, Default="Again")
    assert found({"Choose": once, "Again": again, "End": END}, given=OPTIONAL) == []


def test_absence_of_what_only_an_undeclared_input_has_is_a_fair_question() -> None:
    states = {"Choose": choice({**ABSENT, "Next": "End"}, Default="End"), "End": END}
    assert [finding.rule for finding in found(states, given=OPTIONAL)] == ["presence-never"]
    assert found(states, given={**OPTIONAL, "additionalProperties": True}) == []
    assert found(states) == []


def test_presence_of_what_no_declared_input_has_is_a_wrong_path() -> None:
    rule = {"Variable": "$.aa", "IsPresent": True, "Next": "End"}
    states = {"Choose": choice(rule, Default="End"), "End": END}
    assert [finding.rule for finding in found(states, given=OPTIONAL)] == ["presence-never"]
    assert found(states, given={**OPTIONAL, "additionalProperties": True}) == []
