"""The rules of a Choice state."""

import re
from typing import Any

import pytest

from stepmill.engine import InvalidDefinition, parse, run_machine

INPUT = {
    "text": "banana",
    "log": "zebra*.log",
    "n": 5,
    "float": 5.0,
    "yes": True,
    "null": None,
    "at": "2026-01-02T03:04:05Z",
    "same_at": "2026-01-02T05:04:05+02:00",
    "copy": "banana",
    "list": [{"a": 1}],
}


def machine(rule: dict[str, Any]) -> dict[str, Any]:
    return {
        "StartAt": "Choose",
        "States": {
            "Choose": {"Type": "Choice", "Choices": [{**rule, "Next": "Yes"}], "Default": "No"},
            "Yes": {"Type": "Pass", "Result": "yes", "End": True},
            "No": {"Type": "Pass", "Result": "no", "End": True},
        },
    }


def holds(rule: dict[str, Any]) -> bool:
    result = run_machine(machine(rule), INPUT)
    assert result.status == "SUCCEEDED", result.cause
    return bool(result.output == "yes")


RULES: list[tuple[str, str, Any, bool]] = [
    ("text", "StringEquals", "banana", True),
    ("text", "StringEquals", "Banana", False),
    ("text", "StringLessThan", "cherry", True),
    ("text", "StringGreaterThan", "apple", True),
    ("text", "StringLessThanEquals", "banana", True),
    ("text", "StringGreaterThanEquals", "cherry", False),
    ("n", "StringEquals", "5", False),
    ("text", "StringEqualsPath", "$.copy", True),
    ("text", "StringLessThanPath", "$.n", False),
    ("text", "StringMatches", "ban*", True),
    ("text", "StringMatches", "*an*a", True),
    ("text", "StringMatches", "an*", False),
    ("log", "StringMatches", "zebra\\*.log", True),
    ("text", "StringMatches", "zebra\\*.log", False),
    ("log", "StringMatches", "zebra.*", False),
    ("n", "StringMatches", "5", False),
    ("n", "NumericEquals", 5, True),
    ("float", "NumericEquals", 5, True),
    ("n", "NumericLessThan", 5.5, True),
    ("n", "NumericGreaterThan", 5, False),
    ("n", "NumericLessThanEquals", 5, True),
    ("n", "NumericGreaterThanEquals", 6, False),
    ("yes", "NumericEquals", 1, False),
    ("n", "NumericGreaterThanEqualsPath", "$.float", True),
    ("yes", "BooleanEquals", True, True),
    ("n", "BooleanEquals", True, False),
    ("yes", "BooleanEqualsPath", "$.yes", True),
    ("at", "TimestampEquals", "2026-01-02T03:04:05Z", True),
    ("at", "TimestampEqualsPath", "$.same_at", True),
    ("at", "TimestampLessThan", "2026-01-02T03:04:06Z", True),
    ("at", "TimestampGreaterThan", "2026-01-02T03:04:05.001Z", False),
    ("at", "TimestampLessThanEquals", "2026-01-02T03:04:05Z", True),
    ("at", "TimestampGreaterThanEquals", "2027-01-02T03:04:05Z", False),
    ("text", "TimestampEquals", "2026-01-02T03:04:05Z", False),
    ("null", "IsNull", True, True),
    ("text", "IsNull", False, True),
    ("null", "IsPresent", True, True),
    ("nothing", "IsPresent", False, True),
    ("nothing", "IsPresent", True, False),
    ("list[*].b", "IsPresent", False, True),
    ("n", "IsNumeric", True, True),
    ("yes", "IsNumeric", True, False),
    ("text", "IsString", True, True),
    ("yes", "IsBoolean", True, True),
    ("null", "IsBoolean", False, True),
    ("at", "IsTimestamp", True, True),
    ("text", "IsTimestamp", True, False),
]


@pytest.mark.parametrize(("variable", "operator", "value", "expected"), RULES)
def test_an_operator_compares_values_of_its_kind_only(
    variable: str, operator: str, value: Any, expected: bool
) -> None:
    assert holds({"Variable": f"$.{variable}", operator: value}) is expected


YES = {"Variable": "$.yes", "BooleanEquals": True}
NO = {"Variable": "$.yes", "BooleanEquals": False}
MISSING = {"Variable": "$.nothing", "IsNull": True}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"And": [YES, YES]}, True),
        ({"And": [YES, NO]}, False),
        ({"Or": [NO, YES]}, True),
        ({"Or": [NO, NO]}, False),
        ({"Not": NO}, True),
        ({"And": [{"Or": [NO, {"Not": NO}]}, YES]}, True),
        ({"And": [NO, MISSING]}, False),
        ({"Or": [YES, MISSING]}, True),
    ],
)
def test_rules_combine_and_stop_at_the_first_that_decides(rule: dict[str, Any], expected: bool) -> None:
    assert holds(rule) is expected


def test_the_first_rule_that_holds_wins() -> None:
    definition = machine(YES)
    definition["States"]["Choose"]["Choices"].insert(0, {**YES, "Next": "No"})
    assert run_machine(definition, INPUT).output == "no"


def test_a_context_object_variable_is_looked_up() -> None:
    assert holds({"Variable": "$$.State.Name", "StringEquals": "Choose"})


@pytest.mark.parametrize(
    "rule", [MISSING, {"Variable": "$.n", "NumericEqualsPath": "$.nothing"}], ids=["variable", "path"]
)
def test_a_variable_that_is_not_there_fails_the_execution(rule: dict[str, Any]) -> None:
    result = run_machine(machine(rule), INPUT)
    assert (result.status, result.error, result.cause) == (
        "FAILED",
        "States.Runtime",
        "An error occurred while executing the state 'Choose' (entered at the event id #2). Invalid path "
        "'$.nothing': The choice state's condition path references an invalid value.",
    )


def test_no_rule_and_no_default_is_no_choice_matched() -> None:
    definition = machine(NO)
    del definition["States"]["Choose"]["Default"], definition["States"]["No"]
    result = run_machine(definition, INPUT)
    assert (result.error, result.cause) == (
        "States.NoChoiceMatched",
        "An error occurred while executing the state 'Choose' (entered at the event id #2). Failed to "
        "transition out of the state. The state does not point to a next state.",
    )


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"Variable": "$.n"}, "/States/Choose/Choices/0: has the operators []; a rule needs exactly one"),
        (
            {"Variable": "$.n", "IsNull": True, "IsString": True},
            "has the operators ['IsNull', 'IsString']; a rule needs exactly one",
        ),
        ({"IsNull": True}, "/States/Choose/Choices/0/Variable: Variable is missing"),
        ({"Variable": "$.n", "NumericEquals": "5"}, "NumericEquals is '5'; a number is needed"),
        ({"Variable": "$.n", "StringLessThan": 5}, "StringLessThan is 5; a string is needed"),
        ({"Variable": "$.n", "TimestampEquals": "noon"}, "TimestampEquals is 'noon'; a timestamp is needed"),
        ({"Variable": "$.n", "BooleanEquals": "true"}, "BooleanEquals is 'true'; a boolean is needed"),
        ({"Variable": "$.n", "IsPresent": "yes"}, "IsPresent is 'yes'; it must be true or false"),
        ({"Variable": "$.n", "NumericEqual": 5}, "NumericEqual is not supported here"),
        ({"Variable": "n", "NumericEquals": 5}, "a JSONPath that begins with '$' is needed"),
        ({"And": []}, "/States/Choose/Choices/0/And: And is []; a non-empty array is needed"),
        ({"Not": [YES]}, "/States/Choose/Choices/0/Not: is [{"),
        (
            {"And": [{**YES, "Next": "Yes"}]},
            "/States/Choose/Choices/0/And/0/Next: Next is not supported here",
        ),
        ({"Condition": "{% true %}"}, "Condition needs JSONata, which this engine does not run yet"),
    ],
)
def test_refuses_a_rule_and_says_why(rule: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidDefinition, match=re.escape(message)):
        parse(machine(rule))
