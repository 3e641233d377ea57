"""A definition in a file of its own in which CloudFormation's functions stand: part of a template to be.

The Serverless Framework and AWS::Include put such files into one; what the functions give is not known.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

REF, SUB, GET_ATT = "Ref", "Fn::Sub", "Fn::GetAtt"


def without_calls(definition: Any) -> Any:
    """Each function as a token that may be any text. Ref alone is no sign of one: data may be called so."""
    return _without(definition) if any(map(_is_function, _keys(definition))) else definition


def _is_function(key: str) -> bool:
    return key.startswith("Fn::")


def _keys(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield from map(str, one)
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one


def _without(value: Any) -> Any:
    if isinstance(value, list):
        return [_without(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        [(name, told)] = value.items()
        if name == REF or _is_function(str(name)):
            return _token(str(name), told)
    return {key: _without(item) for key, item in value.items()}


def _token(name: str, told: Any) -> str:
    text = told[0] if isinstance(told, list) and told else told
    if not isinstance(text, str) or name not in (REF, SUB, GET_ATT):
        return "${" + name + "}"
    if name == SUB:
        return text
    parts = told if isinstance(told, list) else [text]
    return "${" + ".".join(map(str, parts)) + "}"
