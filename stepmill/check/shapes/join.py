"""Two shapes made one: side by side while few, merged when many, widened when a loop would go on for ever."""

from __future__ import annotations

from dataclasses import replace

from stepmill.check.shapes.shape import (
    NEVER,
    UNKNOWN,
    Array,
    Boolean,
    Member,
    Never,
    Number,
    Object,
    Presence,
    Shape,
    String,
    Union,
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
    low, high = (_bounds(number) for number in (one, other))
    minimum = None if low[0] is None or high[0] is None else min(low[0], high[0])
    maximum = None if low[1] is None or high[1] is None else max(low[1], high[1])
    return Number(values, minimum, maximum, one.is_integer and other.is_integer)


def _bounds(number: Number) -> tuple[float | None, float | None]:
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


def covers(wide: Shape, narrow: Shape) -> bool:
    """Whether `narrow` says nothing that `wide` does not.

    UNKNOWN covers nothing but itself: what is known on one way would be lost beside a way that is not known.
    """
    if wide is narrow:
        return True
    match wide, narrow:
        case Object(), Object():
            return _covers_object(wide, narrow)
        case Array(), Array():
            return wide == narrow or _covers_array(wide, narrow)
        case _, Never():
            return True
        case _, Union():
            return all(covers(wide, option) for option in narrow.options)
        case Union(), _:
            return any(covers(option, narrow) for option in wide.options)
        case Boolean(), Boolean():
            return wide.value is None or wide.value == narrow.value
        case Number(), Number():
            return _covers_number(wide, narrow)
        case String(), String():
            return _covers_string(wide, narrow)
    return wide == narrow


def _covers_number(wide: Number, narrow: Number) -> bool:
    if wide.is_integer and not narrow.is_integer:
        return False
    if wide.values is not None:
        return narrow.values is not None and narrow.values <= wide.values
    low, high = _bounds(narrow)
    return (wide.minimum is None or (low is not None and low >= wide.minimum)) and (
        wide.maximum is None or (high is not None and high <= wide.maximum)
    )


def _covers_string(wide: String, narrow: String) -> bool:
    if wide.values is not None:
        return narrow.values is not None and narrow.values <= wide.values
    if wide == narrow:
        return True
    is_plain = not (wide.pattern or wide.format or wide.pieces or wide.parsed)
    fits = wide.min_length <= narrow.min_length and (
        wide.max_length is None or (narrow.max_length is not None and narrow.max_length <= wide.max_length)
    )
    return is_plain and fits and narrow.parsed is None


def _covers_array(wide: Array, narrow: Array) -> bool:
    if wide.prefix or wide.min_items > narrow.min_items:
        return False
    if wide.max_items is not None and (narrow.max_items is None or narrow.max_items > wide.max_items):
        return False
    return all(covers(wide.items, item) for item in (narrow.items, *narrow.prefix))


def _covers_object(wide: Object, narrow: Object) -> bool:
    if len(wide.members) != len(narrow.members) or wide.rest != narrow.rest:
        return False
    for name, member in wide.members.items():
        other = narrow.members.get(name)
        if other is member:
            continue
        if other is None or not (member.presence is other.presence or other.presence is Presence.ALWAYS):
            return False
        if not covers(member.shape, other.shape):
            return False
    return True


def widen(old: Shape, new: Shape) -> Shape:
    """A cover of both that is `old` or says less than it; applied again and again it soon changes nothing."""
    if old is new or old == new or covers(old, new):
        return old
    match old, new:
        case Object(), Object():
            return _widened_object(old, new)
        case Array(), Array() if len(old.prefix) == len(new.prefix):
            prefix = tuple(widen(left, right) for left, right in zip(old.prefix, new.prefix, strict=True))
            return Array(widen(old.items, new.items), prefix)
        case Array(), Array():
            return Array()
        case Number(), Number():
            return Number(is_integer=old.is_integer and new.is_integer)
        case String(), String():
            return String()
        case Boolean(), Boolean():
            return Boolean()
        case Never(), _:
            return new
    return UNKNOWN


def _widened_object(old: Object, new: Object) -> Object:
    """Has no member that `old` has not: so it cannot grow."""
    members: dict[str, Member] = {}
    for name, member in old.members.items():
        other = new.members.get(name)
        if other is None:
            members[name] = replace(member, presence=Presence.LIKELY)
        else:
            presence = member.presence if member.presence is other.presence else Presence.LIKELY
            members[name] = Member(widen(member.shape, other.shape), presence)
    if old.rest is None and new.rest is None and new.members.keys() <= old.members.keys():
        return Object(members)
    return Object(members, UNKNOWN)
