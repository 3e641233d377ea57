"""Where an argument stands: in the file, in messages, and in the template as it is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepmill.check.finding import pointer
from stepmill.check.records import dataclass, replace

DYNAMIC = object()
"""Written as a path or an expression: what stands there is known by its shape alone."""


@dataclass(frozen=True, slots=True)
class Place:
    """field: as messages call it, "Parameters.ResourceConfig". raw: what is written there, or DYNAMIC."""

    state: str
    pointer: str
    field: str
    raw: Any = DYNAMIC

    @property
    def where(self) -> str:
        return f"States.{self.state}: {self.field}"

    def member(self, name: str) -> Place:
        inner = f"{self.field}.{name}"
        if isinstance(self.raw, Mapping):
            if name in self.raw:
                return replace(
                    self, pointer=self.pointer + pointer(name), field=inner, raw=_given(self.raw[name])
                )
            if f"{name}.$" in self.raw:
                return Place(self.state, self.pointer + pointer(f"{name}.$"), inner)
        return Place(self.state, self.pointer, inner)

    def item(self, index: int) -> Place:
        inner = f"{self.field}[{index}]"
        if isinstance(self.raw, list) and index < len(self.raw):
            return Place(self.state, f"{self.pointer}/{index}", inner, _given(self.raw[index]))
        return Place(self.state, self.pointer, inner)


def start(state: str, at: str, written: str, raw: Any) -> Place:
    """The place of the arguments themselves: `written` is Parameters or Arguments."""
    return Place(state, at + pointer(written), written, _given(raw))


def _given(raw: Any) -> Any:
    """What is written, unless it is an expression."""
    return DYNAMIC if isinstance(raw, str) else raw
