"""The choice rules' grammar."""

from __future__ import annotations

from itertools import product

from stepmill.check.syntax.grammar import ANY, TEXT, Field
from stepmill.check.syntax.place import JSONATA, JSONPATH

_ORDERS = ("Equals", "GreaterThan", "GreaterThanEquals", "LessThan", "LessThanEquals")
_VALUES = {"String": "string", "Numeric": "number", "Timestamp": "string"}
_TESTS = ("IsNull", "IsPresent", "IsNumeric", "IsString", "IsBoolean", "IsTimestamp")

COMPARISONS: dict[str, Field] = {
    **{f"{kind}{order}": Field((_VALUES[kind],), JSONPATH) for kind, order in product(_VALUES, _ORDERS)},
    **{f"{kind}{order}Path": Field(("string",), JSONPATH) for kind, order in product(_VALUES, _ORDERS)},
    "BooleanEquals": Field(("boolean",), JSONPATH),
    "BooleanEqualsPath": Field(("string",), JSONPATH),
    "StringMatches": Field(("string",), JSONPATH),
    **{test: Field(("boolean",), JSONPATH) for test in _TESTS},
}
COMBINATIONS: dict[str, Field] = {
    "And": Field(("array",), JSONPATH),
    "Or": Field(("array",), JSONPATH),
    "Not": Field(("object",), JSONPATH),
}
NESTED_RULE: dict[str, Field] = {
    "Comment": ANY,
    "Variable": Field(("string",), JSONPATH),
    **COMPARISONS,
    **COMBINATIONS,
}
RULE: dict[str, Field] = {
    **NESTED_RULE,
    "Next": TEXT,
    "Condition": Field(("boolean",), JSONATA, takes_expression=True),
    "Assign": Field(("object",), takes_expression=True),
    "Output": Field(language=JSONATA),
}
