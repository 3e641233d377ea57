"""A machine's definition in a template, or in the file that a template names, as plain data.

CloudFormation's functions within it become tokens, `${Name}`, that the subject's substitutions explain.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stepmill.check.finding import Findings, pointer
from stepmill.check.patterns import late_pattern
from stepmill.check.reading.template_functions import call_of, resolve
from stepmill.check.reading.template_scope import Scope, beside
from stepmill.check.reading.template_values import (
    ANY,
    NO_VALUE,
    SYMBOL,
    Either,
    alternatives,
    shape_of,
    text_of,
)
from stepmill.check.reading.text import read_file, read_text
from stepmill.check.records import dataclass, field, replace
from stepmill.check.shapes.shape import Shape, String

TO_JSON = "Fn::ToJsonString"
_TEXT = late_pattern(r'("(?:[^"\\]|\\.)*")')
_TOKEN = late_pattern(r'\$\{([^}"]*)\}')


@dataclass(frozen=True)
class Inlined:
    """tokens: what the template's own functions became. file: of the definition, None for the template.

    filled: the tokens that have their value already, because they stand for a number or a truth.
    """

    definition: Any
    pointer: str = ""
    file: Path | None = None
    tokens: Mapping[str, Shape] = field(default_factory=dict)
    filled: frozenset[str] = frozenset()


def definition_in(
    value: Any, scope: Scope, place: str, substitutions: Mapping[str, Shape], problems: Findings
) -> Inlined | None:
    """The definition in the property at `place`; None when it cannot be known."""
    included = _included(value)
    if included is not None:
        file = beside(scope.file, included)
        return read_definition(file, scope, substitutions, problems) if file.is_file() else None
    if isinstance(value, dict) and isinstance(value.get(TO_JSON), dict):
        value, place = value[TO_JSON], place + pointer(TO_JSON)
    if isinstance(value, dict) and call_of(value) is None:
        tokens: dict[str, Shape] = {}
        return Inlined(_plain(value, scope, tokens), place, None, tokens)
    text = next((one for one in alternatives(resolve(value, scope)) if one is not NO_VALUE), None)
    if isinstance(text, dict):
        tokens = {}
        return Inlined(_plain(text, scope, tokens), place, None, tokens)
    if not isinstance(text, str) or SYMBOL.fullmatch(text):
        return None
    found = Findings()
    quoted, filled = _quoted(text, substitutions)
    data = read_text(quoted, f"{place.rpartition('/')[2]}.json", found)
    for finding in found.found:
        problems.found.append(replace(finding, pointer=place + finding.pointer))
    if data is None:
        return None
    own = () if isinstance(value, str) else SYMBOL.findall(text)
    tokens = {name: _shape_of_symbol(name, scope) for name in own if _is_own(name, scope)}
    return Inlined(data, place, None, tokens, filled)


def read_definition(
    file: Path, scope: Scope, substitutions: Mapping[str, Shape], problems: Findings
) -> Inlined | None:
    """The definition in a file, in which tokens may stand for numbers too: `"Seconds": ${Wait}`."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        text = ""
    has_bare_token = re.search(r"[:\[,]\s*\$\{", text) is not None and file.suffix == ".json"
    quoted, filled = _quoted(text, substitutions) if has_bare_token else ("", frozenset[str]())
    data = read_text(quoted, file.name, problems) if has_bare_token else read_file(file, problems)
    if data is None:
        return None
    tokens: dict[str, Shape] = {}
    return Inlined(_plain(data, scope, tokens), "", file, tokens, filled)


def _included(value: Any) -> str | None:
    """The file of an AWS::Include."""
    call = value.get("Fn::Transform") if isinstance(value, dict) else None
    if not isinstance(call, dict) or call.get("Name") != "AWS::Include":
        return None
    told = call.get("Parameters")
    place = told.get("Location") if isinstance(told, dict) else None
    return place if isinstance(place, str) and "://" not in place else None


def _plain(value: Any, scope: Scope, tokens: dict[str, Shape]) -> Any:
    if isinstance(value, list):
        return [_plain(item, scope, tokens) for item in value]
    if not isinstance(value, dict):
        return value
    if call_of(value) is None:
        return {key: _plain(item, scope, tokens) for key, item in value.items()}
    found = resolve(value, scope)
    if isinstance(found, str):
        tokens.update((name, _shape_of_symbol(name, scope)) for name in SYMBOL.findall(found))
        return found
    if isinstance(found, Either):
        first = next((one for one in found.options if one is not NO_VALUE), None)
        if isinstance(first, dict | list):
            return _plain(first, scope, tokens)
        return _token(shape_of(found, scope.symbols), tokens)
    if isinstance(found, dict | list):
        return _plain(found, scope, tokens)
    if isinstance(found, bool | int | float):
        return text_of(found)
    return _token(String(), tokens)


def _token(shape: Shape, tokens: dict[str, Shape]) -> str:
    name = f"Value{len(tokens) + 1}"
    tokens[name] = shape
    return "${" + name + "}"


def _shape_of_symbol(name: str, scope: Scope) -> Shape:
    return String() if "${" + name + "}" == ANY else shape_of("${" + name + "}", scope.symbols)


def _is_own(name: str, scope: Scope) -> bool:
    """It came from the template's functions, not from a token of DefinitionSubstitutions."""
    return name in scope.symbols or name == "?"


def _quoted(text: str, substitutions: Mapping[str, Shape]) -> tuple[str, frozenset[str]]:
    """Tokens that stand for a number or a truth get their value, or quotes; and those that have it now."""
    filled: set[str] = set()

    def one(match: re.Match[str]) -> str:
        name = match[1]
        shape = substitutions.get(name)
        values = shape.values if isinstance(shape, String) else None
        if values and len(values) == 1 and re.fullmatch(r"-?\d+(\.\d+)?|true|false", next(iter(values))):
            filled.add(name)
            return next(iter(values))
        return '"${' + name + '}"'

    parts = _TEXT.split(text)  # every other one is a JSON text
    parts[::2] = [_TOKEN.sub(one, part) if "${" in part else part for part in parts[::2]]
    return "".join(parts), frozenset(filled)
