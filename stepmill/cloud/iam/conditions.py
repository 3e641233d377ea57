"""The Condition element of a policy statement.

Not known here: IpAddress and BinaryEquals. A condition with an unknown operator never lets an Allow
apply and never keeps a Deny from applying.
"""

import fnmatch
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from stepmill.cloud.service import AwsError

Test = Callable[[str, str], bool]


def like(value: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(value, pattern.replace("[", "[[]"))


def arn_like(value: str, pattern: str) -> bool:
    """Each of the six parts on its own: a wildcard does not reach over a colon of the first five."""
    value_parts, pattern_parts = value.split(":", 5), pattern.split(":", 5)
    return len(value_parts) == len(pattern_parts) and all(map(like, value_parts, pattern_parts))


def by_number(test: Callable[[float, float], bool]) -> Test:
    return lambda value, wanted: test(float(value), float(wanted))


def by_date(test: Callable[[datetime, datetime], bool]) -> Test:
    return lambda value, wanted: test(datetime.fromisoformat(value), datetime.fromisoformat(wanted))


TESTS: dict[str, Test] = {
    "StringEquals": str.__eq__,
    "StringEqualsIgnoreCase": lambda value, wanted: value.lower() == wanted.lower(),
    "StringLike": like,
    "ArnEquals": arn_like,
    "ArnLike": arn_like,
    "Bool": lambda value, wanted: value.lower() == wanted.lower(),
    "NumericEquals": by_number(float.__eq__),
    "NumericLessThan": by_number(float.__lt__),
    "NumericLessThanEquals": by_number(float.__le__),
    "NumericGreaterThan": by_number(float.__gt__),
    "NumericGreaterThanEquals": by_number(float.__ge__),
    "DateLessThan": by_date(datetime.__lt__),
    "DateLessThanEquals": by_date(datetime.__le__),
    "DateGreaterThan": by_date(datetime.__gt__),
    "DateGreaterThanEquals": by_date(datetime.__ge__),
}
# Met when no value matches, and when the request does not have the key.
NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
}


def are_met(
    conditions: Mapping[str, Mapping[str, Any]], context: Mapping[str, str], *, unknown: bool
) -> bool:
    """All of them; `unknown` is the answer for an operator or value that is not understood."""
    values = {key.lower(): value for key, value in context.items()}
    try:
        return all(
            is_met(operator, values.get(key.lower()), as_texts(wanted))
            for operator, keys in conditions.items()
            for key, wanted in keys.items()
        )
    except (AwsError, ValueError, TypeError):
        return unknown


def is_met(operator: str, value: str | None, wanted: list[str]) -> bool:
    """Each key has one value here, so ForAnyValue and ForAllValues differ only where it is absent."""
    quantifier, _, name = operator.rpartition(":")
    if name == "Null":
        return (value is None) == (wanted[0].lower() == "true")
    is_optional = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    is_negated = name in NEGATED
    name = NEGATED.get(name, name)
    if name not in TESTS:
        raise AwsError("MalformedPolicyDocument", f"Condition operator {operator} is not known here")
    if value is None:
        return is_optional or is_negated or quantifier == "ForAllValues"
    return any(TESTS[name](value, item) for item in wanted) != is_negated


def as_texts(wanted: Any) -> list[str]:
    items = wanted if isinstance(wanted, list) else [wanted]
    return [str(item).lower() if isinstance(item, bool) else str(item) for item in items]
