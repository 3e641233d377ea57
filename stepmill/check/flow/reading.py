"""A path followed through a shape: what it gives, or where it ends."""

from __future__ import annotations

from collections.abc import Iterator

from stepmill.check.flow.paths import Many, Step
from stepmill.check.records import dataclass
from stepmill.check.shapes.join import join
from stepmill.check.shapes.shape import (
    NEVER,
    UNKNOWN,
    Array,
    Never,
    Number,
    Object,
    Presence,
    Shape,
    Unknown,
    options,
    union,
)

DEPTH_LIMIT = 12


@dataclass(frozen=True, slots=True)
class Reading:
    """shape: what is found where something is.

    lack: "" when something is found; MAYBE: nothing may be found; NOWHERE: certainly nothing is; UNTESTED:
    nothing may be found, of which a warning is enough.
    at: the position of the step that finds nothing; holder: what that step is applied to.
    """

    shape: Shape
    lack: str = ""
    at: int = 0
    holder: Shape = UNKNOWN


MAYBE, NOWHERE, UNTESTED = "maybe", "nowhere", "untested"
_HOW_ABSENT = {Presence.MAYBE: MAYBE, Presence.UNTESTED: UNTESTED}


def follow(shape: Shape, steps: tuple[Step, ...]) -> Reading:
    """What the steps find. Beyond the first step that may find many, nothing is ever lacking."""
    lack, lack_at = "", 0
    holder: Shape = UNKNOWN
    for at, step in enumerate(steps):
        if isinstance(step, Many):
            found = Array(_many(shape, steps[at:]))
            return Reading(found, lack, lack_at, holder) if lack == NOWHERE else Reading(found)
        hits: list[Shape] = []
        lacking: set[str] = set()
        for option in options(shape):
            hit, how = _one(option, step)
            if hit is not None:
                hits.append(hit)
            lacking |= {how} if how else set()
        if not hits:
            return Reading(UNKNOWN, NOWHERE if lacking else "", at, shape)
        if lacking and lack in ("", UNTESTED):
            found_now = UNTESTED if lacking == {UNTESTED} else MAYBE
            if not lack or found_now == MAYBE:
                lack, lack_at, holder = found_now, at, shape
        shape = hits[0] if len(hits) == 1 else union(hits)
    return Reading(shape, lack, lack_at, holder)


def _one(option: Shape, step: str | int) -> tuple[Shape | None, str]:
    """What one alternative has at this step, None for nothing; and how it may be absent."""
    match option:
        case Unknown():
            return UNKNOWN, ""
        case Object() if isinstance(step, str):
            member = option.members.get(step)
            if member is None:
                return option.rest, MAYBE if option.rest is None else ""
            if isinstance(member.shape, Never):
                return None, MAYBE
            return member.shape, _HOW_ABSENT.get(member.presence, "")
        case Array() if isinstance(step, int):
            item = item_at(option, step)
            return item, MAYBE if item is None else ""
    return None, MAYBE


def item_at(array: Array, index: int) -> Shape | None:
    """None when the array is certainly too short."""
    size = array.max_items
    if size is not None and not -size <= index < size:
        return None
    if index < 0 and array.min_items == size and size is not None:
        index += size
    if index < 0:
        return join(*array.prefix, array.items)
    if index < len(array.prefix):
        return array.prefix[index]
    return None if isinstance(array.items, Never) else array.items


def _many(shape: Shape, steps: tuple[Step, ...], depth: int = 0) -> Shape:
    """The items of what a path that may find many gives, each of which is one of these."""
    if not steps:
        return shape
    if depth > DEPTH_LIMIT:
        return UNKNOWN
    step, rest = steps[0], steps[1:]
    if isinstance(step, Many) and step.is_deep:
        return UNKNOWN
    found = [hit for option in options(shape) for hit in _hits(option, step)]
    return join(*(_many(hit, rest, depth + 1) for hit in found)) if found else NEVER


def _hits(option: Shape, step: Step) -> Iterator[Shape]:
    if isinstance(option, Unknown):
        yield UNKNOWN
    elif isinstance(step, Many) and step.kind == "names":
        if isinstance(option, Object):
            kept = {str(key): option.members[str(key)] for key in step.keys if key in option.members}
            yield Object(kept, option.rest)
    elif isinstance(step, Many) and step.kind == "indexes":
        if isinstance(option, Array):
            found = (item_at(option, key) for key in step.keys if isinstance(key, int))
            yield from (item for item in found if item is not None)
    elif isinstance(step, Many):
        yield from _inside(option, is_filter=step.kind == "filter")
    else:
        hit, _ = _one(option, step)
        if hit is not None:
            yield hit


def _inside(option: Shape, *, is_filter: bool) -> Iterator[Shape]:
    if isinstance(option, Array):
        yield from option.prefix
        if not isinstance(option.items, Never):
            yield option.items
    elif isinstance(option, Object):
        if is_filter:  # a filter of an object tests the object itself
            yield option
            return
        yield from (member.shape for member in option.members.values())
        if option.rest is not None:
            yield option.rest


def counted(function: str) -> Shape:
    """What a function at the end of a path gives."""
    if function in ("length", "size"):
        return Number(minimum=0, is_integer=True)
    return Number() if function in ("min", "max", "avg", "sum", "stddev") else UNKNOWN
