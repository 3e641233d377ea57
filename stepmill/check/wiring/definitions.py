"""Machines without a definition: none is given, or what is given can be none."""

from __future__ import annotations

from typing import Any

from stepmill.check.finding import Findings, pointer
from stepmill.check.reading.template import FILES, INLINE, Machine
from stepmill.check.reading.template_functions import call_of
from stepmill.check.rules.sam import DEFINITION_MISSING

# What the functions take that a definition is mostly written with.
_SUB = "a text, or a list of a text and an object"
_JOIN = "a list of a text and a list"


def check_definition(machine: Machine, findings: Findings) -> None:
    """A definition that lies elsewhere, or comes from a macro, is none of these."""
    if machine.subject is not None or _may_come_from_a_macro(machine):
        return
    key = next((key for key in (*INLINE, *FILES) if machine.properties.get(key) is not None), None)
    if key is None:
        keys = ("Definition", "DefinitionUri") if machine.is_sam else (*INLINE, FILES[1])
        findings.add(
            DEFINITION_MISSING,
            machine.pointer,
            f"{machine.logical_id}: has no definition; give {', '.join(keys[:-1])} or {keys[-1]}",
        )
        return
    wanted = _wanted(key, machine.properties[key])
    if wanted:
        findings.add(
            DEFINITION_MISSING,
            machine.pointer + pointer("Properties", key),
            f"{machine.logical_id}: {key} holds no definition; give {wanted}",
        )


def _may_come_from_a_macro(machine: Machine) -> bool:
    if any(not isinstance(one, str) or not one.startswith("AWS::") for one in machine.scope.transforms):
        return True
    resource = machine.scope.resources[machine.logical_id]
    return "Fn::Transform" in machine.properties or "Fn::Transform" in resource


def _wanted(key: str, told: Any) -> str:
    """What would be right there; "" when it may be."""
    match call_of(told):
        case "Fn::Sub":
            return "" if _is_sub(told["Fn::Sub"]) else f"Fn::Sub {_SUB}"
        case "Fn::Join":
            return "" if _is_join(told["Fn::Join"]) else f"Fn::Join {_JOIN}"
        case str():
            return ""
    if key in INLINE:
        return "" if isinstance(told, str | dict) else "a text or an object"
    is_place = isinstance(told, dict) and {"Bucket", "Key"} <= told.keys()
    return "" if is_place or isinstance(told, str) else "a path, or an object with Bucket and Key"


def _is_sub(told: Any) -> bool:
    return isinstance(told, str) or _is_pair(told, dict)


def _is_join(told: Any) -> bool:
    return _is_pair(told, list | dict)


def _is_pair(told: Any, second: Any) -> bool:
    return (
        isinstance(told, list) and len(told) == 2 and isinstance(told[0], str) and isinstance(told[1], second)
    )
