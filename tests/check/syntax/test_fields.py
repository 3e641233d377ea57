"""Fields: which exist where, and what they hold."""

from collections.abc import Callable
from typing import Any

import pytest

from stepmill.check.checker import check_machine
from stepmill.check.subject import Subject
from stepmill.check.syntax.grammar import STATES

Told = Callable[..., list[tuple[str, str]]]
Said = Callable[[Any], list[tuple[str, str]]]

FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:fit"
END: dict[str, Any] = {"Type": "Pass", "End": True}


def one(kind: str, **fields: Any) -> dict[str, Any]:
    needs: dict[str, dict[str, Any]] = {
        "Task": {"Resource": FUNCTION, "End": True},
        "Pass": {"End": True},
        "Wait": {"End": True},
        "Map": {"ItemProcessor": {"StartAt": "I", "States": {"I": END}}, "End": True},
        "Parallel": {"Branches": [{"StartAt": "I", "States": {"I": END}}], "End": True},
    }
    return {"StartAt": "A", "States": {"A": {"Type": kind, **needs.get(kind, {}), **fields}}}


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        (one("Pass", Paramters={"a": 1}), [("field-unknown", "/States/A/Paramters")]),
        (one("Pass", parameters={"a": 1}), [("field-unknown", "/States/A/parameters")]),
        (one("Task", TimoutSeconds=5), [("field-unknown", "/States/A/TimoutSeconds")]),
        (one("Wait", **{"Seconds.$": "$.s"}), [("field-unknown", "/States/A/Seconds.$")]),
        (one("Wait", Seconds=1, Colour="red"), [("field-unknown", "/States/A/Colour")]),
        (one("Pass", Retry=[]), [("field-misplaced", "/States/A/Retry")]),
        (one("Wait", Seconds=1, ResultPath="$.a"), [("field-misplaced", "/States/A/ResultPath")]),
        (one("Parallel", TimeoutSeconds=5), [("field-misplaced", "/States/A/TimeoutSeconds")]),
        (one("Succeed", End=True), [("field-misplaced", "/States/A/End")]),
        (one("Fail", Next="A"), [("field-misplaced", "/States/A/Next")]),
        (one("Pass", Resource=FUNCTION, HeartbeatSeconds=5), [("field-misplaced", "/States/A/Resource")]),
        (one("Wait", ItemsPath="$.a", MaxConcurrency=2), [("field-misplaced", "/States/A/ItemsPath")]),
        (one("Wait", Seconds="5"), [("field-type", "/States/A/Seconds")]),
        (one("Wait", Seconds=True), [("field-type", "/States/A/Seconds")]),
        (one("Wait", Seconds=1.5), [("field-type", "/States/A/Seconds")]),
        (one("Wait", Seconds=-1), [("field-value", "/States/A/Seconds")]),
        (one("Wait", Timestamp="tomorrow"), [("field-value", "/States/A/Timestamp")]),
        (
            one("Wait", Seconds=1, Timestamp="2026-01-31T12:00:00Z"),
            [("field-exclusive", "/States/A/Timestamp")],
        ),
        (one("Task", TimeoutSeconds=0), [("field-value", "/States/A/TimeoutSeconds")]),
        (
            one("Task", TimeoutSeconds=5, TimeoutSecondsPath="$.t"),
            [("field-exclusive", "/States/A/TimeoutSecondsPath")],
        ),
        (one("Task", Parameters="$"), [("field-type", "/States/A/Parameters")]),
        (one("Task", ResultPath=5), [("field-type", "/States/A/ResultPath")]),
        (one("Task", Retry={"ErrorEquals": ["States.ALL"]}), [("field-type", "/States/A/Retry")]),
        (one("Task", Retry=["States.ALL"]), [("not-an-object", "/States/A/Retry/0")]),
        (one("Task", Retry=[{"MaxAttempts": 1}]), [("state-field-missing", "/States/A/Retry/0")]),
        (
            one("Task", Retry=[{"ErrorEquals": ["x"], "Next": "A"}]),
            [("field-misplaced", "/States/A/Retry/0/Next")],
        ),
        (one("Task", Retry=[{"ErorEquals": ["x"]}]), [("field-unknown", "/States/A/Retry/0/ErorEquals")]),
        (one("Fail", Error="E", ErrorPath="$.e"), [("field-exclusive", "/States/A/ErrorPath")]),
        (one("Fail", Cause=5), [("field-type", "/States/A/Cause")]),
        (one("Pass", QueryLanguage="JSONPATH"), [("field-value", "/States/A/QueryLanguage")]),
        ({**one("Pass"), "Comments": "x"}, [("field-unknown", "/Comments")]),
        ({**one("Pass"), "End": True}, [("field-misplaced", "/End")]),
        ({**one("Pass"), "TimeoutSeconds": "60"}, [("field-type", "/TimeoutSeconds")]),
        ({**one("Pass"), "ProcessorConfig": {"Mode": "INLINE"}}, [("field-misplaced", "/ProcessorConfig")]),
        (
            {"StartAt": "A", "States": {"QueryLanguage": "JSONPath", "A": END}},
            [("field-misplaced", "/States/QueryLanguage")],
        ),
    ],
    ids=str,
)
def test_tells_a_wrong_field_once(told: Told, definition: Any, expected: list[tuple[str, str]]) -> None:
    assert told(definition) == expected


def test_says_what_was_meant(said: Said) -> None:
    assert said(one("Wait", **{"Seconds.$": "$.s"})) == [
        ("States.A: Seconds.$ is no field of a Wait; use SecondsPath", "SecondsPath")
    ]
    assert said(one("Task", timeout_seconds=5)) == [
        ("States.A: timeout_seconds is no field of a Task; use TimeoutSeconds", "TimeoutSeconds")
    ]
    assert said(one("Wait", Seconds=1, Colour="red")) == [
        ("States.A: Colour is no field of a Wait; remove it", "")
    ]


def test_says_what_is_missing_in_the_language_that_holds(said: Said) -> None:
    assert said(one("Wait", QueryLanguage="JSONata")) == [
        ("States.A: Seconds or Timestamp is missing; a Wait needs one", "")
    ]
    assert said({"StartAt": "A", "States": {"A": {"Type": "Task", "End": True}}}) == [
        ("States.A: Resource is missing; a Task needs it", "")
    ]
    assert said(one("Task", Resource=None)) == [("States.A: Resource is null; it must be a string", "")]


def test_leaves_the_parameters_of_a_task_whose_service_is_not_known(told: Told) -> None:
    filtering = {"MetricTransformations": [{"MetricValue": "$.ms"}]}
    state = {"Type": "Task", "Parameters": filtering, "End": True}
    assert told({"StartAt": "A", "States": {"A": state}}) == [("state-field-missing", "/States/A")]


def test_does_not_suggest_what_is_there(said: Said) -> None:
    assert said(one("Task", Resources=[])) == [("States.A: Resources is no field of a Task; remove it", "")]


def test_says_where_a_field_belongs(said: Said) -> None:
    assert said(one("Wait", Seconds=1, Choices=[])) == [
        ("States.A: Choices is not a field of a Wait; Choices belongs to Choice", "")
    ]


def test_says_where_fields_of_another_type_belong(said: Said) -> None:
    assert said(one("Pass", Retry=[], Resource=FUNCTION)) == [
        (
            "States.A: Retry and Resource are not fields of a Pass; Retry belongs to Task, Parallel, Map; "
            "Resource belongs to Task, ItemReader, ResultWriter",
            "",
        )
    ]


@pytest.mark.parametrize(
    "definition",
    [
        one("Wait", Seconds="${Pause}"),
        one("Wait", Seconds=60.0),
        one("Wait", Timestamp="${At}"),
        one("Task", TimeoutSeconds="${Limit}", Retry=[{"ErrorEquals": ["${Error}"], "BackoffRate": 2}]),
        one(
            "Task", Comment={"by": "ml"}, InputPath=None, ResultPath=None, OutputPath=None, Retry=[], Catch=[]
        ),
        one("Pass", Result=None),
        one("Pass", Parameters={}),
        one("Fail"),
        one("Fail", CausePath="States.JsonToString($.error)", ErrorPath="$.error.Error"),
        one("Succeed", InputPath="$.a", OutputPath="$.b"),
        {**one("Pass"), "Version": "1.0", "TimeoutSeconds": 60, "QueryLanguage": "JSONPath"},
        one("Parallel", Branches=[{"Comment": "x", "StartAt": "I", "States": {"I": END}}]),
        one("Pass", Type="${Type}", Wrong=1),
    ],
    ids=str,
)
def test_accepts_every_form_of_a_field(told: Told, definition: Any) -> None:
    assert told(definition) == []


@pytest.mark.parametrize("kind", STATES)
def test_knows_every_field_by_its_exact_name_only(told: Told, kind: str) -> None:
    """Each known field in small letters is unknown and suggests itself, so none is shadowed by another."""
    for name in STATES[kind].fields:
        if name == "Type":
            continue
        found = told({"StartAt": "A", "States": {"A": {"Type": kind, name.lower(): 1}}})
        assert ("field-unknown", f"/States/A/{name.lower()}") in found


@pytest.mark.parametrize("kind", ["Succeed", "Fail"])
def test_an_end_where_the_machine_ends_anyway_is_only_a_warning(kind: str) -> None:
    found = check_machine(Subject(one(kind, End=True))).found
    assert [(each.rule, each.severity, each.pointer) for each in found] == [
        ("field-misplaced", "warning", "/States/A/End")
    ]
    [wrong] = check_machine(Subject(one(kind, End=False))).found
    assert wrong.severity == "failure"
