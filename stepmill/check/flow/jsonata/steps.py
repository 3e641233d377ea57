"""One step of a JSONata path: a member of what was there, or nothing."""

from __future__ import annotations

from stepmill.check.records import dataclass, replace
from stepmill.check.shapes.shape import (
    NEVER,
    UNKNOWN,
    Array,
    Never,
    Object,
    Presence,
    Shape,
    Unknown,
    options,
    union,
)

NOTHING = NEVER
_WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


@dataclass(frozen=True, slots=True)
class Value:
    """shape: NOTHING when it certainly is not there. lack: the path that is, or may be, absent.

    text: how it was reached. is_root: the value outside of every path, which Step Functions leaves empty.
    is_untested: that it may be absent is worth a warning only.
    """

    shape: Shape
    text: str = ""
    lack: str | None = None
    available: tuple[str, ...] = ()
    is_root: bool = False
    is_untested: bool = False

    @property
    def is_nothing(self) -> bool:
        return isinstance(self.shape, Never)


def step(value: Value, name: str) -> Value:
    """value.name, over arrays too."""
    text = f"{value.text}.{quoted(name)}" if value.text else quoted(name)
    if value.is_root:
        return Value(NOTHING, text, text, (f"$states.input.{text}",))
    if isinstance(value.shape, Unknown):
        return Value(UNKNOWN, text)
    found: list[Shape] = []
    how: set[Presence] = set()
    has_array = any(isinstance(option, Array) for option in options(value.shape))
    available: dict[str, None] = {}
    for option in _objects(value.shape):
        if isinstance(option, Unknown):
            return Value(UNKNOWN, text)
        if not isinstance(option, Object):
            how.add(Presence.MAYBE)
            continue
        available.update(
            dict.fromkeys(f"{value.text}.{quoted(one)}" for one in option.members if one != name)
        )
        member = option.members.get(name)
        if member is not None:
            found.append(member.shape)
            how.add(member.presence)
        elif option.rest is not None:
            found.append(UNKNOWN)
        else:
            how.add(Presence.MAYBE)
    if not found:
        return Value(NOTHING, text, text, tuple(available))
    if has_array:
        return Value(sequence(found), text)
    here = Value(union(found), text, value.lack, value.available, is_untested=value.is_untested)
    if Presence.MAYBE in how and (value.lack is None or value.is_untested):
        return replace(here, lack=text, available=tuple(available), is_untested=False)
    if Presence.UNTESTED in how and value.lack is None:
        return replace(here, lack=text, available=tuple(available), is_untested=True)
    return here


def sequence(found: list[Shape]) -> Shape:
    """What a step over an array gives: one value as it is, more as a list, lists among them laid flat."""
    one = union(found)
    each = union(inner for shape in options(one) for inner in items_of(shape))
    if one is UNKNOWN or each is UNKNOWN:
        return UNKNOWN
    has_lists = any(isinstance(option, Array) for option in options(one))
    return union([one, each, Array(each)] if has_lists else [one, Array(one, (), 2)])


def items_of(shape: Shape) -> tuple[Shape, ...]:
    return (*shape.prefix, shape.items) if isinstance(shape, Array) else (shape,)


def item(value: Value, index: int) -> Value:
    """value[index]: certain only where it is known what stands at each place; one value counts as a list."""
    text = f"{value.text}[{index}]"
    if not isinstance(value.shape, Array):
        is_one = not any(isinstance(option, Array | Unknown) for option in options(value.shape))
        return replace(value, text=text) if is_one and index in (0, -1) else Value(UNKNOWN)
    array = value.shape
    if not isinstance(array.items, Never) or array.min_items != len(array.prefix):
        return Value(array.items, text) if not array.prefix else Value(UNKNOWN)
    at = index if index >= 0 else index + len(array.prefix)
    if 0 <= at < len(array.prefix):
        return replace(value, shape=array.prefix[at], text=text)
    known = tuple(f"{value.text}[{place}]" for place in range(len(array.prefix)))
    return Value(NOTHING, text, text, known)


def is_one(value: Value) -> bool:
    """Exactly one item of an array: JSONata flattens nothing into it and drops nothing."""
    return (
        value.lack is None
        and value.shape is not UNKNOWN
        and not any(isinstance(option, Array) for option in options(value.shape))
    )


def _objects(shape: Shape) -> list[Shape]:
    """What a step looks into: the alternatives, and the items of those that are arrays."""
    found: list[Shape] = []
    for option in options(shape):
        if isinstance(option, Array):
            found += [inner for item in (*option.prefix, option.items) for inner in _objects(item)]
        else:
            found.append(option)
    return found


def quoted(name: str) -> str:
    return name if name and set(name) <= _WORD else f"`{name}`"
