"""JSON values of a JSON Schema or of a shape, extremes included.

hypothesis makes them; of a shape they are put together from what it made, by a seed. So many runs of a
machine cost little, and are the same every time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
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

TEXTS = st.one_of(
    st.sampled_from(
        ["", " ", "'", '"', "\\", "{}", "\\{}", "$.a", "ä中😀", "null", "x" * 300, "a.b[0]", "*"]
    ),
    st.text(max_size=12),
)
INTEGERS = st.one_of(st.sampled_from([0, 1, -1, 2**31, 2**53, -(2**53)]), st.integers(-1000, 1000))
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.one_of(st.none(), st.booleans(), INTEGERS, FLOATS, TEXTS)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=4,
)
MOST_ITEMS = 3
LONGEST = 300
DEEPEST = 8


def of_schema(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """What satisfies the schema, of the keywords that the input models of machines use."""
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(list(schema["enum"]))
    if "anyOf" in schema:
        return st.one_of([of_schema(option) for option in schema["anyOf"]])
    match schema.get("type"):
        case "object":
            return _objects(schema)
        case "array":
            least = int(schema.get("minItems", 0))
            items = of_schema(schema.get("items", {}))
            return st.lists(items, min_size=least, max_size=max(least, MOST_ITEMS))
        case "string":
            return _texts(schema)
        case "boolean":
            return st.booleans()
        case "null":
            return st.none()
        case "integer":
            return _integers(schema)
        case "number":
            return st.one_of(_integers(schema), _floats(schema))
    return ANYTHING


def _objects(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    required = schema.get("required", ())
    members = {name: of_schema(inner) for name, inner in schema.get("properties", {}).items()}
    named = st.fixed_dictionaries(
        {name: inner for name, inner in members.items() if name in required},
        optional={name: inner for name, inner in members.items() if name not in required},
    )
    more = schema.get("additionalProperties", True)
    if more is False:
        return named
    further = st.dictionaries(TEXTS, of_schema(more if isinstance(more, dict) else {}), max_size=2)
    return st.tuples(further, named).map(lambda two: two[0] | two[1])


def _texts(schema: Mapping[str, Any]) -> st.SearchStrategy[str]:
    least, most = int(schema.get("minLength", 0)), int(schema.get("maxLength", 10**6))
    found = st.from_regex(schema["pattern"]) if "pattern" in schema else TEXTS
    return found.filter(lambda text: least <= len(text) <= most)


def _bounds(schema: Mapping[str, Any]) -> tuple[float | None, float | None]:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    return low, schema.get("maximum", schema.get("exclusiveMaximum"))


def _integers(schema: Mapping[str, Any]) -> st.SearchStrategy[int]:
    low, high = _bounds(schema)
    least = None if low is None else int(low) + ("exclusiveMinimum" in schema)
    most = None if high is None else int(high) - ("exclusiveMaximum" in schema)
    if least is not None and most is not None and least > most:
        return st.nothing()
    return INTEGERS if least is None and most is None else st.integers(least, most)


def _floats(schema: Mapping[str, Any]) -> st.SearchStrategy[float]:
    low, high = _bounds(schema)
    return st.floats(
        low,
        high,
        exclude_min="exclusiveMinimum" in schema,
        exclude_max="exclusiveMaximum" in schema,
        allow_nan=False,
        allow_infinity=False,
    )


@lru_cache
def samples(strategy: st.SearchStrategy[Any], count: int = 40) -> list[Any]:
    """What hypothesis makes of it, the same every time."""
    found = []

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def take(value: Any) -> None:
        found.append(value)

    take()
    return found


@lru_cache
def _of_pattern(pattern: str) -> list[str]:
    """Texts of a service's pattern, where Python can read it."""
    try:
        re.compile(pattern)
    except re.error:
        return samples(TEXTS)
    found = st.from_regex(pattern, fullmatch=True, alphabet=st.characters(max_codepoint=0x2FF))
    # What an ARN names is never empty.
    return samples(
        found.map(lambda text: f"{text}x") if pattern.lstrip("^").startswith("arn:") else found, 10
    )


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


@dataclass
class Values:
    """Values of shapes.

    read: names that somebody reads, by the name above them. A service's optional member is there when it is
    read, as the checker takes it, and is left out otherwise. tested: names that may be missing even so, since
    somebody asks first. known, named: what came up before; answers often repeat what was asked.
    """

    random: Random
    read: Mapping[str, Collection[str]]
    tested: Collection[str] = ()
    known: list[Any] = field(default_factory=list)
    named: dict[str, list[Any]] = field(default_factory=dict)

    def learn(self, value: Any, name: str = "") -> None:
        """Keep the texts and numbers in it, by the name of their member."""
        if isinstance(value, dict | list):
            for key, item in value.items() if isinstance(value, dict) else ((name, item) for item in value):
                self.learn(item, key.removesuffix(".$"))
        elif value is not None and len(str(value)) < LONGEST:
            self.known.append(value)
            self.named.setdefault(name, []).append(value)

    def value(self, shape: Shape, depth: int = 0, name: str = "") -> Any:
        same = [value for value in self.named.get(name, ()) if _may_be(value, shape)]
        if same and self._is_so():
            return self.random.choice(same)
        match shape:
            case Null():
                return None
            case Boolean(value):
                return self._is_so() if value is None else value
            case Number():
                return self._number(shape)
            case String():
                return self._text(shape, depth)
            case Array():
                return self._array(shape, depth)
            case Object():
                return self._object(shape, depth, name)
            case Union(options):
                return self.value(self.random.choice(options), depth, name)
        return self.random.choice(samples(ANYTHING))

    def _is_so(self) -> bool:
        return self.random.random() < 0.5

    def _number(self, shape: Number) -> float:
        if shape.values:
            return self.random.choice(sorted(shape.values))
        low = -(2.0**53) if shape.minimum is None else shape.minimum
        high = 2.0**53 if shape.maximum is None else shape.maximum
        found: float = self.random.choice(samples(INTEGERS if shape.is_integer else INTEGERS | FLOATS))
        return max(low, min(high, found))

    def _text(self, shape: String, depth: int) -> str:
        if shape.values:
            expected = sorted(shape.values.intersection(self.known))
            return self.random.choice(expected if expected and self._is_so() else sorted(shape.values))
        if shape.parsed is not None or shape.format == "json":
            return json.dumps(self.value(shape.parsed or UNKNOWN, depth + 1))
        if shape.format == "date-time":
            return "2031-02-28T23:59:59.999Z"
        fitting = [text for text in self.known if isinstance(text, str) and _fits(text, shape)]
        if fitting and self._is_so():
            return self.random.choice(fitting)
        if shape.pattern:
            return self.random.choice(_of_pattern(shape.pattern))
        text: str = self.random.choice(samples(TEXTS))
        return text.ljust(shape.min_length, "a")[: shape.max_length]

    def _array(self, shape: Array, depth: int) -> list[Any]:
        least = max(shape.min_items, len(shape.prefix))
        most = max(least, MOST_ITEMS if shape.max_items is None else min(MOST_ITEMS, shape.max_items))
        count = self.random.randint(least, most) if shape.items != NEVER else least
        rest = [self.value(shape.items, depth + 1) for _ in range(count - len(shape.prefix))]
        return [*(self.value(item, depth + 1) for item in shape.prefix), *rest]

    def _object(self, shape: Object, depth: int, above: str) -> dict[str, Any]:
        found = {
            name: self.value(member.shape, depth + 1, name)
            for name, member in shape.members.items()
            if self._is_there(name, member.presence, depth)
        }
        more = sorted(self.read.get(above, ())) if shape.rest is not None else ()
        for name in more:
            if name not in shape.members and self._is_so():
                found[name] = self.value(shape.rest or UNKNOWN, depth + 1, name)
        return found

    def _is_there(self, name: str, presence: Presence, depth: int) -> bool:
        if presence is Presence.ALWAYS:
            return True
        if presence is Presence.LIKELY and name not in self.tested:
            return depth < DEEPEST and any(name in names for names in self.read.values())
        return self._is_so()
