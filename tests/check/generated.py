"""hypothesis strategies for JSON values of a JSON Schema, extremes included."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

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
