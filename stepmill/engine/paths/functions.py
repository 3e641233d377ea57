"""The intrinsic functions, as plain functions of JSON values. Each raises FunctionError with a reason.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

import base64
import binascii
import hashlib
import random
import re
import uuid
from collections.abc import Callable
from typing import Any

from stepmill.engine.jsontext import dumps, loads

from .filters import is_same

TEXT_LIMIT = 10_000
RANGE_LIMIT = 1_000
_HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
_PLACEHOLDER = re.compile(r"\\(.)|(\{\})|([{}])", re.DOTALL)


class FunctionError(Exception):
    pass


def _kind(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    kinds = {int: "number", float: "number", str: "string", list: "array", dict: "object"}
    return kinds.get(type(value), type(value).__name__)


def _array(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise FunctionError(f"the first argument must be an array, not {_kind(value)}")
    return value


def _text(value: Any, limit: int | None = None) -> str:
    if not isinstance(value, str):
        raise FunctionError(f"the argument must be a string, not {_kind(value)}")
    if limit is not None and len(value) > limit:
        raise FunctionError(f"the string has {len(value)} characters; at most {limit} are allowed")
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise FunctionError(f"the argument must be an integer, not {_kind(value)}")
    return round(value)


def format_text(template: Any, *arguments: Any) -> str:
    """`template` still has its backslashes: they tell a literal brace from a placeholder."""
    waiting = list(arguments)

    def fill(match: re.Match[str]) -> str:
        if match[1]:
            return match[1]
        if match[3]:
            raise FunctionError(f"the template has an unescaped {match[3]!r}; write \\\\{match[3]}")
        if not waiting:
            raise FunctionError("the template has more {} than there are arguments")
        value = waiting.pop(0)
        return value if isinstance(value, str) else dumps(value)

    text = _PLACEHOLDER.sub(fill, _text(template))
    if waiting:
        raise FunctionError("the template has fewer {} than there are arguments")
    return text


def string_to_json(text: Any) -> Any:
    try:
        return loads(_text(text))
    except ValueError as error:
        raise FunctionError(f"the string is not JSON: {error}") from None


def array_partition(items: Any, size: Any) -> list[Any]:
    width = _whole(size)
    if width < 1:
        raise FunctionError(f"the chunk size must be a positive integer, not {width}")
    whole = _array(items)
    return [whole[at : at + width] for at in range(0, len(whole), width)]


def array_contains(items: Any, wanted: Any) -> bool:
    return any(is_same(item, wanted) for item in _array(items))


def array_range(first: Any, last: Any, step: Any) -> list[int]:
    start, end, width = _whole(first), _whole(last), _whole(step)
    if width == 0:
        raise FunctionError("the step must not be 0")
    numbers = range(start, end + (1 if width > 0 else -1), width)
    if len(numbers) > RANGE_LIMIT:
        raise FunctionError(f"the range has {len(numbers)} items; at most {RANGE_LIMIT} are allowed")
    return list(numbers)


def array_get_item(items: Any, index: Any) -> Any:
    whole, at = _array(items), _whole(index)
    if not 0 <= at < len(whole):
        raise FunctionError(f"index {at} is outside of the array of {len(whole)} items")
    return whole[at]


def array_unique(items: Any) -> list[Any]:
    unique: dict[str, Any] = {}
    for item in _array(items):
        unique.setdefault(_sorted_text(item), item)
    return list(unique.values())


def _sorted_text(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{dumps(key)}:{_sorted_text(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_sorted_text, value)) + "]"
    return dumps(value)


def base64_encode(text: Any) -> str:
    try:
        return base64.b64encode(_text(text, TEXT_LIMIT).encode()).decode()
    except UnicodeEncodeError:
        raise FunctionError("the string is not valid Unicode") from None


def base64_decode(text: Any) -> str:
    try:
        return base64.b64decode(_text(text, TEXT_LIMIT), validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise FunctionError(f"the string is not Base64 of UTF-8 text: {error}") from None


def hash_text(data: Any, algorithm: Any) -> str:
    name = _HASHES.get(algorithm) if isinstance(algorithm, str) else None
    if name is None:
        raise FunctionError(f"the algorithm {algorithm!r} is not one of {', '.join(_HASHES)}")
    text = data if isinstance(data, str) else dumps(data)
    try:
        return hashlib.new(name, _text(text, TEXT_LIMIT).encode(), usedforsecurity=False).hexdigest()
    except UnicodeEncodeError:
        raise FunctionError("the string is not valid Unicode") from None


def json_merge(first: Any, second: Any, is_deep: Any) -> dict[str, Any]:
    if is_deep is not False:
        raise FunctionError("the third argument must be false: only shallow merging is supported")
    if not isinstance(first, dict) or not isinstance(second, dict):
        raise FunctionError("the first two arguments must be objects")
    return {**first, **second}


def math_random(first: Any, last: Any, *seed: Any) -> int:
    start, end = _whole(first), _whole(last)
    if start >= end:
        raise FunctionError(f"the start {start} must be below the end {end}")
    source = random.Random(_whole(seed[0])) if seed else random  # noqa: S311  not a secret
    return source.randrange(start, end)


def string_split(text: Any, delimiters: Any) -> list[str]:
    splitter = _text(delimiters)
    if not splitter:
        return [_text(text)]
    return [part for part in re.split(f"[{re.escape(splitter)}]", _text(text)) if part]


# name -> (function, fewest arguments, most arguments)
FUNCTIONS: dict[str, tuple[Callable[..., Any], int, int | None]] = {
    "Format": (format_text, 1, None),
    "StringToJson": (string_to_json, 1, 1),
    "JsonToString": (dumps, 1, 1),
    "Array": (lambda *items: list(items), 0, None),
    "ArrayPartition": (array_partition, 2, 2),
    "ArrayContains": (array_contains, 2, 2),
    "ArrayRange": (array_range, 3, 3),
    "ArrayGetItem": (array_get_item, 2, 2),
    "ArrayLength": (lambda items: len(_array(items)), 1, 1),
    "ArrayUnique": (array_unique, 1, 1),
    "Base64Encode": (base64_encode, 1, 1),
    "Base64Decode": (base64_decode, 1, 1),
    "Hash": (hash_text, 2, 2),
    "JsonMerge": (json_merge, 3, 3),
    "MathRandom": (math_random, 2, 3),
    "MathAdd": (lambda first, second: _whole(first) + _whole(second), 2, 2),
    "StringSplit": (string_split, 2, 2),
    "UUID": (lambda: str(uuid.uuid4()), 0, 0),
}
