"""Each intrinsic function but Format as a function of shapes. Raises ArgumentFault for what must fail."""

from __future__ import annotations

import json
import math
from collections.abc import Callable

from stepmill.check.flow.reading import item_at
from stepmill.check.shapes.describe import describe
from stepmill.check.shapes.join import join, merge_objects
from stepmill.check.shapes.shape import (
    NEVER,
    UNKNOWN,
    Array,
    Boolean,
    Member,
    Never,
    Number,
    Object,
    Piece,
    Presence,
    Shape,
    String,
    Unknown,
    of_value,
    options,
)

TEXT_LIMIT, RANGE_LIMIT, PAIRS_LIMIT = 10_000, 1_000, 16
_HASHES = {"MD5": 32, "SHA-1": 40, "SHA-256": 64, "SHA-384": 96, "SHA-512": 128}
_HEX = "0123456789abcdef"
_COUNT = Number(minimum=0, is_integer=True)


class ArgumentFault(Exception):
    """What is given that cannot be taken, and what can."""


def _need(shape: Shape, kind: type[Shape], wanted: str) -> None:
    """Refuses what on no account is of the kind."""
    found = options(shape)
    if found and not any(isinstance(option, (kind, Unknown)) for option in found):
        raise ArgumentFault(f"{describe(shape)}; it takes {wanted}")


def _arrays(shape: Shape) -> list[Array]:
    _need(shape, Array, "an array")
    return [option if isinstance(option, Array) else Array() for option in options(shape)]


def _items(shape: Shape) -> Shape:
    return join(*(item for array in _arrays(shape) for item in (*array.prefix, array.items)))


def _literal(shape: Shape) -> str | float | None:
    """The one text or number that it can be."""
    if isinstance(shape, (String, Number)) and shape.values is not None and len(shape.values) == 1:
        (value,) = shape.values
        return value
    return None


def _number(shape: Shape) -> float | None:
    _need(shape, Number, "a number")
    value = _literal(shape)
    return value if isinstance(value, (int, float)) and math.isfinite(value) else None


def _text(shape: Shape) -> str | None:
    _need(shape, String, "a text")
    value = _literal(shape)
    return value if isinstance(value, str) else None


def string_to_json(text: Shape) -> Shape:
    value = _text(text)
    if value is not None:
        try:
            return of_value(json.loads(value))
        except (ValueError, RecursionError):
            raise ArgumentFault(f"{describe(text)}, which is no JSON; correct it") from None
    known = [option.parsed for option in options(text) if isinstance(option, String) and option.parsed]
    return join(*known) if known and len(known) == len(options(text)) else UNKNOWN


def json_to_string(value: Shape) -> Shape:
    return String(format="json", parsed=value)


def array(*items: Shape) -> Shape:
    return Array(NEVER, items, len(items), len(items))


def array_partition(items: Shape, size: Shape) -> Shape:
    width = _number(size)
    if width is not None and round(width) < 1:
        raise ArgumentFault(f"chunks of {width}; a chunk has at least 1 item")
    return Array(Array(_items(items), (), 1, None if width is None else round(width)))


def array_contains(items: Shape, _wanted: Shape) -> Shape:
    _arrays(items)
    return Boolean()


def array_range(first: Shape, last: Shape, step: Shape) -> Shape:
    start, end, width = _number(first), _number(last), _number(step)
    if width == 0:
        raise ArgumentFault("the step 0; give another")
    if start is None or end is None or width is None:
        return Array(Number(is_integer=True), (), 0, RANGE_LIMIT)
    counted = max(0, (round(end) - round(start)) // (round(width) or 1) + 1)
    if counted > RANGE_LIMIT:
        raise ArgumentFault(f"a range of {counted} items; at most {RANGE_LIMIT} are allowed")
    return Array(Number(is_integer=True), (), counted, counted)


def array_get_item(items: Shape, index: Shape) -> Shape:
    at = _number(index)
    if at is None:
        return _items(items)
    found = [item_at(array, round(at)) if at >= 0 else None for array in _arrays(items)]
    there = [item for item in found if item is not None]
    if found and not there:
        raise ArgumentFault(f"the index {round(at)}, which is outside of the array; count from 0")
    return join(*there)


def array_length(items: Shape) -> Shape:
    return join(*(_length(array) for array in _arrays(items)))


def _length(array: Array) -> Shape:
    if array.max_items is not None and array.min_items == array.max_items:
        return of_value(array.min_items)
    return Number(None, array.min_items, array.max_items, is_integer=True)


def array_unique(items: Shape) -> Shape:
    return Array(_items(items))


def base64_encode(text: Shape) -> Shape:
    _limit(_text(text))
    return String()


def base64_decode(text: Shape) -> Shape:
    _limit(_text(text))
    return String()


def _limit(text: str | None) -> None:
    if text is not None and len(text) > TEXT_LIMIT:
        raise ArgumentFault(f"a text of {len(text)} characters; at most {TEXT_LIMIT} are allowed")


def hash_of(data: Shape, algorithm: Shape) -> Shape:
    name = _text(algorithm)
    if name is not None and name not in _HASHES:
        raise ArgumentFault(f"the algorithm '{name}'; it takes {', '.join(_HASHES)}")
    length = None if name is None else _HASHES[name]
    varies = _varies(data)
    least = length or min(_HASHES.values())
    return String(None, least, length or 128, pieces=(Piece(varies, least, length or 128, _HEX),))


def _varies(shape: Shape) -> frozenset[str]:
    pieces = shape.pieces if isinstance(shape, String) else ()
    return frozenset[str]().union(*(piece.varies for piece in pieces if isinstance(piece, Piece)))


def json_merge(first: Shape, second: Shape, is_deep: Shape) -> Shape:
    if isinstance(is_deep, Boolean) and is_deep.value is True:
        raise ArgumentFault("true as its third argument; only false is supported, the shallow merge")
    for side in (first, second):
        _need(side, Object, "objects")
    pairs = [(one, other) for one in _objects(first) for other in _objects(second)]
    if len(pairs) > PAIRS_LIMIT:
        return _overlaid(_one_object(first), _one_object(second))
    return join(*(_overlaid(one, other) for one, other in pairs))


def _objects(shape: Shape) -> list[Object]:
    found = options(shape)
    known = [option for option in found if isinstance(option, Object)]
    return known if known and len(known) == len(found) else [*known, Object(rest=UNKNOWN)]


def _one_object(shape: Shape) -> Object:
    first, *others = _objects(shape)
    for other in others:
        first = merge_objects(first, other)
    return first


def _overlaid(one: Object, other: Object) -> Object:
    members: dict[str, Member] = {}
    for name, member in one.members.items():
        shape = member.shape if other.rest is None else join(member.shape, other.rest)
        members[name] = Member(shape, member.presence)
    for name, member in other.members.items():
        before = one.members.get(name)
        if member.presence is Presence.ALWAYS:
            members[name] = member
        elif isinstance(member.shape, Never):
            if before is not None:
                members[name] = before
        elif before is not None:
            members[name] = Member(join(before.shape, member.shape), before.presence)
        elif one.rest is not None:
            members[name] = Member(join(one.rest, member.shape), Presence.LIKELY)
        else:
            members[name] = member
    rests = [rest for rest in (one.rest, other.rest) if rest is not None]
    return Object(members, join(*rests) if rests else None)


def math_random(first: Shape, last: Shape, *seed: Shape) -> Shape:
    start, end = _number(first), _number(last)
    for number in seed:
        _number(number)
    if start is not None and end is not None and start >= end:
        raise ArgumentFault(f"the start {start} and the end {end}; the start must be below the end")
    return Number(None, start, end, is_integer=True)


def math_add(first: Shape, second: Shape) -> Shape:
    """Bounds only on the side from which it moves away, so that a loop that counts comes to rest."""
    one, other = _number(first), _number(second)
    if one is not None and other is not None and not isinstance(first, Unknown):
        total = round(one) + round(other)
        if other >= 0:
            return Number(None, total, None, is_integer=True)
        return Number(None, None, total, is_integer=True)
    low = _minimum(first), _minimum(second)
    is_rising = low[0] is not None and low[1] is not None and min(low[0], low[1]) >= 0
    return Number(None, (low[0] or 0) + (low[1] or 0) if is_rising else None, None, is_integer=True)


def _minimum(shape: Shape) -> float | None:
    if not isinstance(shape, Number):
        return None
    least = min(shape.values) if shape.values else shape.minimum
    return least if least is not None and math.isfinite(least) else None


def string_split(text: Shape, delimiters: Shape) -> Shape:
    whole, marks = _text(text), _text(delimiters)
    if whole is None or not marks:
        return Array(String())
    for mark in marks[1:]:
        whole = whole.replace(mark, marks[0])
    return of_value([part for part in whole.split(marks[0]) if part])


def uuid() -> Shape:
    return String(None, 36, 36, format="uuid", pieces=(Piece(frozenset(["uuid"]), 36, 36, f"{_HEX}-"),))


FUNCTIONS: dict[str, Callable[..., Shape]] = {
    "StringToJson": string_to_json,
    "JsonToString": json_to_string,
    "Array": array,
    "ArrayPartition": array_partition,
    "ArrayContains": array_contains,
    "ArrayRange": array_range,
    "ArrayGetItem": array_get_item,
    "ArrayLength": array_length,
    "ArrayUnique": array_unique,
    "Base64Encode": base64_encode,
    "Base64Decode": base64_decode,
    "Hash": hash_of,
    "JsonMerge": json_merge,
    "MathRandom": math_random,
    "MathAdd": math_add,
    "StringSplit": string_split,
    "UUID": uuid,
}
