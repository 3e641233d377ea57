"""What a field holds: its JSON type, its range, its words."""

from __future__ import annotations

from typing import Any

from stepmill.check.patterns import late_pattern
from stepmill.check.rule import Rule
from stepmill.check.rules.fields import FIELD_TYPE, FIELD_VALUE
from stepmill.check.rules.languages import JSONATA_OUTSIDE, PATH_IN_JSONATA
from stepmill.check.rules.limits import TIMEOUT_TOO_LONG
from stepmill.check.rules.maps import MAP_BATCHER, MAP_TOLERANCE
from stepmill.check.rules.retries import RETRY_VALUE
from stepmill.check.syntax.grammar import Field
from stepmill.check.syntax.place import JSONATA, Place, is_expression, is_token, shown
from stepmill.check.syntax.texts import is_path_text

_ARTICLES = {"integer": "an integer", "object": "an object", "array": "an array", "null": "null"}
_FAMILIES = {
    "retry": RETRY_VALUE,
    "tolerance": MAP_TOLERANCE,
    "batch": MAP_BATCHER,
}
_TIMESTAMP = late_pattern(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)")


def type_of(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "integer" if value.is_integer() else "number"
        case str():
            return "string"
        case list():
            return "array"
    return "object"


def is_of_type(value: Any, types: tuple[str, ...]) -> bool:
    found = type_of(value)
    return not types or found in types or (found == "integer" and "number" in types)


def check_value(place: Place, name: str, field: Field, value: Any) -> bool:
    """Hold one field's value against the grammar; whether it is right."""
    if is_token(value):
        return True
    at = place.at(name)
    if isinstance(value, str) and "string" not in field.types and field.types:
        return _check_text(place, at, name, field, value)
    if not is_of_type(value, field.types):
        _tell_type(place, at, name, field, value)
        return False
    return _check_range(place, at, name, field, value)


def _check_text(place: Place, at: Place, name: str, field: Field, value: str) -> bool:
    """A text where there should be none, unless it is an expression."""
    if place.language == JSONATA and field.takes_expression:
        if value.startswith("{%") or value.endswith("%}"):
            return True  # its syntax is another rule's
        if is_path_text(value):
            place.tell(
                PATH_IN_JSONATA, f"{name} is the path {shown(value)}; write {{% $states.input… %}}", at=at
            )
        else:
            what = " or ".join(_named(field))
            place.tell(
                JSONATA_OUTSIDE, f"{name} is the text {shown(value)}; give {what} or a {{% %}} text", at=at
            )
        return False
    if is_expression(value) and field.takes_expression:
        place.tell(
            JSONATA_OUTSIDE,
            f"{name} is the expression {shown(value)}; set the state's QueryLanguage to JSONata",
            at=at,
        )
        return False
    _tell_type(place, at, name, field, value)
    return False


def _tell_type(place: Place, at: Place, name: str, field: Field, value: Any) -> None:
    place.tell(FIELD_TYPE, f"{name} is {shown(value)}; it must be {' or '.join(_named(field))}", at=at)


def _named(field: Field) -> list[str]:
    return [_ARTICLES.get(kind, f"a {kind}") for kind in field.types]


def _check_range(place: Place, at: Place, name: str, field: Field, value: Any) -> bool:
    if field.values and value not in field.values:
        place.tell(
            _rule_of(field),
            f"{name} is {shown(value)}; allowed are {', '.join(field.values)}",
            available=field.values,
            meant=next((each for each in field.values if each.lower() == value.lower()), value),
            at=at,
            is_breaking=field.family == "fields",
        )
        return False
    is_above = field.maximum is not None and value > field.maximum
    if is_above or (field.minimum is not None and value < field.minimum):
        rule = TIMEOUT_TOO_LONG if is_above and field.family == "timeout" else _rule_of(field)
        place.tell(rule, f"{name} is {shown(value)}; it must be {_range(field)}", at=at, is_breaking=False)
        return False
    return True


def _rule_of(field: Field) -> Rule:
    return _FAMILIES.get(field.family, FIELD_VALUE)


def _range(field: Field) -> str:
    if field.maximum is None:
        return f"at least {field.minimum:g}"
    return f"from {field.minimum:,g} to {field.maximum:,.0f}"


def check_timestamp(place: Place, name: str, value: Any) -> None:
    """A literal time stamp; an expression or a token is none."""
    if not isinstance(value, str) or is_token(value) or "%" in value:
        return
    if not _TIMESTAMP.fullmatch(value):
        place.tell(
            FIELD_VALUE,
            f"{name} is {shown(value)}; write a time as 2026-01-31T12:00:00Z",
            at=place.at(name),
            is_breaking=False,
        )
