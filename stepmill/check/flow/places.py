"""Shapes changed at one place: a value put there, a test that holds there, a member that is not there."""

from __future__ import annotations

from collections.abc import Callable

from stepmill.check.flow.reading import MAYBE, NOWHERE, Reading, item_at
from stepmill.check.shapes.shape import (
    NEVER,
    UNKNOWN,
    Array,
    Member,
    Never,
    Object,
    Presence,
    Shape,
    Unknown,
    options,
    union,
)


def only_value(shape: Shape, keys: tuple[str | int, ...]) -> Shape | None:
    """What is at the keys when every step leads through one object that certainly has it; None otherwise."""
    for key in keys:
        member = shape.members.get(key) if isinstance(shape, Object) and isinstance(key, str) else None
        if member is None or member.presence is not Presence.ALWAYS:
            return None
        shape = member.shape
    return None if isinstance(shape, Never) else shape


def with_value(shape: Shape, keys: tuple[str | int, ...], value: Shape) -> Shape:
    """The shape with another value at keys of which `only_value` has found one."""
    if not keys or not isinstance(shape, Object):
        return value
    key, rest = str(keys[0]), keys[1:]
    inner = with_value(shape.members[key].shape, rest, value) if rest else value
    return Object({**shape.members, key: Member(inner)}, shape.rest)


def refine(shape: Shape, steps: tuple[str | int, ...], change: Callable[[Shape], Shape]) -> Shape:
    """The shape with `change` made to what the steps find; alternatives for which that gives NEVER fall away.

    An alternative without such a place falls away too: only what has it can be tested.
    """
    if not steps:
        return change(shape)
    step, rest = steps[0], steps[1:]
    return union(_refined(option, step, rest, change) for option in options(shape))


def _refined(
    option: Shape, step: str | int, rest: tuple[str | int, ...], change: Callable[[Shape], Shape]
) -> Shape:
    match option:
        case Unknown():
            inner = refine(UNKNOWN, rest, change)
            if isinstance(inner, Never):
                return NEVER
            known = isinstance(step, str) and not isinstance(inner, Unknown)
            return Object({str(step): Member(inner)}, UNKNOWN) if known else UNKNOWN
        case Object() if isinstance(step, str):
            held = option.members.get(step)
            before = held.shape if held is not None else option.rest
            if before is None or isinstance(before, Never):
                return NEVER
            inner = refine(before, rest, change)
            if isinstance(inner, Never):
                return NEVER
            if held is not None and inner is before and held.presence is Presence.ALWAYS:
                return option
            return Object({**option.members, step: Member(inner)}, option.rest)
        case Array() if isinstance(step, int):
            return _refined_item(option, step, rest, change)
    return NEVER


def _refined_item(
    array: Array, step: int, rest: tuple[str | int, ...], change: Callable[[Shape], Shape]
) -> Shape:
    before = item_at(array, step)
    if before is None:
        return NEVER
    inner = refine(before, rest, change)
    if isinstance(inner, Never):
        return NEVER
    if not 0 <= step <= len(array.prefix) or inner == before:
        return array
    prefix = (*array.prefix[:step], inner, *array.prefix[step + 1 :])
    return Array(array.items, prefix, max(array.min_items, step + 1), array.max_items)


def without(shape: Shape, steps: tuple[str | int, ...]) -> Shape:
    """The shape where the steps find nothing: alternatives that certainly have the place fall away."""
    if not steps:
        return NEVER
    step, rest = steps[0], steps[1:]
    return union(_without(option, step, rest) for option in options(shape))


def _without(option: Shape, step: str | int, rest: tuple[str | int, ...]) -> Shape:
    if isinstance(option, Object) and isinstance(step, str):
        held = option.members.get(step)
        if held is None:
            if option.rest is None or rest:
                return option
            return Object({**option.members, step: Member(NEVER, Presence.MAYBE)}, option.rest)
        if isinstance(held.shape, Never):
            return option
        if not rest:
            if held.presence is Presence.ALWAYS:
                return NEVER
            left = {name: member for name, member in option.members.items() if name != step}
            absent = {} if option.rest is None else {step: Member(NEVER, Presence.MAYBE)}
            return Object({**left, **absent}, option.rest)
        inner = without(held.shape, rest)
        if not isinstance(inner, Never):
            return Object({**option.members, step: Member(inner, held.presence)}, option.rest)
        if held.presence is Presence.ALWAYS:
            return NEVER
        left = {name: member for name, member in option.members.items() if name != step}
        return Object(left, option.rest)
    if isinstance(option, Array) and isinstance(step, int) and not rest:
        return NEVER if 0 <= step < option.min_items else option
    return option


def put(shape: Shape, keys: tuple[str | int, ...], value: Shape) -> Reading:
    """The shape with `value` at the keys, made on the way; `lack` says when that cannot or may not be done.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultpath.html
    """
    if not keys:
        return Reading(value)
    key, rest = keys[0], keys[1:]
    hits: list[Shape] = []
    refused = False
    holder: Shape = UNKNOWN
    for option in options(shape):
        made, conflict = _put_in(option, key, rest, value)
        if conflict is not None:
            refused, holder = True, conflict
        if made is not None:
            hits.append(made)
    if not hits:
        return Reading(UNKNOWN, NOWHERE if refused else "", 0, holder)
    return Reading(union(hits), MAYBE if refused else "", 0, holder)


def _put_in(
    option: Shape, key: str | int, rest: tuple[str | int, ...], value: Shape
) -> tuple[Shape | None, Shape | None]:
    """The alternative with the value, and what stands in the way of it."""
    match option:
        case Unknown():
            return (
                Object({str(key): Member(_nested(rest, value))}, UNKNOWN) if isinstance(key, str) else UNKNOWN
            ), None
        case Object() if isinstance(key, str):
            held = option.members.get(key)
            before = _held(held, option.rest)
            inner = put(before, rest, value)
            conflict = inner.holder if inner.lack else None
            if inner.lack == NOWHERE:
                return None, conflict
            return Object({**option.members, key: Member(inner.shape)}, option.rest), conflict
        case Array() if isinstance(key, int):
            return Array(UNKNOWN), None
    return None, option


def _held(held: Member | None, rest: Shape | None) -> Shape:
    """What is there before: an empty object when nothing is."""
    if held is None:
        return Object() if rest is None else UNKNOWN
    if isinstance(held.shape, Never):
        return Object()
    return held.shape if held.presence is Presence.ALWAYS else union((held.shape, Object()))


def _nested(keys: tuple[str | int, ...], value: Shape) -> Shape:
    for key in reversed(keys):
        value = Object({key: Member(value)}, UNKNOWN) if isinstance(key, str) else UNKNOWN
    return value
