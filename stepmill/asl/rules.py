"""Choice rules: the SDK's comparisons, with paths on both sides."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from stepmill.asl import sdk
from stepmill.asl.errors import AslError, suggest
from stepmill.asl.expressions import is_dynamic
from stepmill.asl.render import path_text

if TYPE_CHECKING:
    from typing import Any

    from stepmill.asl.expressions import PathValue

# What the operators that begin so compare with: the types, and how to say them.
_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "String": ((str,), "text or a path"),
    "Numeric": ((int, float), "a finite number or a path"),
    "Boolean": ((bool,), "True, False or a path"),
    "Timestamp": ((str,), "text or a path"),
    "Is": ((bool,), "True or False"),
}


class Rule(sdk.Rule):
    """One comparison. A path as value becomes the `...Path` operator by itself.

    Raises: AslError for a variable that is no path, a value of the wrong type, or NaN.
    """

    def __init__(self, variable: PathValue, operator: str, value: object) -> None:
        where = f"ChoiceRule.{operator}"
        self.variable = path_text(variable, f"{where}: Variable")
        self.read_variable = variable
        if is_dynamic(value) and not operator.endswith("Path") and f"{operator}Path" in OPERATORS:
            operator += "Path"
        if operator not in OPERATORS:
            raise AslError(
                f"{where}: operator is unknown; allowed: {', '.join(OPERATORS)}{suggest(operator, OPERATORS)}"
            )
        self.operator = operator
        self.read_value = value
        self.value = (
            path_text(value, where) if operator.endswith("Path") else self._fixed(value, operator, where)
        )

    @staticmethod
    def _fixed(value: object, operator: str, where: str) -> object:
        kinds, words = next(kind for prefix, kind in _KINDS.items() if operator.startswith(prefix))
        wrong = not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds)
        if wrong or (isinstance(value, float) and not math.isfinite(value)):
            raise AslError(f"{where}: value is {value!r}; give {words}")
        return value

    def to_dict(self) -> dict[str, Any]:
        return {"Variable": self.variable, self.operator: self.value}


def _operator(name: str) -> staticmethod[[PathValue, object], sdk.BaseRule]:
    def rule(variable: PathValue, value: object) -> sdk.BaseRule:
        return Rule(variable, name, value)

    rule.__name__ = name
    rule.__doc__ = (
        f"True where `variable` meets {name} with a fixed value or, where ASL has that, with a path."
    )
    return staticmethod(rule)


class ChoiceRule(sdk.ChoiceRule):
    """The SDK's factory: `ChoiceRule.NumericLessThan(path("$.rmse"), 2500.0)`, `.And([...])`, `.Not(...)`."""

    StringEquals = _operator("StringEquals")
    StringEqualsPath = _operator("StringEqualsPath")
    StringLessThan = _operator("StringLessThan")
    StringLessThanPath = _operator("StringLessThanPath")
    StringGreaterThan = _operator("StringGreaterThan")
    StringGreaterThanPath = _operator("StringGreaterThanPath")
    StringLessThanEquals = _operator("StringLessThanEquals")
    StringLessThanEqualsPath = _operator("StringLessThanEqualsPath")
    StringGreaterThanEquals = _operator("StringGreaterThanEquals")
    StringGreaterThanEqualsPath = _operator("StringGreaterThanEqualsPath")
    StringMatches = _operator("StringMatches")
    NumericEquals = _operator("NumericEquals")
    NumericEqualsPath = _operator("NumericEqualsPath")
    NumericLessThan = _operator("NumericLessThan")
    NumericLessThanPath = _operator("NumericLessThanPath")
    NumericGreaterThan = _operator("NumericGreaterThan")
    NumericGreaterThanPath = _operator("NumericGreaterThanPath")
    NumericLessThanEquals = _operator("NumericLessThanEquals")
    NumericLessThanEqualsPath = _operator("NumericLessThanEqualsPath")
    NumericGreaterThanEquals = _operator("NumericGreaterThanEquals")
    NumericGreaterThanEqualsPath = _operator("NumericGreaterThanEqualsPath")
    TimestampEquals = _operator("TimestampEquals")
    TimestampEqualsPath = _operator("TimestampEqualsPath")
    TimestampLessThan = _operator("TimestampLessThan")
    TimestampLessThanPath = _operator("TimestampLessThanPath")
    TimestampGreaterThan = _operator("TimestampGreaterThan")
    TimestampGreaterThanPath = _operator("TimestampGreaterThanPath")
    TimestampLessThanEquals = _operator("TimestampLessThanEquals")
    TimestampLessThanEqualsPath = _operator("TimestampLessThanEqualsPath")
    TimestampGreaterThanEquals = _operator("TimestampGreaterThanEquals")
    TimestampGreaterThanEqualsPath = _operator("TimestampGreaterThanEqualsPath")
    BooleanEquals = _operator("BooleanEquals")
    BooleanEqualsPath = _operator("BooleanEqualsPath")
    IsNull = _operator("IsNull")
    IsPresent = _operator("IsPresent")
    IsString = _operator("IsString")
    IsNumeric = _operator("IsNumeric")
    IsBoolean = _operator("IsBoolean")
    IsTimestamp = _operator("IsTimestamp")

    @classmethod
    def And(cls, rules: Sequence[sdk.BaseRule]) -> sdk.BaseRule:  # noqa: N802 - the SDK's name
        return cls._compound("And", rules)

    @classmethod
    def Or(cls, rules: Sequence[sdk.BaseRule]) -> sdk.BaseRule:  # noqa: N802 - the SDK's name
        return cls._compound("Or", rules)

    @classmethod
    def Not(cls, rule: sdk.BaseRule) -> sdk.BaseRule:  # noqa: N802 - the SDK's name
        return sdk.NotRule(rule)

    @classmethod
    def _compound(cls, operator: str, rules: Sequence[sdk.BaseRule]) -> sdk.BaseRule:
        if not rules:
            raise AslError(f"ChoiceRule.{operator}: has no rules; give at least one")
        return sdk.CompoundRule(operator, list(rules))


OPERATORS = tuple(name for name, value in vars(ChoiceRule).items() if isinstance(value, staticmethod))
