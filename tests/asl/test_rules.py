"""Choice rules."""

from collections.abc import Callable
from typing import Any

import pytest

from stepmill.asl import ChoiceRule, ExecutionInput, format_, path
from stepmill.asl.rules import OPERATORS, Rule

Problems = Callable[[Callable[[], object]], list[str]]


def test_has_every_operator_of_the_language() -> None:
    tests = ("Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals")
    compared = {f"{kind}{test}" for kind in ("String", "Numeric", "Timestamp") for test in tests} | {
        "BooleanEquals"
    }
    kinds = {"IsNull", "IsPresent", "IsString", "IsNumeric", "IsBoolean", "IsTimestamp"}
    assert set(OPERATORS) == compared | {f"{name}Path" for name in compared} | kinds | {"StringMatches"}


def test_a_path_as_value_becomes_the_path_operator() -> None:
    assert ChoiceRule.NumericLessThan(path("$.rmse"), path("$.limit")).to_dict() == {
        "Variable": "$.rmse",
        "NumericLessThanPath": "$.limit",
    }
    run = ExecutionInput()
    assert ChoiceRule.StringEqualsPath(run["a"], run["b"]).to_dict() == {
        "Variable": "$$.Execution.Input['a']",
        "StringEqualsPath": "$$.Execution.Input['b']",
    }


def test_joins_rules() -> None:
    a, b = ChoiceRule.BooleanEquals("$.a", True), ChoiceRule.StringMatches("$.b", "x*")
    assert ChoiceRule.Or([a, ChoiceRule.Not(b)]).to_dict() == {
        "Or": [
            {"Variable": "$.a", "BooleanEquals": True},
            {"Not": {"Variable": "$.b", "StringMatches": "x*"}},
        ]
    }


@pytest.mark.parametrize(
    ("build", "problem"),
    [
        (
            lambda: ChoiceRule.NumericLessThan("$.x", float("nan")),
            "ChoiceRule.NumericLessThan: value is nan; give a finite number or a path",
        ),
        (
            lambda: ChoiceRule.NumericEquals("$.x", True),
            "ChoiceRule.NumericEquals: value is True; give a finite number or a path",
        ),
        (
            lambda: ChoiceRule.StringEquals("$.x", 1),
            "ChoiceRule.StringEquals: value is 1; give text or a path",
        ),
        (
            lambda: ChoiceRule.IsPresent("$.x", "yes"),
            "ChoiceRule.IsPresent: value is 'yes'; give True or False",
        ),
        (
            lambda: ChoiceRule.IsNull("x", True),
            "ChoiceRule.IsNull: Variable is 'x', not a path; begin it with $",
        ),
        (
            lambda: ChoiceRule.IsNull(format_("a"), True),
            "ChoiceRule.IsNull: Variable is States.Format('a'), a function; only a path may stand there",
        ),
        (
            lambda: ChoiceRule.StringEqualsPath("$.x", "y"),
            "ChoiceRule.StringEqualsPath is 'y', not a path; begin it with $",
        ),
        (lambda: ChoiceRule.And([]), "ChoiceRule.And: has no rules; give at least one"),
    ],
)
def test_refuses_a_rule_that_cannot_hold(build: Callable[[], Any], problem: str, problems: Problems) -> None:
    assert problems(build) == [problem]


def test_refuses_an_unknown_operator_with_the_near_one(problems: Problems) -> None:
    [problem] = problems(lambda: Rule("$.x", "StringEqual", "y"))
    assert problem.startswith("ChoiceRule.StringEqual: operator is unknown; allowed: StringEquals, ")
    assert problem.endswith("(did you mean 'StringEquals'?)")


def test_refuses_a_compound_of_things_that_are_no_rules() -> None:
    with pytest.raises(ValueError, match="invalid"):
        ChoiceRule.Or(["x"])  # type: ignore[list-item]
