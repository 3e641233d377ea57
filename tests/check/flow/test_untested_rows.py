"""The row that a getItem may not have found."""

from typing import Any

from stepmill.check.checker import check_machine
from stepmill.check.flow.jsonata.steps import Value, step
from stepmill.check.shapes.shape import Member, Object, Presence, String
from stepmill.check.subject import Subject

LOOK = {
    "Type": "Task",
    "Resource": "arn:aws:states:::dynamodb:getItem",
    "Parameters": {"TableName": "models", "Key": {"name": {"S": "live"}}},
}
USE = {"Type": "Pass", "Parameters": {"uri.$": "$.Item.uri.S"}, "End": True}


def told(states: dict[str, Any]) -> list[tuple[str, str, str]]:
    found = check_machine(Subject({"StartAt": "Look", "States": states})).found
    return [(one.rule, one.severity, one.pointer) for one in found]


def test_a_row_read_untested_is_a_warning() -> None:
    warned = ("path-maybe-missing", "warning")
    assert told({"Look": {**LOOK, "Next": "Use"}, "Use": USE}) == [(*warned, "/States/Use/Parameters/uri.$")]
    selected = {**LOOK, "ResultSelector": {"row.$": "$.Item"}, "End": True}
    assert told({"Look": selected}) == [(*warned, "/States/Look/ResultSelector/row.$")]


def test_a_row_whose_presence_is_tested_is_read_without_a_word() -> None:
    for tested in ("$.Item", "$.Item.uri", "$.Item.uri.S"):
        rule = {"Variable": tested, "IsPresent": True, "Next": "Use"}
        choose = {"Type": "Choice", "Choices": [rule], "Default": "None"}
        states = {
            "Look": {**LOOK, "Next": "Choose"},
            "Choose": choose,
            "Use": USE,
            "None": {"Type": "Succeed"},
        }
        assert told(states) == []


def test_what_is_lacking_in_the_row_for_certain_stays_a_failure() -> None:
    use = {**USE, "Parameters": {"uri.$": "$.Item.uri.S.text"}}
    found = told({"Look": {**LOOK, "Next": "Use"}, "Use": use})
    assert found == [("path-missing", "failure", "/States/Use/Parameters/uri.$")]


def test_the_answers_of_other_actions_are_read_untested_as_before() -> None:
    put = {**LOOK, "Resource": "arn:aws:states:::dynamodb:updateItem", "Next": "Use"}
    use = {**USE, "Parameters": {"uri.$": "$.Attributes.uri.S"}}
    assert told({"Look": put, "Use": use}) == []


def in_jsonata(*states: tuple[str, dict[str, Any]]) -> list[tuple[str, str, str]]:
    arguments = {name: value for name, value in LOOK.items() if name != "Parameters"}
    look = {**arguments, "Arguments": LOOK["Parameters"], "Next": states[0][0]}
    machine = {"QueryLanguage": "JSONata", "StartAt": "Look", "States": {"Look": look, **dict(states)}}
    return [(one.rule, one.severity, one.pointer) for one in check_machine(Subject(machine)).found]


def test_so_it_is_in_jsonata() -> None:
    end = ("End", {"Type": "Succeed"})
    read = {"Type": "Pass", "Output": {"uri": "{% $states.input.Item.uri.S %}"}, "End": True}
    place = "/States/Use/Output/uri"
    assert in_jsonata(("Use", read)) == [("path-maybe-missing", "warning", place)]
    rule = {"Condition": "{% $exists($states.input.Item) %}", "Next": "Use"}
    choose = {"Type": "Choice", "Choices": [rule], "Default": "End"}
    assert in_jsonata(("Choose", choose), ("Use", read), end) == []
    guarded = {"uri": "{% $exists($states.input.Item) ? $states.input.Item.uri.S : 'none' %}"}
    assert in_jsonata(("Use", {**read, "Output": guarded})) == []
    kept = {"Type": "Pass", "Output": "{% {'row': $states.input.Item} %}", "Next": "Use"}
    later = {**read, "Output": {"uri": "{% $states.input.row.uri.S %}"}}
    assert in_jsonata(("Keep", kept), ("Use", later)) == [("path-maybe-missing", "warning", place)]


def test_what_need_not_be_in_the_row_is_more_than_untested() -> None:
    row = Object({"uri": Member(String(), Presence.MAYBE), "at": Member(String())})
    answer = Value(Object({"Item": Member(row, Presence.UNTESTED)}), "$answer")
    item = step(answer, "Item")
    assert (item.lack, item.is_untested) == ("$answer.Item", True)
    at, uri = step(item, "at"), step(item, "uri")
    assert (at.lack, at.is_untested) == ("$answer.Item", True)
    assert (uri.lack, uri.is_untested) == ("$answer.Item.uri", False)
