"""hypothesis strategies for the shapes that the checker derives: of a service's answer, of a handler's."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from stepmill.check.shapes.shape import (
    NEVER,
    UNKNOWN,
    Array,
    Boolean,
    Null,
    Number,
    Object,
    Presence,
    Shape,
    String,
    Union,
)
from tests.check.generated import ANYTHING, FLOATS, INTEGERS, TEXTS

MOST_ITEMS = 3
LONGEST = 300
DEEPEST = 8
MOMENT = "2031-02-28T23:59:59.999Z"
IS_SO = st.booleans()
OBJECTS = st.dictionaries(TEXTS, ANYTHING, max_size=3)


@dataclass
class Hints:
    """What leads a machine somewhere: half of the time an answer is what came up before or what it looks for.

    read: names that somebody reads, by the name above them. A service's optional member is there when it is
    read, as the checker takes it, and is left out otherwise. tested: names that may be missing even so, since
    somebody asks first. parsed: names of texts that are read as JSON. known, named: texts and numbers that
    came up, all and by their member's name.
    """

    read: Mapping[str, Collection[str]]
    tested: Collection[str] = ()
    parsed: Collection[str] = ()
    known: list[Any] = field(default_factory=list)
    named: dict[str, list[Any]] = field(default_factory=dict)

    def learn(self, value: Any, name: str = "") -> None:
        if isinstance(value, dict | list):
            for key, item in value.items() if isinstance(value, dict) else ((name, item) for item in value):
                self.learn(item, key.removesuffix(".$"))
        elif value is not None and len(str(value)) < LONGEST:
            self.known.append(value)
            self.named.setdefault(name, []).append(value)


@st.composite
def of_shape(draw: st.DrawFn, shape: Shape, hints: Hints) -> Any:
    return _Drawn(draw, hints, is_whole=draw(IS_SO)).value(shape)


@dataclass
class _Drawn:
    """is_whole: all that is read is there, and texts that are read as JSON are; else each may not."""

    draw: st.DrawFn
    hints: Hints
    is_whole: bool

    def value(self, shape: Shape, depth: int = 0, name: str = "") -> Any:
        if isinstance(shape, String) and name in self.hints.parsed and (self.is_whole or self._is_so()):
            text = self._parsed(name)
            if not shape.values and _fits(text, shape):
                return text
        same = [value for value in self.hints.named.get(name, ()) if _may_be(value, shape)]
        if same and self._is_so():
            repeated: Any = self.draw(st.sampled_from(list(dict.fromkeys(same))))
            return repeated
        match shape:
            case Null():
                return None
            case Boolean(value):
                return self._is_so() if value is None else value
            case Number():
                return self.draw(_numbers(shape))
            case String():
                return self._text(shape, depth)
            case Array():
                return self._array(shape, depth)
            case Object():
                return self._object(shape, depth, name)
            case Union(options):
                return self.value(self.draw(st.sampled_from(options)), depth, name)
        return self.draw(ANYTHING)

    def _is_so(self) -> bool:
        return self.draw(IS_SO)

    def _parsed(self, name: str) -> str:
        """JSON: the numbers that somebody compares it with or has given, else anything."""
        numbers = [value for value in self.hints.named.get(name, ()) if not isinstance(value, str)]
        found = st.sampled_from(list(dict.fromkeys(numbers))) if numbers else st.one_of(OBJECTS, ANYTHING)
        return json.dumps(self.draw(found))

    def _text(self, shape: String, depth: int) -> str:
        if shape.parsed is not None or shape.format == "json":
            return json.dumps(self.value(shape.parsed or UNKNOWN, depth + 1))
        if shape.format == "date-time" and shape.values is None:
            return MOMENT
        known = [text for text in self.hints.known if isinstance(text, str)]
        listed = shape.values
        likely = [text for text in known if (text in listed if listed else _fits(text, shape))]
        is_likely = bool(likely) and self._is_so()
        text: str = self.draw(st.sampled_from(likely) if is_likely else _texts(shape))
        return text

    def _array(self, shape: Array, depth: int) -> list[Any]:
        least = max(shape.min_items, len(shape.prefix))
        most = max(least, MOST_ITEMS if shape.max_items is None else min(MOST_ITEMS, shape.max_items))
        fewest = min(most, max(least, int(self.is_whole)))
        count = self.draw(st.integers(fewest, most)) if shape.items != NEVER else least
        rest = [self.value(shape.items, depth + 1) for _ in range(count - len(shape.prefix))]
        return [*(self.value(item, depth + 1) for item in shape.prefix), *rest]

    def _object(self, shape: Object, depth: int, above: str) -> dict[str, Any]:
        found = {
            name: self.value(member.shape, depth + 1, name)
            for name, member in shape.members.items()
            if self._is_there(name, member.presence, depth)
        }
        more = sorted(self.hints.read.get(above, ())) if shape.rest is not None else ()
        for name in more:
            if name not in shape.members and (self.is_whole or self._is_so()):
                found[name] = self.value(shape.rest or UNKNOWN, depth + 1, name)
        return found

    def _is_there(self, name: str, presence: Presence, depth: int) -> bool:
        if presence is Presence.ALWAYS:
            return True
        if presence is Presence.LIKELY and (self.is_whole or name not in self.hints.tested):
            return depth < DEEPEST and any(name in names for names in self.hints.read.values())
        return self._is_so()


@lru_cache
def _numbers(shape: Number) -> st.SearchStrategy[float]:
    if shape.values:
        return st.sampled_from(sorted(shape.values))
    low = -(2.0**53) if shape.minimum is None else shape.minimum
    high = 2.0**53 if shape.maximum is None else shape.maximum
    found: st.SearchStrategy[float] = INTEGERS if shape.is_integer else INTEGERS | FLOATS
    return found.map(lambda number: max(low, min(high, number)))


@lru_cache
def _texts(shape: String) -> st.SearchStrategy[str]:
    if shape.values:
        return st.sampled_from(sorted(shape.values))
    if shape.pattern:
        return _of_pattern(shape.pattern)
    return TEXTS.map(lambda text: text.ljust(shape.min_length, "a")[: shape.max_length])


@lru_cache
def _of_pattern(pattern: str) -> st.SearchStrategy[str]:
    """A few texts of a service's pattern, where Python can read it: to make them anew each time is slow."""
    try:
        re.compile(pattern)
    except re.error:
        return TEXTS
    found = st.from_regex(pattern, fullmatch=True, alphabet=st.characters(max_codepoint=0x2FF))
    # What an ARN names is never empty.
    is_arn = pattern.lstrip("^").startswith("arn:")
    return st.sampled_from(_samples(found.map(lambda text: f"{text}x") if is_arn else found))


def _samples(strategy: st.SearchStrategy[str]) -> list[str]:
    found: list[str] = []

    @seed(0)
    @settings(
        max_examples=10,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def take(text: str) -> None:
        found.append(text)

    take()
    return found


def prepare(shape: Shape) -> None:
    """Make the texts of its patterns, which cannot be made while hypothesis is at work."""
    match shape:
        case String():
            _texts(shape)
            prepare(shape.parsed or NEVER)
        case Array():
            for item in (*shape.prefix, shape.items):
                prepare(item)
        case Object():
            for member in shape.members.values():
                prepare(member.shape)
            prepare(shape.rest or NEVER)
        case Union():
            for option in shape.options:
                prepare(option)


def _fits(text: str, shape: String) -> bool:
    most = LONGEST if shape.max_length is None else shape.max_length
    if not shape.min_length <= len(text) <= most:
        return False
    try:
        return not shape.pattern or re.fullmatch(shape.pattern, text) is not None
    except re.error:
        return False


def _is_number(value: Any, shape: Number) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float) or (shape.is_integer and value % 1):
        return False
    low, high = shape.minimum, shape.maximum
    return (low is None or low <= value) and (high is None or value <= high)


def _may_be(value: Any, shape: Shape) -> bool:
    match shape:
        case String():
            return (
                isinstance(value, str) and not shape.values and shape.parsed is None and _fits(value, shape)
            )
        case Number():
            return not shape.values and _is_number(value, shape)
    return False
