"""Two shapes made one: side by side while few, merged when many, widened when a loop would go on for ever."""

from __future__ import annotations

from collections.abc import Callable
from operator import is_not
from typing import Any

from stepmill.check.shapes.shape import (
    NEVER,
    UNKNOWN,
    Array,
    Boolean,
    Member,
    Number,
    Object,
    Presence,
    Shape,
    String,
    Unknown,
    options,
    union,
)

ALTERNATIVES_LIMIT = 8
VALUES_LIMIT = 16


def join(*shapes: Shape) -> Shape:
    """What covers all of them: at most 8 alternatives of objects or texts, one of any other kind."""
    first = shapes[0] if shapes else NEVER
    if all(shape is first for shape in shapes):
        return first
    found: dict[Shape, None] = {}
    for shape in shapes:
        for option in options(shape):
            if isinstance(option, Unknown):
                return UNKNOWN
            _take(found, option)
    return union(found)


def _take(found: dict[Shape, None], new: Shape) -> None:
    """Add one alternative; what is of its kind and cannot stand beside it is merged with it."""
    if new in found:
        return
    kind = type(new)
    merge_scalars = _MERGERS.get(kind)
    if merge_scalars is None:
        found[new] = None
        return
    same = [old for old in found if type(old) is kind]
    for old in same:
        merged = merge_scalars(old, new)
        if merged is not None:
            del found[old]
            found[merged] = None
            return
    if len(same) >= ALTERNATIVES_LIMIT:
        nearest = min(same, key=lambda old: distance(old, new))
        del found[nearest]
        _take(found, merge(nearest, new))
        return
    found[new] = None


def is_alike(one: Shape, other: Shape) -> bool:
    """Whether the two differ at most in their values: the same members, presences and kinds all the way down.

    What can be read of one can then be read of the other, so nothing is lost when they are merged.
    """
    if one is other:
        return True
    match one, other:
        case Object(), Object():
            return one.form == other.form and one.rest == other.rest and _are_alike(one, other)
        case Array(), Array():
            same_size = (one.max_items, one.min_items) == (other.max_items, other.min_items)
            if len(one.prefix) != len(other.prefix) or not same_size:
                return False
            return is_alike(one.items, other.items) and all(map(is_alike, one.prefix, other.prefix))
        case (String(), String()) | (Number(), Number()):
            return True
    return one == other


def _are_alike(one: Object, other: Object) -> bool:
    if len(one.members) != len(other.members):
        return False
    for name, member in one.members.items():
        there = other.members.get(name)
        if there is member:
            continue
        if there is None or there.presence is not member.presence:
            return False
        if not is_alike(member.shape, there.shape):
            return False
    return True


def merge(one: Shape, other: Shape) -> Shape:
    """One alternative in place of two of the same kind.

    A member that only one of them has becomes LIKELY: which way led here is forgotten, so it is no finding.
    """
    if one is other:
        return one
    match one, other:
        case Object(), Object():
            return merge_objects(one, other)
        case String(), String():
            return _merged_strings(one, other)
    merge_scalars = _MERGERS.get(type(one))
    if merge_scalars is None or type(one) is not type(other):
        return UNKNOWN
    return merge_scalars(one, other) or UNKNOWN


def merge_objects(one: Object, other: Object) -> Object:
    members = dict(one.members)
    for name, right in other.members.items():
        left = members.get(name)
        if left is right:
            continue
        if left is not None:
            presence = left.presence if left.presence is right.presence else Presence.LIKELY
            members[name] = Member(join(left.shape, right.shape), presence)
        else:
            members[name] = _likely(right, one.rest)
    if len(members) > len(other.members):
        for name in one.members.keys() - other.members.keys():
            members[name] = _likely(one.members[name], other.rest)
    rests = [rest for rest in (one.rest, other.rest) if rest is not None]
    return Object(members, join(*rests) if rests else None)


def _likely(member: Member, rest: Shape | None) -> Member:
    """A member that only one of two objects has; rest: of the other."""
    return Member(member.shape if rest is None else join(member.shape, rest), Presence.LIKELY)


def _merged_booleans(one: Boolean, other: Boolean) -> Boolean:  # noqa: ARG001 - they differ: it may be either
    return Boolean()


def _merged_numbers(one: Number, other: Number) -> Number:
    values = None
    if one.values is not None and other.values is not None and len(one.values | other.values) <= VALUES_LIMIT:
        values = one.values | other.values
    low, high = (bounds(number) for number in (one, other))
    minimum = None if low[0] is None or high[0] is None else min(low[0], high[0])
    maximum = None if low[1] is None or high[1] is None else max(low[1], high[1])
    return Number(values, minimum, maximum, one.is_integer and other.is_integer)


def bounds(number: Number) -> tuple[float | None, float | None]:
    if number.values:
        return min(number.values), max(number.values)
    return number.minimum, number.maximum


def _merged_strings(one: String, other: String) -> String:
    values = None
    if one.values is not None and other.values is not None and len(one.values | other.values) <= VALUES_LIMIT:
        values = one.values | other.values
    has_end = one.max_length is not None and other.max_length is not None
    return String(
        values,
        min(one.min_length, other.min_length),
        max(one.max_length or 0, other.max_length or 0) if has_end else None,
        pattern=one.pattern if one.pattern == other.pattern else "",
        format=one.format if one.format == other.format else "",
        pieces=one.pieces if one.pieces == other.pieces else (),
        parsed=join(one.parsed, other.parsed)
        if one.parsed is not None and other.parsed is not None
        else None,
    )


def _merged_arrays(one: Array, other: Array) -> Array:
    maximum = None
    if one.max_items is not None and other.max_items is not None:
        maximum = max(one.max_items, other.max_items)
    minimum = min(one.min_items, other.min_items)
    if len(one.prefix) == len(other.prefix):
        prefix = tuple(join(left, right) for left, right in zip(one.prefix, other.prefix, strict=True))
        return Array(join(one.items, other.items), prefix, minimum, maximum)
    return Array(join(one.items, other.items, *one.prefix, *other.prefix), (), minimum, maximum)


def _merged_listed(one: String, other: String) -> String | None:
    """Texts that are listed; others may stand side by side."""
    return None if one.values is None or other.values is None else _merged_strings(one, other)


def _merged_alike(one: Object, other: Object) -> Object | None:
    return merge_objects(one, other) if is_alike(one, other) else None


_MERGERS: dict[type, Callable[[Any, Any], Shape | None]] = {
    Array: _merged_arrays,
    Boolean: _merged_booleans,
    Number: _merged_numbers,
    Object: _merged_alike,
    String: _merged_listed,
}
"""By kind, what makes one alternative of two; None for those that may stand side by side."""


def distance(one: Shape, other: Shape) -> int:
    """How much is lost when the two are merged: members that only one has weigh most."""
    if not (isinstance(one, Object) and isinstance(other, Object)):
        return 0
    shared = len(one.members.keys() & other.members.keys())
    lost = 4 * (len(one.members) + len(other.members) - 2 * shared)
    changed = sum(map(is_not, one.members.values(), map(other.members.get, one.members)))
    return lost + changed - (len(one.members) - shared)
