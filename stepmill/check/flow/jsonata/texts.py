"""Texts that an expression puts together: of which pieces, and with what they change."""

from __future__ import annotations

from collections.abc import Sequence

from stepmill.check.shapes.shape import Number, Piece, Shape, String, one_piece

# What nobody knows may change with anything.
ANYTHING = Piece(frozenset(["input"]))
# Functions whose text changes with their first argument and nothing else.
OF_THE_FIRST = frozenset(["string", "substring", "substringBefore", "substringAfter", "trim", "pad"])
OF_THE_FIRST |= {"uppercase", "lowercase", "base64encode", "hash", "replace", "encodeUrlComponent"}

# Functions that write a time such as 2026-11-22T05:41:00.123Z, unless a picture is this argument of theirs.
PICTURED = {"now": 1, "fromMillis": 2}
MOMENT_LENGTH = 24


def concatenated(left: Shape, right: Shape) -> String:
    """left & right."""
    pieces: list[str | Piece] = []
    for piece in (*_pieces(left), *_pieces(right)):
        if isinstance(piece, str) and pieces and isinstance(pieces[-1], str):
            pieces[-1] += piece
        else:
            pieces.append(piece)
    longest = [len(piece) if isinstance(piece, str) else piece.max_length for piece in pieces]
    known = [length for length in longest if length is not None]
    return String(
        values=frozenset([pieces[0]]) if len(pieces) == 1 and isinstance(pieces[0], str) else None,
        min_length=sum(len(piece) if isinstance(piece, str) else piece.min_length for piece in pieces),
        max_length=sum(known) if len(known) == len(longest) else None,
        pieces=tuple(pieces),
    )


def derived(name: str, arguments: Sequence[Shape], given: String) -> String:
    """What a text function gives: a text that changes with its first argument; a time in its usual form."""
    if name in PICTURED and len(arguments) < PICTURED[name]:
        varies = frozenset(["time"]) if name == "now" else ANYTHING.varies
        piece = Piece(varies, MOMENT_LENGTH, MOMENT_LENGTH, "0123456789-:.TZ", holds=":")
        return String(None, MOMENT_LENGTH, MOMENT_LENGTH, format="date-time", pieces=(piece,))
    if name not in OF_THE_FIRST or not arguments:
        return given
    pieces = _pieces(arguments[0])
    if name == "string" and isinstance(arguments[0], String):
        return arguments[0]
    varies = frozenset[str]().union(*(piece.varies for piece in pieces if isinstance(piece, Piece)))
    most = _length(arguments[2]) if name == "substring" and len(arguments) > 2 else None
    return String(max_length=most, pieces=(Piece(varies, max_length=most),))


def _pieces(shape: Shape) -> tuple[str | Piece, ...]:
    if isinstance(shape, String):
        if shape.pieces:
            return shape.pieces
        if shape.values is not None and len(shape.values) == 1:
            return tuple(shape.values)
        return (one_piece(shape, ANYTHING.varies),)
    return (ANYTHING,)


def _length(shape: Shape) -> int | None:
    if isinstance(shape, Number) and shape.values is not None and len(shape.values) == 1:
        return max(0, int(next(iter(shape.values))))
    return None
