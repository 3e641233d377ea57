"""Step Functions' intrinsic functions as Python functions.

Arguments are literals (quoted and escaped here), paths, placeholders or other intrinsics.
Source: https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

import json
import math
import string
from typing import TypeAlias

from stepmill.asl import sdk
from stepmill.asl.errors import AslError
from stepmill.asl.expressions import Expression, Template

Argument: TypeAlias = "Template"
_HASHES = ("MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512")


class Intrinsic(Expression):
    """A call such as `States.Format('job-{}', $.name)`; not a path."""

    def __init__(self, text: str, arguments: tuple[object, ...] = ()) -> None:
        super().__init__(text)
        self.arguments = arguments


def quoted(text: str) -> str:
    """A string literal inside an intrinsic: backslash, quote and braces escaped."""
    for character in "\\'{}":
        text = text.replace(character, "\\" + character)
    return f"'{text}'"


def argument(value: Argument) -> str:
    """The text of one argument; an object becomes States.StringToJson of its JSON."""
    if isinstance(value, (Expression, sdk.Placeholder)):
        return value.to_jsonpath()
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise AslError(f"intrinsic: argument {value!r} is not a JSON number; use a finite number")
    if value is None or isinstance(value, (bool, int, float)):
        return json.dumps(value)
    if isinstance(value, (list, tuple)):
        return _call("Array", *value).text
    try:
        return f"States.StringToJson({quoted(json.dumps(value, allow_nan=False))})"
    except (TypeError, ValueError) as error:
        raise AslError(
            f"intrinsic: argument {value!r} is not plain JSON; build objects that hold paths in a Pass first"
        ) from error


def _call(name: str, *arguments: Argument) -> Intrinsic:
    return Intrinsic(f"States.{name}({', '.join(argument(value) for value in arguments)})", arguments)


def format_(template: str, *arguments: Argument) -> Intrinsic:
    """`template` with each `{}` replaced by the next argument; `{{` and `}}` are literal braces.

    Raises: AslError when the number of `{}` is not that of the arguments.
    """
    pieces, holes = [], 0
    try:
        parsed = list(string.Formatter().parse(template))
    except ValueError as error:
        raise AslError(f"format_({template!r}): {error}; write literal braces twice") from error
    for literal, name, spec, conversion in parsed:
        pieces.append(quoted(literal)[1:-1])
        if name is None:
            continue
        if name or spec or conversion:
            raise AslError(
                f"format_({template!r}): {{{name}}} is not understood by States.Format; write {{}}"
            )
        pieces.append("{}")
        holes += 1
    if holes != len(arguments):
        raise AslError(
            f"format_({template!r}): has {holes} {{}} but {len(arguments)} arguments; give one for each"
        )
    text = ", ".join(["'" + "".join(pieces) + "'", *map(argument, arguments)])
    return Intrinsic(f"States.Format({text})", arguments)


def json_merge(first: Argument, second: Argument) -> Intrinsic:
    """One object of the fields of both; the second wins. Shallow, as Step Functions merges no deeper."""
    return Intrinsic(f"States.JsonMerge({argument(first)}, {argument(second)}, false)", (first, second))


def string_to_json(text: Argument) -> Intrinsic:
    return _call("StringToJson", text)


def json_to_string(value: Argument) -> Intrinsic:
    return _call("JsonToString", value)


def hash_(data: Argument, algorithm: str) -> Intrinsic:
    """Hexadecimal digest of a string of at most 10,000 characters."""
    if algorithm not in _HASHES:
        raise AslError(f"hash_: algorithm {algorithm!r} is unknown; use one of {', '.join(_HASHES)}")
    return _call("Hash", data, algorithm)


def uuid() -> Intrinsic:
    """A new version 4 UUID each time the state is entered."""
    return _call("UUID")


def array(*items: Argument) -> Intrinsic:
    return _call("Array", *items)


def array_partition(items: Argument, size: Argument) -> Intrinsic:
    """Chunks of at most `size` items."""
    return _call("ArrayPartition", items, size)


def array_contains(items: Argument, value: Argument) -> Intrinsic:
    return _call("ArrayContains", items, value)


def array_range(first: Argument, last: Argument, step: Argument) -> Intrinsic:
    """Numbers from `first` to `last`, both included, at most 1,000."""
    return _call("ArrayRange", first, last, step)


def array_get_item(items: Argument, index: Argument) -> Intrinsic:
    return _call("ArrayGetItem", items, index)


def array_length(items: Argument) -> Intrinsic:
    return _call("ArrayLength", items)


def array_unique(items: Argument) -> Intrinsic:
    return _call("ArrayUnique", items)


def base64_encode(text: Argument) -> Intrinsic:
    return _call("Base64Encode", text)


def base64_decode(text: Argument) -> Intrinsic:
    return _call("Base64Decode", text)


def math_add(first: Argument, second: Argument) -> Intrinsic:
    """The sum of two whole numbers."""
    return _call("MathAdd", first, second)


def math_random(start: Argument, end: Argument) -> Intrinsic:
    """A whole number from `start` (included) to `end` (excluded)."""
    return _call("MathRandom", start, end)


def string_split(text: Argument, separators: Argument) -> Intrinsic:
    return _call("StringSplit", text, separators)
