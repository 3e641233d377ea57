"""What the value of a template's property may be, as far as a template alone tells.

A resolved value is plain data. Texts in it may hold symbols: `${AWS::Region}`, `${Project}` (a parameter),
`${Queue.QueueName}` (what CloudFormation will choose). The same symbol stands for the same text everywhere in
one tree of stacks; a nested stack's begins with the stack's logical id, as in `${Jobs/Bucket}`.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable
from enum import Enum
from typing import Any

from stepmill.check.patterns import late_pattern
from stepmill.check.records import dataclass, field, replace
from stepmill.check.shapes.shape import UNKNOWN, Number, Piece, Shape, String, of_value, union

SYMBOL = late_pattern(r"\$\{([^}!][^}]*)\}")
ANY = "${?}"  # a part of a text of which nothing is known
MOST_ALTERNATIVES = 16


class Special(Enum):
    """UNRESOLVED: nothing is known of the value. NO_VALUE: the property or item is not there."""

    UNRESOLVED = "unresolved"
    NO_VALUE = "no value"


UNRESOLVED, NO_VALUE = Special.UNRESOLVED, Special.NO_VALUE


@dataclass(frozen=True)
class Either:
    """One of these, by a condition."""

    options: tuple[Any, ...]


class Kind(Enum):
    """RESOURCE is a name that CloudFormation makes up, another for each; the others may be any text."""

    PSEUDO = "pseudo"
    PARAMETER = "parameter"
    RESOURCE = "resource"
    OTHER = "other"


@dataclass(frozen=True)
class Symbol:
    """What is known of the text that a symbol stands for."""

    kind: Kind
    shape: Shape = field(default_factory=String)


def alternatives(value: Any) -> tuple[Any, ...]:
    return value.options if isinstance(value, Either) else (value,)


def either(values: Iterable[Any]) -> Any:
    """One value when all are equal; else an Either without doubles."""
    found: list[Any] = []
    for value in values:
        found += [option for option in alternatives(value) if option not in found]
    if len(found) == 1:
        return found[0]
    return Either(tuple(found)) if 1 < len(found) <= MOST_ALTERNATIVES else UNRESOLVED


def text_of(value: Any) -> str:
    """What a scalar becomes within a text."""
    match value:
        case bool():
            return str(value).lower()
        case str() | int() | float():
            return str(value)
    return ANY


def joined(parts: Iterable[Any], separator: str = "") -> Any:
    """A text from resolved parts; an Either when a part is one."""
    choices = [alternatives(part) for part in parts if part is not NO_VALUE]
    if _count(choices) > MOST_ALTERNATIVES:
        choices = [choice if len(choice) == 1 else (ANY,) for choice in choices]
    return either(separator.join(map(text_of, chosen)) for chosen in itertools.product(*choices))


def _count(choices: list[tuple[Any, ...]]) -> int:
    count = 1
    for choice in choices:
        count *= len(choice)
    return count


def shape_of(value: Any, symbols: dict[str, Symbol]) -> Shape:
    """The shape of the text that a resolved value becomes where it is substituted."""
    if isinstance(value, Either):
        return union(shape_of(option, symbols) for option in value.options)
    if isinstance(value, str):
        return _shape_of_text(value, symbols)
    if isinstance(value, bool | int | float):
        return String(
            frozenset([text_of(value)]), pieces=(text_of(value),), parsed=of_value(value), format="json"
        )
    return String() if value is UNRESOLVED else UNKNOWN


def _shape_of_text(text: str, symbols: dict[str, Symbol]) -> Shape:
    names = SYMBOL.findall(text)
    if not names:
        return of_value(text)
    if SYMBOL.fullmatch(text):
        shape = symbols[names[0]].shape if names[0] in symbols else String()
        if not isinstance(shape, String) or shape.values is not None or shape.parsed is not None:
            shortest, longest = _lengths(shape)
            piece = Piece(min_length=shortest, max_length=longest, token=text)
            return replace(shape, pieces=(piece,)) if isinstance(shape, String) else shape
    if text.startswith("arn:"):
        return String(frozenset([text]), pieces=(text,))
    pieces: list[str | Piece] = []
    for position, part in enumerate(SYMBOL.split(text)):
        if position % 2 == 0:
            pieces += [part] if part else []
            continue
        minimum, maximum = _lengths(symbols[part].shape if part in symbols else String())
        pieces.append(Piece(min_length=minimum, max_length=maximum, token="${" + part + "}"))
    least = sum(len(piece) if isinstance(piece, str) else piece.min_length for piece in pieces)
    most = [len(piece) if isinstance(piece, str) else piece.max_length for piece in pieces]
    whole = None if None in most else sum(length or 0 for length in most)
    return String(min_length=least, max_length=whole, pieces=tuple(pieces))


def _lengths(shape: Shape) -> tuple[int, int | None]:
    if not isinstance(shape, String):
        return 0, None
    if shape.values:
        lengths = [len(value) for value in shape.values]
        return min(lengths), max(lengths)
    return shape.min_length, shape.max_length


def shape_of_parameter(declared: Any) -> Shape:
    """What a parameter's constraints say of the text that it is given as. A default is one value of many."""
    if not isinstance(declared, dict):
        return String()
    allowed = declared.get("AllowedValues")
    if isinstance(allowed, list) and allowed and len(allowed) <= MOST_ALTERNATIVES:
        texts = frozenset(map(text_of, allowed))
        if declared.get("Type") == "String":
            return String(texts)
        if declared.get("Type") == "Number":
            return String(texts, format="json", parsed=_number(declared))
    if declared.get("Type") == "Number":
        return String(format="json", parsed=_number(declared))
    shortest, longest = _widths(declared.get("AllowedPattern"))
    least, most = _whole(declared.get("MinLength")), _whole(declared.get("MaxLength"))
    bounds = [bound for bound in (most, longest) if bound is not None]
    return String(min_length=max(least or 0, shortest), max_length=min(bounds) if bounds else None)


# One step of a simple pattern: a class, an escape or a character, and how often.
_STEP = late_pattern(r"(\[[^\]\\]+\]|\\[.dw-]|[\w:/-])(?:\{(\d+)(?:,(\d+))?\}|([?]))?")


def _widths(pattern: Any) -> tuple[int, int | None]:
    """The fewest and most characters that a pattern allows; (0, None) of one that is not simple."""
    if not isinstance(pattern, str) or not (pattern.startswith("^") and pattern.endswith("$")):
        return 0, None
    place, shortest, longest = 1, 0, 0
    while place < len(pattern) - 1:
        step = _STEP.match(pattern, place)
        if step is None:
            return 0, None
        least = 0 if step[4] else int(step[2] or 1)
        shortest, longest = shortest + least, longest + int(step[3] or max(least, 1))
        place = step.end()
    return shortest, longest


def _number(declared: dict[str, Any]) -> Number:
    bounds = [_json_number(declared.get(key)) for key in ("MinValue", "MaxValue")]
    return Number(minimum=bounds[0], maximum=bounds[1])


def _json_number(value: Any) -> float | None:
    try:
        found = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return None
    return found if isinstance(found, int | float) and not isinstance(found, bool) else None


def _whole(value: Any) -> int | None:
    number = _json_number(value)
    return int(number) if number is not None else None
