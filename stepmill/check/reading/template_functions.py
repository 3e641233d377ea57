"""CloudFormation's functions, resolved as far as a template alone allows.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from stepmill.check.patterns import late_pattern
from stepmill.check.reading.template_scope import Scope, section
from stepmill.check.reading.template_values import (
    ANY,
    NO_VALUE,
    UNRESOLVED,
    Either,
    Kind,
    Symbol,
    alternatives,
    either,
    joined,
    text_of,
)

# What Fn::Sub replaces: ${Name}, ${Name.Attribute}, ${!Literal}.
SUB_TOKEN = late_pattern(r"\$\{(!?)([^}]*)\}")
_DYNAMIC = late_pattern(r"\{\{(resolve:[^}]+)\}\}")


def call_of(value: Any) -> str | None:
    """The function's name when `value` calls one."""
    if isinstance(value, dict) and len(value) == 1:
        name = next(iter(value))
        if name == "Ref" or (isinstance(name, str) and name.startswith("Fn::")):
            return str(name)
    return None


def resolve(value: Any, scope: Scope) -> Any:
    """`value` with its functions replaced by what they give; any JSON value is taken."""
    if isinstance(value, str):
        return _dynamic(value, scope) if "{{resolve:" in value else value
    if isinstance(value, list):
        return _list(value, scope)
    if not isinstance(value, dict):
        return value
    name = call_of(value)
    if name is not None:
        try:
            return _FUNCTIONS[name](value[name], scope) if name in _FUNCTIONS else UNRESOLVED
        except (TypeError, ValueError, LookupError, AttributeError):
            return UNRESOLVED  # a malformed call
    found = {key: resolve(item, scope) for key, item in value.items()}
    return {key: item for key, item in found.items() if item is not NO_VALUE}


def sub_names(text: str) -> list[str]:
    """The names that the text of a Fn::Sub uses."""
    return [name.strip() for literal, name in SUB_TOKEN.findall(text) if not literal]


def _list(items: list[Any], scope: Scope) -> Any:
    found: list[Any] = []
    for item in items:
        value = resolve(item, scope)
        if value is NO_VALUE:
            continue
        found.append(value)
    return found


def _sub(value: Any, scope: Scope) -> Any:
    text, extra = (value, {}) if isinstance(value, str) else (value[0], value[1])
    given = {name: resolve(item, scope) for name, item in extra.items()}
    parts: list[Any] = []
    end = 0
    for token in SUB_TOKEN.finditer(text):
        parts.append(text[end : token.start()])
        end = token.end()
        name = token[2].strip()
        if token[1]:
            parts.append("${" + token[2] + "}")
        elif name in given:
            parts.append(given[name])
        elif "." in name and not name.startswith("AWS::"):
            parts.append(scope.attribute(*name.split(".", 1)))
        else:
            parts.append(scope.ref(name))
    joint = joined([*parts, text[end:]])
    return either(_dynamic(one, scope) if isinstance(one, str) else one for one in alternatives(joint))


def _get_att(value: Any, scope: Scope) -> Any:
    name, attribute = value.split(".", 1) if isinstance(value, str) else value
    return scope.attribute(name, resolve(attribute, scope))


def _join(value: Any, scope: Scope) -> Any:
    separator, items = value
    found = resolve(items, scope)
    return joined(found, str(separator)) if isinstance(found, list) else UNRESOLVED


def _select(value: Any, scope: Scope) -> Any:
    index, items = (resolve(part, scope) for part in value)
    return either(
        one[int(index)] if isinstance(one, list) and int(index) < len(one) else UNRESOLVED
        for one in alternatives(items)
    )


def _split(value: Any, scope: Scope) -> Any:
    separator, source = value
    found = resolve(source, scope)
    if not isinstance(found, str) or ANY in found:
        return UNRESOLVED
    # A symbol holds no separator that it should be split at, or nobody knows: `${AWS::Region}` has colons.
    kept = re.split(r"(\$\{[^}]*\})", found)
    parts = [""]
    for position, part in enumerate(kept):
        if position % 2:
            parts[-1] += part
            continue
        first, *rest = part.split(separator)
        parts[-1] += first
        parts += rest
    return parts


def _if(value: Any, scope: Scope) -> Any:
    _, yes, no = value
    return either([resolve(yes, scope), resolve(no, scope)])


def _find_in_map(value: Any, scope: Scope) -> Any:
    found: list[Any] = [section(scope.document, "Mappings")]
    names = [resolve(part, scope) for part in value[:3]]
    for name in names:
        below: list[Any] = []
        for table in found:
            if isinstance(name, str) and "${" not in name:
                below.append(table[name])
            else:
                below += table.values()
        found = below
    known = either(found)
    if known is not UNRESOLVED:
        return known
    return scope.symbol(_plain("map." + ".".join(map(text_of, names))), Kind.PARAMETER)


def _import(value: Any, scope: Scope) -> Any:
    name = text_of(resolve(value, scope))
    return scope.symbol(_plain("import " + name), Kind.PARAMETER)


def _plain(name: str) -> str:
    """A symbol's name from a text that may hold symbols."""
    return name.replace("${", "").replace("}", "")


def _to_json(value: Any, scope: Scope) -> Any:
    found = resolve(value, scope)
    return UNRESOLVED if _holds_special(found) else json.dumps(found, separators=(",", ":"))


def _holds_special(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_special, value.values()))
    if isinstance(value, list):
        return any(map(_holds_special, value))
    return isinstance(value, Either) or value in (UNRESOLVED, NO_VALUE)


def _dynamic(text: str, scope: Scope) -> str:
    def one(match: re.Match[str]) -> str:
        name = _plain(match[1])
        scope.symbols.setdefault(name, Symbol(Kind.PARAMETER))
        return "${" + name + "}"

    return _DYNAMIC.sub(one, text)


_FUNCTIONS: dict[str, Callable[[Any, Scope], Any]] = {
    "Ref": lambda name, scope: scope.ref(name),
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAtt": _get_att,
    "Fn::If": _if,
    "Fn::ImportValue": _import,
    "Fn::Join": _join,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Sub": _sub,
    "Fn::ToJsonString": _to_json,
}
