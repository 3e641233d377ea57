"""Two shapes made one: side by side while few, merged when many, widened when a loop would go on for ever."""

from __future__ import annotations

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
    same = [old for old in found if type(old) is type(new)]
    for old in same:
        merged = _merged_scalars(old, new)
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


def _merged_scalars(old: Shape, new: Shape) -> Shape | None:
    """None for what may stand side by side."""
    match old, new:
        case Number(), Number():
            return _merged_numbers(old, new)
        case Boolean(), Boolean():
            return Boolean()
        case Array(), Array():
            return _merged_arrays(old, new)
        case String(), String() if old.values is not None and new.values is not None:
            return _merged_strings(old, new)
        case Object(), Object() if is_alike(old, new):
            return merge_objects(old, new)
    return None


def is_alike(one: Shape, other: Shape) -> bool:
    """Whether the two differ at most in their values: the same members, presences and kinds all the way down.

    What can be read of one can then be read of the other, so nothing is lost when they are merged.
    """
    if one is other:
        return True
    match one, other:
        case Object(), Object():
            if len(one.members) != len(other.members) or one.rest != other.rest:
                return False
            return all(
                (there := other.members.get(name)) is member
                or (
                    there is not None
                    and there.presence is member.presence
                    and is_alike(member.shape, there.shape)
                )
                for name, member in one.members.items()
            )
        case Array(), Array():
            same_size = (one.max_items, one.min_items) == (other.max_items, other.min_items)
            if len(one.prefix) != len(other.prefix) or not same_size:
                return False
            return is_alike(one.items, other.items) and all(map(is_alike, one.prefix, other.prefix))
        case (String(), String()) | (Number(), Number()):
            return True
    return one == other


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
    return _merged_scalars(one, other) or UNKNOWN


def merge_objects(one: Object, other: Object) -> Object:
    members: dict[str, Member] = {}
    for name in dict.fromkeys([*one.members, *other.members]):
        left, right = one.members.get(name), other.members.get(name)
        if left is not None and right is not None:
            if left is right:
                members[name] = left
                continue
            presence = left.presence if left.presence is right.presence else Presence.LIKELY
            members[name] = Member(join(left.shape, right.shape), presence)
            continue
        there = left or right
        rest = other.rest if left is not None else one.rest
        if there is not None:
            members[name] = Member(there.shape if rest is None else join(there.shape, rest), Presence.LIKELY)
    rests = [rest for rest in (one.rest, other.rest) if rest is not None]
    return Object(members, join(*rests) if rests else None)


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


def distance(one: Shape, other: Shape) -> int:
    """How much is lost when the two are merged: members that only one has weigh most."""
    if not (isinstance(one, Object) and isinstance(other, Object)):
        return 0
    lost = 4 * len(one.members.keys() ^ other.members.keys())
    shared = one.members.keys() & other.members.keys()
    return lost + sum(1 for name in shared if one.members[name] is not other.members[name])
