"""Arguments as they stand in a definition, for a task that no analysis of the data flow has reached."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from stepmill.check.patterns import late_pattern
from stepmill.check.shapes.shape import NEVER, UNKNOWN, Array, Member, Object, Piece, Shape, String, of_value

_TOKEN = late_pattern(r"(\$\{[^}]+\})")
_FORMAT = late_pattern(r"States\.Format\('((?:[^'\\]|\\.)*)'")


def written(value: Any, substitutions: Mapping[str, Shape] | None) -> Shape:
    match value:
        case str():
            return _text(value, substitutions)
        case list():
            items = tuple(written(item, substitutions) for item in value)
            return Array(NEVER, items, len(items), len(items))
        case dict():
            return Object(
                {
                    str(name).removesuffix(".$"): Member(
                        _expression(item) if str(name).endswith(".$") else written(item, substitutions)
                    )
                    for name, item in value.items()
                }
            )
    return of_value(value)


def _text(text: str, substitutions: Mapping[str, Shape] | None) -> Shape:
    if text.lstrip().startswith("{%"):
        return UNKNOWN
    pieces: list[str | Piece] = []
    for part in _TOKEN.split(text):
        if _TOKEN.fullmatch(part):
            shape = (substitutions or {}).get(part[2:-1])
            known = shape.pieces if isinstance(shape, String) else ()
            pieces += known or (Piece(token="" if substitutions is not None and shape else part),)
        elif part:
            pieces.append(part)
    return String(pieces=tuple(pieces)) if pieces else of_value("")


def _expression(value: Any) -> Shape:
    """A path is unknown; of a States.Format the template's own text is known."""
    found = _FORMAT.match(value.strip()) if isinstance(value, str) else None
    if found is None:
        return UNKNOWN
    pieces: list[str | Piece] = []
    for position, part in enumerate(found[1].split("{}")):
        if position:
            pieces.append(Piece())
        if part:
            pieces.append(re.sub(r"\\(.)", r"\1", part))
    return String(pieces=tuple(pieces))
