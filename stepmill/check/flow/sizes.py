"""How many bytes a value has at least, as JSON: a character counts as one."""

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


class Sizes:
    """Remembers what it has measured: the same parts are met in many states."""

    def __init__(self) -> None:
        self._known: dict[int, int] = {}
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

    def _of_member(self, member: Member) -> int:
        key = id(member)
        if key not in self._of_members:
            self._of_members[key] = self.least_bytes(member.shape)
        return self._of_members[key]

    def _of_parts(self, shape: Object | Array | Union) -> int:
        match shape:
            case Object():
                there = [
                    len(name) + 3 + self._of_member(member)
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
