"""What a condition asks for: the paths in it that may find nothing without a fault."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from stepmill.check.flow.jsonata.steps import Value, quoted
from stepmill.check.records import dataclass, field


@dataclass(slots=True)
class Vain:
    """A path that finds nothing. is_presence: it is only asked whether it is there; is_defence: or is not."""

    path: str
    available: tuple[str, ...]
    is_presence: bool
    is_defence: bool


@dataclass(slots=True)
class Asked:
    """In one situation. vain: what certainly is not there, by its path. found: the paths that may be."""

    vain: dict[str, Vain] = field(default_factory=dict)
    found: set[str] = field(default_factory=set)
    functions: list[str] = field(default_factory=list)  # around what is read

    def add_vain(self, value: Value) -> None:
        path = value.lack or ""
        is_defence = self.functions.count("not") % 2 == 1
        self.vain.setdefault(path, Vain(path, value.available, bool(self.functions), is_defence))

    def add_found(self, value: Value, rest: Iterable[Any]) -> None:
        """rest: the steps after an unknown value, which may be there."""
        self.found.update(_texts(value.text, rest))


def _texts(text: str, rest: Iterable[Any]) -> Iterator[str]:
    yield text
    for part in rest:
        if part.type != "name":
            return
        text = f"{text}.{quoted(part.value)}"
        yield text
