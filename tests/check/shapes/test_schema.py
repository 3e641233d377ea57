"""JSON Schemas read as shapes."""

from typing import Any

import pytest

from stepmill.check.shapes.schema import of_schema
from stepmill.check.shapes.shape import (
    NEVER,
    NULL,
    UNKNOWN,
    Array,
    Boolean,
    Member,
    Number,
    Object,
    Presence,
    Shape,
    String,
    closed,
    of_value,
    union,
)

CASES: dict[str, tuple[Any, Shape]] = {
    "no schema": (7, UNKNOWN),
    "true": (True, UNKNOWN),
    "false": (False, NEVER),
    "unknown type": ({"type": "tuple"}, UNKNOWN),
    "text": (
        {"type": "string", "minLength": 1, "maxLength": 63, "pattern": "^a", "format": "uri"},
        String(None, 1, 63, "^a", "uri"),
    ),
    "integer": ({"type": "integer", "minimum": 0, "exclusiveMaximum": 9}, Number(None, 0, 9, True)),
    "nullable": ({"type": "boolean", "nullable": True}, union((Boolean(), NULL))),
    "type list": ({"type": ["string", "null"]}, union((String(), NULL))),
    "enum": ({"enum": ["a", "b", None]}, union((String(frozenset({"a", "b"}), 1, 1), NULL))),
    "const": ({"const": 3}, of_value(3)),
    "open object": (
        {"type": "object", "properties": {"a": {"type": "null"}, "b": {}}, "required": ["a"]},
        Object({"a": Member(NULL), "b": Member(UNKNOWN, Presence.MAYBE)}, UNKNOWN),
    ),
    "a default does not make a member certain": (
        {"properties": {"a": {"type": "null", "default": None}}, "additionalProperties": False},
        Object({"a": Member(NULL, Presence.MAYBE)}),
    ),
    "closed object": (
        {
            "type": "object",
            "properties": {"a": {"type": "null"}},
            "required": ["a"],
            "additionalProperties": False,
        },
        closed(a=NULL),
    ),
    "map": (
        {"type": "object", "additionalProperties": {"type": "string"}},
        Object({}, String()),
    ),
    "array": ({"type": "array", "items": {"type": "null"}, "minItems": 1}, Array(NULL, (), 1)),
    "tuple": (
        {"type": "array", "prefixItems": [{"type": "null"}, {"const": 1}], "items": False},
        Array(NEVER, (NULL, of_value(1)), 0, 2),
    ),
    "alternatives": (
        {"anyOf": [{"type": "string"}, {"type": "null"}], "title": "x"},
        union((String(), NULL)),
    ),
    "reference": (
        {"$ref": "#/$defs/Na~1me", "$defs": {"Na/me": {"type": "null"}}},
        NULL,
    ),
    "reference to nowhere": ({"$ref": "#/$defs/Other"}, UNKNOWN),
    "all of": (
        {
            "allOf": [
                {"properties": {"a": {}}, "required": ["a"]},
                {"properties": {"a": {"type": "null"}, "b": {"type": "null"}}},
            ]
        },
        Object({"a": Member(NULL), "b": Member(NULL, Presence.MAYBE)}, UNKNOWN),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_schema_is_read_as(name: str) -> None:
    schema, shape = CASES[name]
    assert of_schema(schema) == shape


def test_a_recursive_schema_is_unknown_where_it_comes_again() -> None:
    schema = {
        "$ref": "#/$defs/Tree",
        "$defs": {"Tree": {"properties": {"left": {"$ref": "#/$defs/Tree"}}, "additionalProperties": False}},
    }
    assert of_schema(schema) == Object({"left": Member(UNKNOWN, Presence.MAYBE)})
