"""Shapes in words, and the paths that a machine could read, for messages."""

from __future__ import annotations

import json
from collections.abc import Iterator

from stepmill.check.patterns import late_pattern
from stepmill.check.shapes.shape import (
    Array,
    Boolean,
    Never,
    Null,
    Number,
    Object,
    Shape,
    String,
    Union,
    Unknown,
    options,
)

PATHS_LIMIT = 24
SEARCH_DEPTH = 4
_PLAIN = late_pattern(r"[^\W\d][\w-]*")


def describe(shape: Shape) -> str:
    """A few words: "a text", "the number 3", "an object with id, name", "a text or null"."""
    match shape:
        case Unknown():
            return "any value"
        case Never():
            return "no value"
        case Null():
            return "null"
        case Boolean():
            return "true or false" if shape.value is None else str(shape.value).lower()
        case Number() | String():
            return _scalar(shape)
        case Array():
            return "an array"
        case Object():
            return _object(shape)
        case Union():
            return " or ".join(dict.fromkeys(describe(option) for option in shape.options))


def _scalar(shape: Number | String) -> str:
    kind = "text" if isinstance(shape, String) else "number"
    if not shape.values:
        return f"a {kind}"
    shown = sorted(json.dumps(value)[:60] for value in shape.values)
    if len(shown) == 1:
        return f"the {kind} {shown[0]}"
    return f"one of {', '.join(shown[:6])}{', …' if len(shown) > 6 else ''}"


def _object(shape: Object) -> str:
    names = list(shape.members)
    if not names:
        return "an object" if shape.rest is not None else "an empty object"
    return f"an object with {', '.join(names[:6])}{', …' if len(names) > 6 else ''}"


def kind_of(shape: Shape) -> str:
    """The kind alone: "an object", "a text"."""
    match shape:
        case Object():
            return "an object"
        case Number():
            return "a number"
        case String():
            return "a text"
        case Boolean():
            return "a boolean"
        case Union():
            return " or ".join(dict.fromkeys(kind_of(option) for option in shape.options))
    return describe(shape)


def step_text(key: str | int) -> str:
    """One step of a path as it is written: `.name`, `['odd name']` or `[0]`."""
    if isinstance(key, int):
        return f"[{key}]"
    return f".{key}" if _PLAIN.fullmatch(key) else f"['{key}']"


def available_paths(shape: Shape, root: str, wanted: str) -> tuple[str, ...]:
    """The paths one step below `root`, and deeper ones whose last name is `wanted`: at most 24."""
    near = [root + step_text(name) for name in _names(shape)]
    far = [path for path, name in _walk(shape, root, SEARCH_DEPTH) if name == wanted]
    return tuple(dict.fromkeys([*far, *near]))[:PATHS_LIMIT]


def _names(shape: Shape) -> Iterator[str | int]:
    for option in options(shape):
        if isinstance(option, Object):
            yield from (name for name, member in option.members.items() if not _is_absent(member.shape))
        elif isinstance(option, Array):
            yield from range(len(option.prefix))


def _is_absent(shape: Shape) -> bool:
    return isinstance(shape, Never)


def _walk(shape: Shape, root: str, depth: int) -> Iterator[tuple[str, str | int]]:
    if depth == 0:
        return
    for option in options(shape):
        inner: list[tuple[str | int, Shape]] = []
        if isinstance(option, Object):
            inner = [(name, member.shape) for name, member in option.members.items()]
        elif isinstance(option, Array):
            inner = list(enumerate(option.prefix))
        for key, value in inner:
            path = root + step_text(key)
            yield path, key
            yield from _walk(value, path, depth - 1)
