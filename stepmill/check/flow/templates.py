"""Payload templates: JSON whose `"name.$"` members and `{% %}` texts take their values from the data."""

from __future__ import annotations

from typing import Any

from stepmill.check.flow.expressions import evaluate_jsonata, is_jsonata
from stepmill.check.flow.intrinsics import evaluate_text
from stepmill.check.flow.scope import Scope, read_text
from stepmill.check.shapes.shape import NEVER, UNKNOWN, Array, Member, Object, Shape


def escaped(key: str) -> str:
    """A key as a part of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1") if "~" in key or "/" in key else key


def render(template: Any, scope: Scope, pointer: str) -> Shape:
    """What a JSONPath template gives."""
    if isinstance(template, dict):
        members: dict[str, Member] = {}
        for key, value in template.items():
            place = f"{pointer}/{escaped(str(key))}"
            if isinstance(key, str) and key.endswith(".$"):
                members[key[:-2]] = Member(field_value(value, scope, place))
            else:
                members[str(key)] = Member(render(value, scope, place))
        return Object(members)
    if isinstance(template, list):
        items = tuple(render(item, scope, f"{pointer}/{index}") for index, item in enumerate(template))
        return Array(NEVER, items, len(items), len(items))
    return scope.texts.of_constant(template)


def field_value(expression: Any, scope: Scope, pointer: str) -> Shape:
    """One path or call. What is neither is a finding about languages, and UNKNOWN here."""
    if not isinstance(expression, str):
        return UNKNOWN
    text = scope.texts.resolved(expression)
    if text.startswith("$") and not text.startswith("${"):
        return read_text(text, scope, pointer)
    return evaluate_text(text, scope, pointer) if text.lstrip().startswith("States.") else UNKNOWN


def render_jsonata(template: Any, scope: Scope, pointer: str) -> Shape:
    """What a template with `{% %}` texts gives."""
    if isinstance(template, dict):
        return Object(
            {
                str(key): Member(render_jsonata(value, scope, f"{pointer}/{escaped(str(key))}"))
                for key, value in template.items()
            }
        )
    if isinstance(template, list):
        items = tuple(
            render_jsonata(item, scope, f"{pointer}/{index}") for index, item in enumerate(template)
        )
        return Array(NEVER, items, len(items), len(items))
    if is_jsonata(template):
        return evaluate_jsonata(template, scope, pointer)
    return scope.texts.of_constant(template)
