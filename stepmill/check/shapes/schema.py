"""A JSON Schema as a Shape.

Read are type, properties, required, additionalProperties, enum, const, pattern, lengths and bounds, items and
prefixItems, anyOf, oneOf, allOf, $ref into the same document, nullable. What only narrows further, such as
`not` or `if`, is passed over; what is not understood is UNKNOWN.
Source: https://json-schema.org/draft/2020-12/json-schema-validation
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from stepmill.check.shapes.join import join
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
    Unknown,
    of_value,
    union,
)

DEPTH_LIMIT = 24
_OF_OBJECTS = ("properties", "required", "additionalProperties", "patternProperties")


def of_schema(schema: Any) -> Shape:
    """What a value that satisfies the schema may be; UNKNOWN for what is no schema."""
    return _Reader(schema).read(schema, ())


class _Reader:
    def __init__(self, root: Any) -> None:
        self.root = root

    def read(self, schema: Any, path: tuple[str, ...]) -> Shape:
        """path: the $refs that led here; one that comes again is a recursive type, not known below."""
        if schema is False:
            return NEVER
        if not isinstance(schema, dict) or len(path) > DEPTH_LIMIT:
            return UNKNOWN
        shape = self._own(schema, path)
        if "$ref" in schema:
            shape = meet(shape, self._referred(schema["$ref"], path))
        for name in ("anyOf", "oneOf"):
            if isinstance(schema.get(name), list):
                shape = meet(shape, union(self.read(option, (*path, "")) for option in schema[name]))
        for part in schema["allOf"] if isinstance(schema.get("allOf"), list) else ():
            shape = meet(shape, self.read(part, (*path, "")))
        return union((shape, NULL)) if schema.get("nullable") is True else shape

    def _referred(self, ref: Any, path: tuple[str, ...]) -> Shape:
        if not isinstance(ref, str) or not ref.startswith("#") or ref in path:
            return UNKNOWN
        place = self.root
        for part in filter(None, ref[1:].split("/")):
            key = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(place, dict) or key not in place:
                return UNKNOWN
            place = place[key]
        return self.read(place, (*path, ref))

    def _own(self, schema: Mapping[str, Any], path: tuple[str, ...]) -> Shape:
        """What the schema's own keywords say, without its references and combinations."""
        if "const" in schema:
            return _of(schema["const"])
        if isinstance(schema.get("enum"), list):
            return join(*(_of(value) for value in schema["enum"]))
        kinds = schema.get("type")
        if kinds is None:
            kinds = "object" if any(name in schema for name in _OF_OBJECTS) else []
        listed = kinds if isinstance(kinds, list) else [kinds]
        return union(self._of_type(kind, schema, path) for kind in listed) if listed else UNKNOWN

    def _of_type(self, kind: Any, schema: Mapping[str, Any], path: tuple[str, ...]) -> Shape:
        match kind:
            case "object":
                return self._object(schema, path)
            case "array":
                return self._array(schema, path)
            case "string":
                return _string(schema)
            case "integer" | "number":
                return _number(schema, is_integer=kind == "integer")
            case "boolean":
                return Boolean()
            case "null":
                return NULL
        return UNKNOWN

    def _object(self, schema: Mapping[str, Any], path: tuple[str, ...]) -> Object:
        properties = schema.get("properties")
        required = schema.get("required")
        needed = {name for name in required if isinstance(name, str)} if isinstance(required, list) else set()
        members: dict[str, Member] = {}
        for name, inner in properties.items() if isinstance(properties, dict) else ():
            presence = Presence.ALWAYS if name in needed else Presence.MAYBE
            members[str(name)] = Member(self.read(inner, (*path, "")), presence)
        rest = self._rest(schema, path)
        for name in needed - members.keys():
            members[name] = Member(UNKNOWN if rest is None else rest)
        return Object(members, rest)

    def _rest(self, schema: Mapping[str, Any], path: tuple[str, ...]) -> Shape | None:
        if schema.get("patternProperties"):
            return UNKNOWN
        more = schema.get("additionalProperties", schema.get("unevaluatedProperties", True))
        if more is False:
            return None
        return UNKNOWN if more is True else self.read(more, (*path, ""))

    def _array(self, schema: Mapping[str, Any], path: tuple[str, ...]) -> Array:
        given = schema.get("prefixItems")
        prefix = tuple(self.read(item, (*path, "")) for item in given) if isinstance(given, list) else ()
        fewest, most = _count(schema.get("minItems")) or 0, _count(schema.get("maxItems"))
        items = schema.get("items", True)
        rest = NEVER if items is False else self.read(items, (*path, ""))
        if items is False:
            most = len(prefix) if most is None else min(most, len(prefix))
        return Array(rest, prefix, fewest, most)


def _of(value: Any) -> Shape:
    try:
        return of_value(value)
    except TypeError:
        return UNKNOWN


def _string(schema: Mapping[str, Any]) -> String:
    pattern, form = schema.get("pattern"), schema.get("format")
    return String(
        None,
        _count(schema.get("minLength")) or 0,
        _count(schema.get("maxLength")),
        pattern=pattern if isinstance(pattern, str) else "",
        format=form if isinstance(form, str) else "",
    )


def _number(schema: Mapping[str, Any], *, is_integer: bool) -> Number:
    """Exclusive bounds are taken as bounds: a cover."""
    low = [_figure(schema.get(name)) for name in ("minimum", "exclusiveMinimum")]
    high = [_figure(schema.get(name)) for name in ("maximum", "exclusiveMaximum")]
    return Number(
        None,
        max((bound for bound in low if bound is not None), default=None),
        min((bound for bound in high if bound is not None), default=None),
        is_integer,
    )


def _figure(value: Any) -> float | None:
    return cast(float, value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def meet(one: Shape, other: Shape) -> Shape:
    """What satisfies both; where that cannot be said, `one`."""
    if isinstance(one, Unknown):
        return other
    if isinstance(one, Object) and isinstance(other, Object):
        return _met_objects(one, other)
    return one


def _met_objects(one: Object, other: Object) -> Object:
    members: dict[str, Member] = {}
    for name in dict.fromkeys([*one.members, *other.members]):
        found = [side.members[name] for side in (one, other) if name in side.members]
        is_always = any(member.presence is Presence.ALWAYS for member in found)
        shape = meet(found[0].shape, found[-1].shape)
        members[name] = Member(shape, Presence.ALWAYS if is_always else found[0].presence)
    is_open = one.rest is not None and other.rest is not None
    return Object(members, meet(one.rest, other.rest) if is_open and one.rest and other.rest else None)
