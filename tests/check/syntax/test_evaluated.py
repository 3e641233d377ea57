"""Texts of JSONata states."""

from collections.abc import Callable
from typing import Any

import pytest

Told = Callable[..., list[tuple[str, str]]]

A = "/States/A"


def one(**fields: Any) -> dict[str, Any]:
    state = {"Type": "Pass", "QueryLanguage": "JSONata", **fields, "End": True}
    return {"StartAt": "A", "States": {"A": state}}


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("{% $states.input.a[0] ~> $uppercase %}", []),
        ("{%1%}", []),
        ({"a": ["{% $states.context.Execution.Name %}", 1, None, "plain"]}, []),
        ("{% $states.input.items[price > 3].(name & '!') %}", []),
        ("{% ($x := 1; function($y) { $x + $y }(2)) %}", []),
        ("${Text}", []),
        ("{% %}", [("jsonata-syntax", f"{A}/Output")]),
        ("{% 1 + %}", [("jsonata-syntax", f"{A}/Output")]),
        ("{% 'open %}", [("jsonata-syntax", f"{A}/Output")]),
        ("{% $a } %}", [("jsonata-syntax", f"{A}/Output")]),
        ("{% $a }", [("jsonata-syntax", f"{A}/Output")]),
        ("$a %}", [("jsonata-syntax", f"{A}/Output")]),
        (" {% $states.input.a %}", [("jsonata-syntax", f"{A}/Output")]),
        ("Hello {% $states.input.a %}!", [("jsonata-syntax", f"{A}/Output")]),
        ("{% $a %} and {% $b %}", [("jsonata-syntax", f"{A}/Output")]),
        ("{% a.b %}", [("jsonata-reference", f"{A}/Output")]),
        ("{% $.a %}", [("jsonata-reference", f"{A}/Output")]),
        ("{% States.Format('x') %}", [("jsonata-reference", f"{A}/Output")]),
        ("$.a", [("path-in-jsonata", f"{A}/Output")]),
        ({"a.$": "$.b"}, [("path-in-jsonata", f"{A}/Output/a.$")]),
        ({"a.$": 5}, [("path-in-jsonata", f"{A}/Output/a.$")]),
        ("{% 1 %} ", [("jsonata-syntax", f"{A}/Output")]),
        (" {% 1 %} ", [("jsonata-syntax", f"{A}/Output")]),
        ("{%}", [("jsonata-syntax", f"{A}/Output")]),
        ({"a": "States.UUID()"}, [("path-in-jsonata", f"{A}/Output/a")]),
    ],
    ids=str,
)
def test_reads_texts_of_a_jsonata_state(told: Told, output: Any, expected: list[tuple[str, str]]) -> None:
    assert told(one(Output=output)) == expected


@pytest.mark.parametrize("broken", ["{% $a", "$a %}"])
@pytest.mark.parametrize("field", ["Seconds", "Timestamp"])
def test_tells_broken_ends_of_an_expression_once(told: Told, field: str, broken: str) -> None:
    assert told(one(Type="Wait", **{field: broken})) == [("jsonata-syntax", f"{A}/{field}")]


def test_leaves_labels_of_a_state(told: Told) -> None:
    function = "arn:aws:lambda:eu-west-1:1:function:f"
    assert told(one(Type="Task", Resource=function, Comment="{% x %}")) == []


def test_takes_no_other_field_for_the_language(told: Told) -> None:
    state = {"Type": "Pass", "Colour": "JSONata", "InputPath": "$.a", "End": True}
    assert told({"StartAt": "A", "States": {"A": state}}) == [("field-unknown", f"{A}/Colour")]


def test_leaves_paths_that_others_read(told: Told) -> None:
    pipe = {"Resource": "arn:aws:states:::aws-sdk:pipes:createPipe", "Arguments": {"Key": "$.id"}}
    rule = {
        "Resource": "arn:aws:states:::aws-sdk:eventbridge:putTargets",
        "Arguments": {"Targets": [{"InputTransformer": {"InputPathsMap": {"a": "$.b"}}, "InputPath": "$.c"}]},
    }
    assert [told(one(Type="Task", **each)) for each in (pipe, rule)] == [[], []]


def test_says_what_to_read_instead(said: Callable[[Any], list[tuple[str, str]]]) -> None:
    assert said(one(Output="{% $.a %}")) == [
        ("States.A: Output \"{% $.a %}\" reads '$' from nothing; write $states.input", "")
    ]


def test_leaves_labels_of_rules_and_catchers(told: Told) -> None:
    rule = {"Condition": True, "Next": "B", "Comment": "{% of the rule"}
    catcher = {"ErrorEquals": ["{% X"], "Next": "B", "Comment": "$.a", "Output": "{% $states.errorOutput %}"}
    states = {
        "A": {
            "Type": "Task",
            "Resource": "arn:aws:lambda:eu-west-1:1:function:f",
            "Catch": [catcher],
            "Next": "C",
        },
        "C": {"Type": "Choice", "Choices": [rule], "Default": "B"},
        "B": {"Type": "Succeed"},
    }
    assert told({"QueryLanguage": "JSONata", "StartAt": "A", "States": states}) == []
    catcher["Output"] = "{% $states.( %}"
    rule["Assign"] = {"a.$": "$.b"}
    assert told({"QueryLanguage": "JSONata", "StartAt": "A", "States": states}) == [
        ("jsonata-syntax", f"{A}/Catch/0/Output"),
        ("path-in-jsonata", "/States/C/Choices/0/Assign/a.$"),
    ]
