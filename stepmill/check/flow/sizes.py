"""How many bytes a value has at least and at most, as JSON: a character counts as one."""

from __future__ import annotations

from stepmill.check.shapes.shape import (
    Array,
    Boolean,
    Member,
    Never,
    Null,
    Number,
    Object,
    Presence,
    Shape,
    String,
    Union,
    Unknown,
)

PAYLOAD_BYTES = 262_144
_NOT_BOUND = (Presence.LIKELY, Presence.UNTESTED)
_LONGEST_NUMBER = 24  # -1.7976931348623157e+308


class Sizes:
    """Remembers what it has measured: the same parts are met in many states."""

    def __init__(self) -> None:
        self._known: dict[int, int] = {}
        self._most: dict[int, int | None] = {}
        self._of_members: dict[int, int] = {}
        self._kept: list[Shape] = []

    def least_bytes(self, shape: Shape) -> int:
        match shape:
            case Object() | Array() | Union():
                key = id(shape)
                if key not in self._known:
                    self._kept.append(shape)
                    self._known[key] = self._of_parts(shape)
                return self._known[key]
            case String():
                return 2 + _text(shape)
            case Number():
                return 1
            case Boolean() | Null():
                return 4
            case Unknown() | Never():
                return 0

    def most_bytes(self, shape: Shape) -> int | None:
        """None for what has no bound; so is a service's optional member, of which only the model says one."""
        match shape:
            case Object() | Array() | Union():
                key = id(shape)
                if key not in self._most:
                    self._kept.append(shape)
                    self._most[key] = self._most_of_parts(shape)
                return self._most[key]
            case String():
                longest = _longest_text(shape)
                return None if longest is None else 2 + longest
            case Number():
                return max((len(f"{value:g}") for value in shape.values or ()), default=_LONGEST_NUMBER)
            case Boolean():
                return 5
            case Null():
                return 4
            case Unknown():
                return None
            case Never():
                return 0

    def _most_of_parts(self, shape: Object | Array | Union) -> int | None:
        match shape:
            case Object():
                if shape.rest is not None:
                    return None
                parts: list[int | None] = []
                for name, member in shape.members.items():
                    size = self._most_of_member(name, member)
                    if size is None:
                        return None
                    parts.append(size)
            case Array():
                rest = 0
                if not isinstance(shape.items, Never):
                    if shape.max_items is None:
                        return None
                    rest = max(0, shape.max_items - len(shape.prefix))
                item = self.most_bytes(shape.items) if rest else 0
                firsts = [self.most_bytes(each) for each in shape.prefix]
                parts = [None if size is None else size + 1 for size in firsts]
                parts.append(None if item is None else rest * (item + 1))
            case Union():
                known = [self.most_bytes(option) for option in shape.options]
                return None if None in known else max(size for size in known if size is not None)
        if None in parts:
            return None
        return 1 + max(1, sum(size for size in parts if size is not None))  # each with its comma but the last

    def _most_of_member(self, name: str, member: Member) -> int | None:
        if isinstance(member.shape, Never):
            return 0
        size = None if member.presence in _NOT_BOUND else self.most_bytes(member.shape)
        return None if size is None else len(name) + 4 + size

    def _of_member(self, member: Member) -> int:
        key = id(member)
        if key not in self._of_members:
            self._of_members[key] = self.least_bytes(member.shape)
        return self._of_members[key]

    def _of_parts(self, shape: Object | Array | Union) -> int:
        match shape:
            case Object():
                known = self._of_members
                there = [
                    len(name) + 3 + (known.get(id(member)) or self._of_member(member))
                    for name, member in shape.members.items()
                    if member.presence is Presence.ALWAYS
                ]
                return 2 + sum(there) + max(0, len(there) - 1)
            case Array():
                counted = max(shape.min_items, 0)
                first = [self.least_bytes(item) for item in shape.prefix[:counted]]
                rest = counted - len(first)
                return 2 + sum(first) + rest * self.least_bytes(shape.items) + max(0, counted - 1)
            case Union():
                return min(self.least_bytes(option) for option in shape.options)


def _text(shape: String) -> int:
    return shape.min_length if shape.values is None else min(map(len, shape.values), default=0)


def _longest_text(shape: String) -> int | None:
    return shape.max_length if shape.values is None else max(map(len, shape.values), default=0)
