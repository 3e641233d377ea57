"""Texts of a definition, with what is known of the `${Token}`s in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepmill.check.patterns import late_pattern
from stepmill.check.shapes.shape import (
    NEVER,
    UNKNOWN,
    Array,
    Member,
    Object,
    Piece,
    Shape,
    String,
    of_value,
)

_TOKEN = late_pattern(r"\$\{([^}]+)\}")
_PARTS = late_pattern(r"(\$\{[^}]+\})")


class Texts:
    """substitutions: None in a bare file, where a token may be any text."""

    def __init__(self, substitutions: Mapping[str, Shape] | None) -> None:
        self.substitutions = substitutions or {}
        self._shapes: dict[str, Shape] = {}

    def resolved(self, text: str) -> str:
        """The text with the tokens replaced that have one known value; the others stay.

        What is resolved stays as it is when it is resolved again.
        """
        if "${" not in text:
            return text
        whole = _TOKEN.fullmatch(text)
        return (whole and self._value(whole[1])) or self._inlined(text)

    def _inlined(self, text: str) -> str:
        return _TOKEN.sub(
            lambda match: match[0] if self._is_shadowed(match[1]) else self._value(match[1]) or match[0], text
        )

    def _value(self, token: str) -> str | None:
        shape = self.substitutions.get(token)
        if isinstance(shape, String) and shape.values is not None and len(shape.values) == 1:
            (value,) = shape.values
            return value
        return None

    def _is_shadowed(self, token: str) -> bool:
        """Its value holds a symbol that a token is called like, such as `${JobRole}` in JobRole's ARN."""
        return any(self._stands_for_more(name) for name in _TOKEN.findall(self._value(token) or ""))

    def _stands_for_more(self, name: str) -> bool:
        """A symbol stands for itself; a token of that name for something else."""
        shape = self.substitutions.get(name)
        if not isinstance(shape, String):
            return False
        return [piece if isinstance(piece, str) else piece.token for piece in shape.pieces] != [
            f"${{{name}}}"
        ]

    def of_text(self, text: str) -> Shape:
        if text not in self._shapes:
            self._shapes[text] = self._of_text(text)
        return self._shapes[text]

    def _of_text(self, text: str) -> Shape:
        if "${" in text:
            text = self._inlined(text)
        if "${" not in text:
            return of_value(text)
        pieces: list[str | Piece] = []
        at = 0
        for match in _TOKEN.finditer(text):
            pieces += [text[at : match.start()], *self._pieces(match[1])]
            at = match.end()
        return of_pieces([*pieces, text[at:]])

    def _pieces(self, token: str) -> tuple[str | Piece, ...]:
        """A token may stand for a text without a character."""
        shape = self.substitutions.get(token)
        if not isinstance(shape, String):
            return (Piece(token=f"${{{token}}}"),)
        if self._is_shadowed(token):
            return tuple(
                Piece(token=part) if _TOKEN.fullmatch(part) else part
                for part in _PARTS.split(self._value(token) or "")
                if part
            )
        return shape.pieces or (Piece(min_length=shape.min_length, max_length=shape.max_length),)

    def of_constant(self, value: Any) -> Shape:
        """The shape of a part of the definition that is taken as it stands."""
        match value:
            case str():
                return self.of_text(value)
            case list():
                return Array(NEVER, tuple(self.of_constant(item) for item in value), len(value), len(value))
            case dict():
                return Object({str(name): Member(self.of_constant(item)) for name, item in value.items()})
        try:
            return of_value(value)
        except TypeError:
            return UNKNOWN


def of_pieces(pieces: list[str | Piece]) -> String:
    """A text put together from these, neighbouring literal texts as one."""
    joined: list[str | Piece] = []
    for piece in pieces:
        if piece == "":
            continue
        if isinstance(piece, str) and joined and isinstance(joined[-1], str):
            joined[-1] += piece
        else:
            joined.append(piece)
    if all(isinstance(piece, str) for piece in joined):
        text = "".join(piece for piece in joined if isinstance(piece, str))
        return String(frozenset([text]), len(text), len(text), pieces=(text,))
    least = sum(len(piece) if isinstance(piece, str) else piece.min_length for piece in joined)
    longest = [len(piece) if isinstance(piece, str) else piece.max_length for piece in joined]
    most = None if None in longest else sum(length for length in longest if length is not None)
    return String(None, least, most, pieces=tuple(joined))


def has_token(text: str) -> bool:
    return "${" in text and _TOKEN.search(text) is not None
