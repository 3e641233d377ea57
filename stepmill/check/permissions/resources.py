"""The ARNs that an action is asked for, from its request."""

from __future__ import annotations

import re
from collections.abc import Mapping

from stepmill.check.patterns import late_pattern
from stepmill.check.permissions.actions import Action
from stepmill.check.permissions.arguments import ANYTHING, Arguments, plain, products

PLACES = {"Partition": "${AWS::Partition}", "Region": "${AWS::Region}", "Account": "${AWS::AccountId}"}
MOST_TYPES = 4
_PLACEHOLDER = late_pattern(r"\$\{([^}]+)\}")
_NAME_AT_END = late_pattern(r"(?:\$\{[^}]+\}|[^/:])+$")
# Members that name a resource in services that call it only that.
_LAST_RESORT = ("name", "arn", "id", "resource")
_ON_ANOTHER_BUS = "rule-on-custom-event-bus"


def arn(service: str, resource: str) -> str:
    return f"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{resource}"


def resources(action: Action, arguments: Arguments) -> tuple[list[str], bool]:
    """The ARNs that one request needs to be allowed on, and whether each of them is surely needed.

    `*` for an action without resource types. Of several types those count that the request names; when it
    names none, one of them is meant, and nobody knows which.
    """
    types = _of_the_bus(action.required or action.optional, arguments)
    named = {kind: told for kind, told in types.items() if _named(kind, told, arguments)}
    is_one = len(action.required) == 1
    patterns = types if is_one else named or types
    if not patterns or len(patterns) > MOST_TYPES:
        return [ANYTHING], True
    found = [one for kind, told in patterns.items() for one in filled(kind, told, arguments)]
    return list(dict.fromkeys(found)), is_one or bool(named) or not action.required


def _of_the_bus(types: Mapping[str, str], arguments: Arguments) -> Mapping[str, str]:
    """A rule is on EventBridge's default bus unless another is named."""
    if _ON_ANOTHER_BUS not in types or not arguments.is_known:
        return types
    if arguments.called("eventbus") not in ([], ["default"]):
        return types
    return {kind: told for kind, told in types.items() if kind != _ON_ANOTHER_BUS}


def _named(kind: str, pattern: str, arguments: Arguments) -> bool:
    names = [name for name in _PLACEHOLDER.findall(pattern) if name not in PLACES]
    return bool(names) and all(arguments.called(plain(name), plain(kind)) for name in names)


def filled(kind: str, pattern: str, arguments: Arguments) -> list[str]:
    """The ARNs of one type of resource that a request names."""
    names = [name for name in _PLACEHOLDER.findall(pattern) if name not in PLACES]
    values = {name: arguments.called(plain(name)) for name in names}
    if names and not any(values.values()):
        values[names[0]] = arguments.called(plain(kind), *(_LAST_RESORT if len(names) == 1 else ()))
    whole = [text for told in values.values() for text in told if is_arn(text)]
    if len(names) > 1:
        # One that names what holds the resource, as a cluster does its tasks, gives a part of the ARN.
        whole = [text for text in whole if _is_of(text, pattern)]
    if whole:
        return whole
    found = []
    for chosen in products([list(map(_last_part, values[name])) or [ANYTHING] for name in names]):
        by_name = dict(zip(names, chosen, strict=True))
        found.append(_fill(pattern, by_name))
    return found


def _is_of(text: str, pattern: str) -> bool:
    """An ARN of the type that the pattern describes; of a symbol nobody can tell."""
    given, wanted = (_PLACEHOLDER.sub("$", one).split(":", 5) for one in (text, pattern))
    return len(given) < 6 or len(wanted) < 6 or given[5].startswith(wanted[5].partition("$")[0])


def _last_part(text: str) -> str:
    """The name that ends an ARN; any other text as it is."""
    found = _NAME_AT_END.search(text) if text.startswith("arn:") else None
    return found[0] if found else text


def _fill(pattern: str, values: dict[str, str]) -> str:
    def one(match: re.Match[str]) -> str:
        name = match[1]
        if name in PLACES:
            return PLACES[name]
        value = values[name]
        return value.removeprefix("/") if name.endswith("WithoutLeadingSlash") else value

    return re.sub(r"\*+", ANYTHING, _PLACEHOLDER.sub(one, pattern))


def is_arn(text: str, member: str = "") -> bool:
    """A text that is an ARN, or a symbol that stands for all of one. member: of the request that holds it."""
    if text.startswith("arn:"):
        return True
    symbol = re.fullmatch(r"\$\{([^}]+)\}", text)
    return symbol is not None and (member or symbol[1]).lower().endswith("arn")
