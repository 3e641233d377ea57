"""Whether one shape says all that another says, and the widening that brings a loop to rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from stepmill.check.records import replace
from stepmill.check.shapes.join import bounds
from stepmill.check.shapes.shape import (
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
)


def covers(wide: Shape, narrow: Shape) -> bool:
    """Whether `narrow` says nothing that `wide` does not.

    UNKNOWN covers nothing but itself: what is known on one way would be lost beside a way that is not known.
    """
    if wide is narrow:
        return True
    if type(wide) is type(narrow):
        cover = _COVERS.get(type(wide))
        return wide == narrow if cover is None else cover(wide, narrow)
    if isinstance(narrow, Never):
        return True
    if isinstance(narrow, Union):
        return all(covers(wide, option) for option in narrow.options)
    return isinstance(wide, Union) and any(covers(option, narrow) for option in wide.options)


def _covers_union(wide: Union, narrow: Union) -> bool:
    return all(
        any(option is other for other in wide.options) or any(covers(other, option) for other in wide.options)
        for option in narrow.options
    )


def _covers_boolean(wide: Boolean, narrow: Boolean) -> bool:
    return wide.value is None or wide.value == narrow.value


def _covers_number(wide: Number, narrow: Number) -> bool:
    if wide.is_integer and not narrow.is_integer:
        return False
    if wide.values is not None:
        return narrow.values is not None and narrow.values <= wide.values
    low, high = bounds(narrow)
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
    if wide == narrow:
        return True
    if wide.prefix or wide.min_items > narrow.min_items:
        return False
    if wide.max_items is not None and (narrow.max_items is None or narrow.max_items > wide.max_items):
        return False
    return all(covers(wide.items, item) for item in (narrow.items, *narrow.prefix))


def _covers_object(wide: Object, narrow: Object) -> bool:
    if len(wide.members) != len(narrow.members):
        return False
    if wide.rest is not narrow.rest and wide.rest != narrow.rest:
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


_COVERS: dict[type, Callable[[Any, Any], bool]] = {
    Array: _covers_array,
    Boolean: _covers_boolean,
    Number: _covers_number,
    Object: _covers_object,
    String: _covers_string,
    Union: _covers_union,
}


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
