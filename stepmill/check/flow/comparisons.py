"""Comparisons of a Choice over shapes: for which of the values there can be each holds, for which not."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from stepmill.check.patterns import late_pattern
from stepmill.check.records import replace
from stepmill.check.shapes.shape import (
    NEVER,
    NULL,
    UNKNOWN,
    Boolean,
    Number,
    Shape,
    String,
    Unknown,
    of_value,
    options,
    union,
)

ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "GreaterThan": operator.gt,
    "LessThanEquals": operator.le,
    "GreaterThanEquals": operator.ge,
}
KINDS: dict[str, Shape] = {
    "String": String(),
    "Numeric": Number(),
    "Boolean": Boolean(),
    "Timestamp": String(),
}
TESTS: dict[str, Shape] = {
    "IsNull": NULL,
    "IsNumeric": Number(),
    "IsString": String(),
    "IsBoolean": Boolean(),
    "IsTimestamp": String(format="date-time"),
}
COMPARISONS = {
    f"{kind}{order}": (kind, order)
    for kind in KINDS
    for order in (ORDERS if kind != "Boolean" else ("Equals",))
}
OPERATORS = frozenset(
    [*COMPARISONS, *(f"{name}Path" for name in COMPARISONS), "StringMatches", "IsPresent", *TESTS]
)
_MOMENT = late_pattern(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


class Parts(NamedTuple):
    """holds: the values for which the comparison is true; fails: the others. NEVER where there are none."""

    holds: Shape
    fails: Shape


def divide(shape: Shape, by: Callable[[Shape], Parts]) -> Parts:
    """Every alternative divided."""
    parts = [by(option) for option in options(shape)]
    return Parts(union(part.holds for part in parts), union(part.fails for part in parts))


def of_kind(name: str, *, wanted: bool) -> Callable[[Shape], Parts]:
    """IsNull, IsString and so on."""

    def by(option: Shape) -> Parts:
        parts = _kind_parts(name, option)
        return parts if wanted else Parts(parts.fails, parts.holds)

    return by


def _kind_parts(name: str, option: Shape) -> Parts:
    wanted = TESTS[name]
    if isinstance(option, Unknown):
        return Parts(wanted, UNKNOWN)
    if not isinstance(option, type(wanted)):
        return Parts(NEVER, option)
    if name == "IsTimestamp" and isinstance(option, String):
        if option.values is None:
            return Parts(option, option)
        return _by_values(option, lambda value: _MOMENT.fullmatch(str(value)) is not None)
    return Parts(option, NEVER)


def matches(pattern: str) -> Callable[[Shape], Parts]:
    """StringMatches: `*` is any text, a backslash takes its meaning away."""
    parts = re.findall(r"\\.|\*|[^\\*]+|\\", pattern, re.DOTALL)
    whole = re.compile(
        "".join(".*" if part == "*" else re.escape(re.sub(r"^\\(.)", r"\1", part)) for part in parts),
        re.DOTALL,
    )

    def by(option: Shape) -> Parts:
        if isinstance(option, Unknown):
            return Parts(String(), UNKNOWN)
        if not isinstance(option, String):
            return Parts(NEVER, option)
        if option.values is None:
            return Parts(option, NEVER if pattern == "*" else option)
        return _by_values(option, lambda value: whole.fullmatch(str(value)) is not None)

    return by


def compare(kind: str, order: str, other: Shape) -> Callable[[Shape], Parts]:
    """StringEquals, NumericLessThan and so on; other: what the value is compared with."""
    wanted = KINDS[kind]
    others = [option for option in options(other) if isinstance(option, (type(wanted), Unknown))]

    def by(option: Shape) -> Parts:
        if not others:
            return Parts(NEVER, option)
        if isinstance(option, Unknown):
            held = _known_side(kind, order, others[0]) if len(others) == 1 else wanted
            return Parts(held, UNKNOWN)
        if not isinstance(option, type(wanted)):
            return Parts(NEVER, option)
        if len(others) > 1 or isinstance(others[0], Unknown):
            return Parts(option, option)
        parts = _compared(kind, order, option, others[0])
        return parts if len(options(other)) == 1 else Parts(parts.holds, option)

    return by


def _known_side(kind: str, order: str, other: Shape) -> Shape:
    """What an unknown value is once the comparison holds."""
    if order == "Equals" and kind in ("String", "Numeric", "Boolean") and not isinstance(other, Unknown):
        return replace(other, pieces=()) if isinstance(other, String) and other.values is None else other
    return (
        _bounded(Number(), order, other) if kind == "Numeric" and isinstance(other, Number) else KINDS[kind]
    )


def _compared(kind: str, order: str, option: Shape, other: Shape) -> Parts:
    if isinstance(option, Boolean) and isinstance(other, Boolean):
        return _booleans(option, other)
    if kind == "Timestamp":
        return Parts(option, option)
    if isinstance(option, (String, Number)) and isinstance(other, (String, Number)) and other.values:
        if len(other.values) == 1:
            (constant,) = other.values
            if option.values is not None:
                test = ORDERS[order]
                return _by_values(option, lambda value: test(value, constant))
            return _without_values(order, option, other)
        if order == "Equals" and option.values is not None:
            allowed = other.values
            return Parts(_by_values(option, lambda value: value in allowed).holds, option)
    return Parts(option, option)


def _booleans(option: Boolean, other: Boolean) -> Parts:
    if other.value is None:
        return Parts(option, option)
    if option.value is None:
        return Parts(Boolean(other.value), Boolean(not other.value))
    return Parts(option, NEVER) if option.value == other.value else Parts(NEVER, option)


def _by_values(option: String | Number, test: Callable[[Any], bool]) -> Parts:
    values = option.values or frozenset()
    held = [value for value in values if test(value)]
    if len(held) == len(values):
        return Parts(option, NEVER)
    if not held:
        return Parts(NEVER, option)
    return Parts(_only(option, held), _only(option, [value for value in values if value not in held]))


def _only(option: String | Number, values: list[Any]) -> Shape:
    if len(values) == 1:
        return of_value(values[0])
    if isinstance(option, String):
        return replace(option, values=frozenset(values), pieces=())
    return replace(option, values=frozenset(values))


def _without_values(order: str, option: String | Number, other: String | Number) -> Parts:
    if isinstance(option, String) and isinstance(other, String):
        if order == "Equals" and not option.min_length <= other.min_length <= (option.max_length or 1 << 40):
            return Parts(NEVER, option)
        return Parts(other if order == "Equals" else option, option)
    if isinstance(option, Number):
        return Parts(_bounded(option, order, other), _bounded(option, _OPPOSITE[order], other))
    return Parts(option, option)


_OPPOSITE = {
    "Equals": "Unequal",
    "LessThan": "GreaterThanEquals",
    "GreaterThan": "LessThanEquals",
    "LessThanEquals": "GreaterThan",
    "GreaterThanEquals": "LessThan",
}


def _bounded(option: Number, order: str, other: Shape) -> Shape:
    """A number without listed values, once it stands so to a single known one."""
    if not isinstance(other, Number) or not other.values or len(other.values) != 1:
        return option
    (limit,) = other.values
    low, high = option.minimum, option.maximum
    if order == "Unequal":
        return option
    if order == "Equals":
        is_outside = (low is not None and limit < low) or (high is not None and limit > high)
        return NEVER if is_outside else other
    if order.startswith("Less"):
        is_never = low is not None and (low >= limit if order == "LessThan" else low > limit)
        return NEVER if is_never else replace(option, maximum=limit if high is None else min(high, limit))
    is_never = high is not None and (high <= limit if order == "GreaterThan" else high < limit)
    return NEVER if is_never else replace(option, minimum=limit if low is None else max(low, limit))
