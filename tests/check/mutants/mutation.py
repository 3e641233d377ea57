"""A JSON document with one change, which is described before it is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

Place = tuple[str | int, ...]
Change = Callable[[Any, Any], None]


@dataclass(frozen=True)
class Mutant:
    """kind: the operator. place: of what is changed. note: what it becomes. change: of a holder, at a key."""

    kind: str
    place: Place
    note: str
    change: Change = field(compare=False, repr=False)

    def of(self, document: Any) -> Any:
        """The document with the change; what does not lie above the place is shared with the original."""
        copied = holder = _copied(document)
        for key in self.place[:-1]:
            holder[key] = _copied(holder[key])
            holder = holder[key]
        self.change(holder, self.place[-1])
        return copied

    @property
    def told(self) -> str:
        return f"{self.kind}: {'/'.join(map(str, self.place))}: {self.note}"


def put(value: Any) -> Change:
    def change(holder: Any, key: Any) -> None:
        holder[key] = value

    return change


def drop(holder: Any, key: Any) -> None:
    del holder[key]


def rename(new: str) -> Change:
    """The order of the members stays."""

    def change(holder: Any, key: Any) -> None:
        items = [(new if name == key else name, value) for name, value in holder.items()]
        holder.clear()
        holder.update(items)

    return change


def places(value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Every member and item, however deep, with where it is."""
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, item in members:
        yield (*place, key), item
        yield from places(item, (*place, key))


def at(document: Any, place: Place) -> Any:
    for key in place:
        document = document[key]
    return document


def _copied(holder: Any) -> Any:
    return dict(holder) if isinstance(holder, dict) else list(holder)
