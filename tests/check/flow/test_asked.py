"""What a JSONata condition asks for though it is never there: a slip that JSONata itself passes over."""

from typing import Any

import pytest

from stepmill.check.finding import Finding
from stepmill.check.shapes.shape import String, closed
from tests.check.flow.machines import END, Answers, found, task

ORDER = {
    "type": "object",
    "properties": {
        "order": {
            "type": "object",
            "properties": {"total": {"type": "number"}, "note": {"type": "string"}},
            "required": ["total"],
            "additionalProperties": False,
        }
    },
    "required": ["order"],
    "additionalProperties": False,
}


def asking(condition: str, **more: Any) -> list[Finding]:
    """What is found of a Choice with this condition, whose ways both read what it may have asked for."""
    rule = {"Condition": f"{{% {condition} %}}", "Next": "Read"}
    states = {
        "Choose": {"Type": "Choice", "Choices": [rule], "Default": "Read"},
        "Read": {"Type": "Pass", "Output": "{% $states.input.order.totl %}", "End": True},
    }
    return found({**more, **states}, given=ORDER, QueryLanguage="JSONata")


@pytest.mark.parametrize(
    "condition",
    [
        "$states.input.order.totl > 5",
        "$states.input.order.totl = 5",
        "$states.input.order.total > 1 and $states.input.order.totl != 5",
        "($seen := $states.input.order.totl; $seen = 5)",
    ],
)
def test_a_misspelt_path_is_told_where_it_is_first_compared(condition: str) -> None:
    (finding,) = asking(condition)
    assert (finding.rule, finding.severity) == ("path-missing", "failure")
    assert finding.pointer == "/States/Choose/Choices/0/Condition"
    assert finding.message == (
        "States.Choose: Choices.0.Condition '$states.input.order.totl' is there in no input that is "
        "declared, so that it is compared with nothing; correct the path"
    )
    assert finding.suggestion == "$states.input.order.total"


@pytest.mark.parametrize(
    "condition",
    [
        "$states.input.order.note = 'x'",
        "$exists($states.input.order.note) and $states.input.order.note = 'x'",
        "$not($exists($states.input.order.totl))",
    ],
)
def test_what_may_be_there_and_that_the_declared_input_has_no_more_may_be_asked(condition: str) -> None:
    findings = asking(condition)
    assert [one.pointer for one in findings if one.state == "Choose"] == []


@pytest.mark.parametrize("condition", ["$exists($states.input.order.totl)", "$states.input.order.totl = 5"])
def test_a_rule_that_refuses_may_ask_for_what_the_declared_input_lacks(condition: str) -> None:
    rule = {"Condition": f"{{% {condition} %}}", "Next": "Tell"}
    states = {
        "Choose": {"Type": "Choice", "Choices": [rule], "Default": "End"},
        "Tell": task(Next="Refuse"),
        "Refuse": {"Type": "Fail", "Error": "Refused"},
        "End": END,
    }
    assert found(states, given=ORDER, QueryLanguage="JSONata") == []
    taken = {**states, "Refuse": {"Type": "Succeed"}}
    severities = {"presence-never": "warning", "path-missing": "failure"}
    (finding,) = found(taken, given=ORDER, QueryLanguage="JSONata")
    assert finding.severity == severities[finding.rule]


def made(condition: str, *, beside: bool = False) -> list[tuple[str, str, str]]:
    """After a task that gives an object with one member; beside: or, when it fails, with another."""
    rule = {"Condition": f"{{% {condition} %}}", "Next": "End"}
    read = "{% $states.input.row.ury %}" if "ury" in condition else ""
    caught = {"ErrorEquals": ["States.ALL"], "Output": {"row": {"why": "late"}}, "Next": "Choose"}
    states = {
        "Make": task(
            Output={"row": "{% $states.result %}"}, Next="Choose", **({"Catch": [caught]} if beside else {})
        ),
        "Choose": {"Type": "Choice", "Choices": [rule, rule], "Default": "Read"},
        "Read": {"Type": "Pass", "Output": read, "End": True},
        "End": END,
    }
    findings = found(states, answers=Answers({"Make": closed(uri=String())}), QueryLanguage="JSONata")
    return [(one.rule, one.severity, one.pointer) for one in findings]


def test_a_presence_that_is_asked_for_in_vain_is_told_once() -> None:
    """Neither the second rule nor who reads it afterwards is told of it again."""
    place = "/States/Choose/Choices/0/Condition"
    assert made("$exists($states.input.row.ury)") == [("presence-never", "failure", place)]
    assert made("$not($exists($states.input.row.ury))") == [("presence-never", "warning", place)]
    assert made("$count($states.input.row.ury) > 0") == [("presence-never", "failure", place)]
    assert made("$exists($states.input.row.debug)") == [("presence-never", "warning", place)]
    assert made("$exists($states.input.row.uri)") == []


def test_what_another_way_has_is_asked_for_with_reason() -> None:
    assert made("$exists($states.input.row.why)", beside=True) == []
    assert made("$states.input.row.why = 'late'", beside=True) == []


def test_a_variable_that_some_state_assigns_may_be_asked_for_before() -> None:
    rule = {"Condition": "{% $exists($seen) %}", "Next": "End"}
    states = {
        "Choose": {"Type": "Choice", "Choices": [rule], "Default": "Keep"},
        "Keep": {"Type": "Pass", "Assign": {"seen": True}, "Next": "End"},
        "End": END,
    }
    assert found(states, QueryLanguage="JSONata") == []


def test_what_the_context_lacks_makes_no_variable() -> None:
    rule = {"Condition": "{% $states.context.Execution.Nam = 'x' %}", "Next": "End"}
    states = {
        "Choose": {"Type": "Choice", "Choices": [rule], "Default": "Read"},
        "Read": {"Type": "Pass", "Output": "{% $context %}", "Next": "End"},
        "End": END,
    }
    findings = found(states, QueryLanguage="JSONata")
    assert [(one.rule, one.suggestion) for one in findings] == [
        ("path-missing", "$states.context.Execution.Name"),
        ("variable-missing", ""),
    ]
