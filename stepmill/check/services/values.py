"""A text or number against a model's constraints: only what is wrong for certain is said.

Each function gives what is wrong with the value, "" when nothing is for certain.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from stepmill.check.services.resources import is_placeholder
from stepmill.check.shapes.shape import Number, Piece, Shape, String

LONGEST_MATCHED = 500  # a pattern is not tried on more: some take very long
MANY = 40  # an enumeration of this size grows with every release of the service
SHOWN = 60


def is_taken_as_other(shape: Shape, name: str) -> bool:
    """A text where the model wants no text, that is right all the same.

    name: of the model's shape; "" behind aws-sdk. A token alone stands for whatever deployment puts there,
    and the optimised DynamoDB calls take `"id": "a"` for `"id": {"S": "a"}`, and a truth written as a text.
    """
    if not isinstance(shape, String):
        return False
    pieces = shape.pieces or ()
    is_token = len(pieces) == 1 and isinstance(pieces[0], Piece) and bool(pieces[0].token)
    is_truth = name == "BooleanAttributeValue" and (shape.values or frozenset(("",))) <= {"true", "false"}
    return is_token or is_truth or name == "AttributeValue"


def enum_fault(shape: String, model: Mapping[str, Any]) -> str:
    allowed = model.get("enum")
    if not allowed:
        return ""
    if shape.values is not None:
        return _all(shape.values, lambda value: not _is_allowed(value, tuple(allowed)))
    start, end = _ends(shape)
    if (start or end) and not any(value.startswith(start) and value.endswith(end) for value in allowed):
        return f"is a text like {(start + '…' + end)!r}"
    return ""


def pattern_fault(shape: String, model: Mapping[str, Any]) -> str:
    pattern = model.get("pattern")
    if not pattern or shape.values is None:
        return ""
    return _all(shape.values, lambda value: is_match(pattern, value) is False)


def length_fault(shape: String, model: Mapping[str, Any]) -> str:
    """Lengths count characters, as AWS counts them for most members."""
    least, most = model.get("min"), model.get("max")
    if shape.values is not None and any(is_placeholder(value) for value in shape.values):
        return ""
    shortest, longest = bounds(shape)
    if most is not None and shortest > most:
        return f"has {_count(shape, shortest, 'at least ')} characters"
    if least is not None and longest is not None and longest < least:
        return f"has {_count(shape, longest, 'at most ')} characters" if longest else "is empty"
    return ""


def range_fault(shape: Number, model: Mapping[str, Any]) -> str:
    least, most = model.get("min"), model.get("max")
    values = shape.values or ()
    low = min(values) if values else shape.minimum
    high = max(values) if values else shape.maximum
    if most is not None and low is not None and low > most:
        return f"is {_number(low)}" if values else f"is {_number(low)} or more"
    if least is not None and high is not None and high < least:
        return f"is {_number(high)}" if values else f"is {_number(high)} or less"
    return ""


def bounds(shape: String) -> tuple[int, int | None]:
    """The shortest and the longest a text can be; None: nobody knows."""
    if shape.values:
        lengths = [len(value) for value in shape.values]
        return min(lengths), max(lengths)
    shortest, longest = shape.min_length, shape.max_length
    if shape.pieces:
        least = sum(len(piece) if isinstance(piece, str) else piece.min_length for piece in shape.pieces)
        most = [len(piece) if isinstance(piece, str) else piece.max_length for piece in shape.pieces]
        known = [length for length in most if length is not None]
        shortest = max(shortest, least)
        if len(known) == len(most):
            longest = min(sum(known), longest) if longest is not None else sum(known)
    return shortest, longest


@lru_cache(maxsize=4096)
def is_match(pattern: str, value: str) -> bool | None:
    """Whether the whole value fits; None when nobody can say: a Java pattern that Python reads otherwise."""
    if len(value) > LONGEST_MATCHED or is_placeholder(value):
        return None
    compiled = _compiled(pattern)
    if compiled is None:
        return None
    if pattern[:1] != "^" and pattern[-1:] not in "*+}?)$":  # a fragment that need only occur somewhere
        return compiled.search(value) is not None
    return compiled.fullmatch(value) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    if re.search(r"\\[pP]\{|&&|\[\[|\\[QEhHRXzZG]|\(\?<[a-zA-Z]|[*+?}]\+", pattern):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return re.compile(pattern, re.ASCII)
    except (re.error, FutureWarning, DeprecationWarning, OverflowError):
        return None


def _all(values: frozenset[str], is_wrong: Callable[[str], bool]) -> str:
    """What is wrong when every possible value is."""
    if not values or any(is_placeholder(value) or not is_wrong(value) for value in values):
        return ""
    shown = [f"{value[:SHOWN]}…" if len(value) > SHOWN else value for value in sorted(values)]
    return f"is {shown[0]!r}" if len(shown) == 1 else f"is one of {', '.join(map(repr, shown[:4]))}"


@lru_cache(maxsize=1024)
def _is_allowed(value: str, allowed: tuple[str, ...]) -> bool:
    """In the list; or, in a long list of dotted names, put together like them with a newer family."""
    if value in allowed:
        return True
    words = value.split(".")
    alike = [name.split(".") for name in allowed if name.count(".") == len(words) - 1 > 0]
    if len(allowed) < MANY or not alike:
        return False
    for position, word in enumerate(words):
        is_known = word in {name[position] for name in alike}
        is_family = 0 < position < len(words) - 1 or (len(words) == 2 and position == 0)
        if not is_known and not (is_family and re.fullmatch(r"[a-z]{1,4}\d+[a-z0-9-]*", word)):
            return False
    return True


def _ends(shape: String) -> tuple[str, str]:
    if not shape.pieces or any(isinstance(piece, str) and is_placeholder(piece) for piece in shape.pieces):
        return "", ""
    first, last = shape.pieces[0], shape.pieces[-1]
    return (first if isinstance(first, str) else ""), (last if isinstance(last, str) else "")


def _count(shape: String, length: int, otherwise: str) -> str:
    return str(length) if shape.values and len(shape.values) == 1 else f"{otherwise}{length}"


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else str(value)
