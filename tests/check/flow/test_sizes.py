"""Data whose texts and lists are all bounded, but not tightly enough."""

from typing import Any

from stepmill.check.shapes.shape import Member, Object, Presence, String
from tests.check.flow.machines import Answers, found, task


def bounded(**properties: Any) -> dict[str, Any]:
    return {"properties": properties, "required": list(properties), "additionalProperties": False}


TEXT = {"type": "string", "maxLength": 200_000}
DOUBLED = {"Type": "Pass", "Parameters": {"x.$": "States.Format('{}{}', $.a, $.a)"}}


def test_data_whose_bound_is_above_the_limit_is_a_warning_where_it_is_made_and_once() -> None:
    states = {
        "Double": {**DOUBLED, "Next": "Send"},
        "Send": task(Parameters={"x.$": "$.x"}, ResultPath=None, Next="Add"),
        "Add": {"Type": "Pass", "Result": 1, "ResultPath": "$.one", "End": True},
    }
    (finding,) = found(states, given=bounded(a=TEXT))
    assert (finding.rule, finding.severity, finding.pointer) == (
        "payload-too-large",
        "warning",
        "/States/Double",
    )
    assert finding.message == (
        "States.Double: makes data of up to 400,008 bytes; at most 262,144 are allowed: keep it in S3 and "
        "give its key, or bound its texts and lists more tightly"
    )


def test_a_part_without_a_bound_is_not_guessed_at() -> None:
    states = {"Double": {**DOUBLED, "End": True}}
    assert found(states, given=bounded(a={"type": "string", "minLength": 1_000})) == []
    open_object = {**bounded(a={"type": "string", "maxLength": 300_000}), "additionalProperties": True}
    keep = {"Keep": {"Type": "Pass", "Result": 1, "ResultPath": "$.one", "End": True}}
    assert found(keep, given=open_object) == []
    answers = Answers({"Ask": Object({"a": Member(String(None, 0, 300_000), Presence.LIKELY)})})
    assert found({"Ask": task(End=True)}, given=bounded(), answers=answers) == []


def test_an_input_whose_bound_is_above_the_limit_is_told_at_the_first_state() -> None:
    rows = {"type": "array", "maxItems": 1_000, "items": {"type": "string", "maxLength": 1_000}}
    states = {
        "First": {"Type": "Pass", "Next": "Send"},
        "Send": task(Parameters={"rows.$": "$.rows"}, End=True),
    }
    findings = found(states, given=bounded(rows=rows))
    assert [(one.rule, one.severity, one.pointer) for one in findings] == [
        ("payload-too-large", "warning", "/States/First")
    ]
    assert "is given data of up to 1,003,010 bytes" in findings[0].message


def test_what_is_sent_has_the_same_bound_as_what_goes_on() -> None:
    sent = {"x.$": "States.Format('{}{}', $.a, $.a)"}
    findings = found({"Send": task(Parameters=sent, ResultPath=None, End=True)}, given=bounded(a=TEXT))
    assert [(one.severity, one.pointer) for one in findings] == [("warning", "/States/Send")]


def test_what_an_iteration_makes_is_not_told_again_of_the_whole_map() -> None:
    inner = {"StartAt": "Double", "States": {"Double": {**DOUBLED, "End": True}}}
    each = {"Type": "Map", "ItemsPath": "$.rows", "ItemProcessor": inner, "End": True}
    rows = {"type": "array", "maxItems": 1, "items": bounded(a={**TEXT, "maxLength": 140_000})}
    findings = found({"Each": each}, given=bounded(rows=rows))
    assert [one.pointer for one in findings] == ["/States/Each/ItemProcessor/States/Double"]
