"""The rules of a Choice."""

from collections.abc import Callable
from typing import Any

import pytest

Told = Callable[..., list[tuple[str, str]]]
Said = Callable[[Any], list[tuple[str, str]]]

DONE: dict[str, Any] = {"Type": "Succeed"}
FITS = {"Variable": "$.rmse", "NumericLessThan": 2000}
RULE = "/States/Judge/Choices/0"


def choose(*rules: Any, **fields: Any) -> dict[str, Any]:
    judge = {"Type": "Choice", "Choices": list(rules), "Default": "Done", **fields}
    return {"StartAt": "Judge", "States": {"Judge": judge, "Done": DONE}}


def to_done(**rule: Any) -> dict[str, Any]:
    return {**rule, "Next": "Done"}


@pytest.mark.parametrize(
    "rule",
    [
        FITS,
        {"And": [FITS, {"Not": {"Variable": "$.name", "StringMatches": "*.csv"}}]},
        {"Or": [{"Variable": "$$.Execution.Name", "IsPresent": True, "Comment": "always"}]},
        {"Variable": "$.at", "TimestampLessThan": "2026-01-31T12:00:00Z"},
        {"Variable": "$.at", "TimestampEquals": "2026-01-31T12:00:00.5+01:00"},
        {"Variable": "$.at", "TimestampGreaterThanEqualsPath": "$.now"},
        {"Variable": "$limit", "NumericEquals": 1.5, "Assign": {"found.$": "$.x"}},
        {"Variable": "$.a[0].b", "BooleanEqualsPath": "$.c", "Comment": "why"},
        {"Variable": "$.text", "StringMatches": "$.x"},
        {"Variable": "$.text", "StringEqualsPath": "$.x"},
        {"Variable": "$.limit", "NumericEquals": "${Limit}"},
    ],
    ids="-".join,
)
def test_accepts_rules_of_every_kind(told: Told, rule: dict[str, Any]) -> None:
    assert told(choose(to_done(**rule))) == []


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("x", [("not-an-object", RULE)]),
        (to_done(), [("choice-rule-shape", RULE)]),
        (to_done(Variable="$.a"), [("choice-rule-shape", RULE)]),
        (to_done(**FITS, NumericGreaterThan=1), [("choice-rule-shape", RULE)]),
        (to_done(**FITS, And=[FITS]), [("choice-rule-shape", RULE)]),
        (to_done(And=[]), [("choice-rule-shape", f"{RULE}/And")]),
        (to_done(And=FITS), [("field-type", f"{RULE}/And")]),
        (to_done(Not=[FITS]), [("field-type", f"{RULE}/Not")]),
        (to_done(Or=[to_done(**FITS)]), [("choice-rule-shape", f"{RULE}/Or/0/Next")]),
        (to_done(Not={"And": [FITS, {}]}), [("choice-rule-shape", f"{RULE}/Not/And/1")]),
        (to_done(Not={"And": [3]}), [("not-an-object", f"{RULE}/Not/And/0")]),
        (to_done(NumericLessThan=1), [("state-field-missing", RULE)]),
        (FITS, [("state-field-missing", RULE)]),
        ({**FITS, "next": "Done"}, [("field-unknown", f"{RULE}/next")]),
        (to_done(Variable="$.a", NumericEqual=1), [("field-unknown", f"{RULE}/NumericEqual")]),
        (to_done(Variable="$.a", StringEqual="x"), [("field-unknown", f"{RULE}/StringEqual")]),
        (to_done(Variable="$.a", NumericEquals="1"), [("field-type", f"{RULE}/NumericEquals")]),
        (to_done(Variable="$.a", NumericEquals="$.b"), [("field-type", f"{RULE}/NumericEquals")]),
        (to_done(Variable="$.a", BooleanEquals="true"), [("field-type", f"{RULE}/BooleanEquals")]),
        (to_done(Variable="$.a", StringEquals=1), [("field-type", f"{RULE}/StringEquals")]),
        (to_done(Variable="$.a", IsPresent=1), [("field-type", f"{RULE}/IsPresent")]),
        (to_done(Variable="$.a", TimestampEquals="31.01.2026"), [("field-value", f"{RULE}/TimestampEquals")]),
        (to_done(Variable="$.a", StringEquals="$.b.c"), [("dollar-missing", f"{RULE}/StringEquals")]),
        (to_done(Variable="$.a", TimestampEquals="$.at"), [("dollar-missing", f"{RULE}/TimestampEquals")]),
        (to_done(Condition="{% true %}"), [("language-mixed", f"{RULE}/Condition")]),
        (to_done(**FITS, Retry=[]), [("field-misplaced", f"{RULE}/Retry")]),
    ],
    ids=str,
)
def test_tells_what_is_wrong_with_a_rule(told: Told, rule: Any, expected: list[tuple[str, str]]) -> None:
    assert told(choose(rule)) == expected


def test_says_which_comparison_was_meant(said: Said) -> None:
    assert said(choose(to_done(Variable="$.a", NumericLesThan=1))) == [
        (
            "States.Judge.Choices[0]: NumericLesThan is no field of a choice rule; use NumericLessThan",
            "NumericLessThan",
        )
    ]
    assert said(choose(to_done(Variable="$.a", StringEquals="$.b"))) == [
        (
            'States.Judge.Choices[0]: StringEquals compares with the text "$.b" itself; use StringEqualsPath',
            "StringEqualsPath",
        )
    ]


def test_says_what_a_rule_compares(said: Said) -> None:
    assert said(choose(to_done(Variable="$.a"), to_done(**FITS, IsNull=True))) == [
        ("States.Judge.Choices[0]: it compares nothing; give exactly one comparison, And, Or or Not", ""),
        (
            "States.Judge.Choices[1]: NumericLessThan and IsNull stand in one rule; "
            "give exactly one comparison, And, Or or Not",
            "",
        ),
    ]


def test_tells_an_empty_or_missing_list_of_rules(told: Told) -> None:
    assert told(choose()) == [("choice-empty", "/States/Judge/Choices")]
    without = choose(to_done(**FITS))
    del without["States"]["Judge"]["Choices"]
    assert told(without) == [("state-field-missing", "/States/Judge")]


def test_tells_next_and_end_of_a_choice(told: Told) -> None:
    assert told(choose(to_done(**FITS), Next="Done")) == [("field-misplaced", "/States/Judge/Next")]
    assert told(choose(to_done(**FITS), End=True)) == [("field-misplaced", "/States/Judge/End")]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (to_done(Condition="{% $states.input.rmse < 2000 %}", Output={"a": 1}, Assign={"b": "{% 1 %}"}), []),
        (to_done(Condition=True), []),
        (to_done(), [("state-field-missing", RULE)]),
        (to_done(Condition="$states.input.ok"), [("jsonata-outside", f"{RULE}/Condition")]),
        (to_done(Condition="$.ok"), [("path-in-jsonata", f"{RULE}/Condition")]),
        (to_done(Condition=1), [("field-type", f"{RULE}/Condition")]),
        (to_done(Condition="{% $states.input.( %}"), [("jsonata-syntax", f"{RULE}/Condition")]),
        (to_done(Condition="{% ok %}"), [("jsonata-reference", f"{RULE}/Condition")]),
        (to_done(**FITS), [("language-mixed", f"{RULE}/Variable")]),
        (to_done(Conditon="{% true %}"), [("field-unknown", f"{RULE}/Conditon")]),
    ],
    ids=str,
)
def test_holds_rules_in_jsonata_against_its_own_grammar(
    told: Told, rule: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert told(choose(rule, QueryLanguage="JSONata")) == expected
