"""What events start a machine with, against the input that it takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from stepmill.check.finding import Findings
from stepmill.check.reading.template import MACHINES
from stepmill.check.reading.template_functions import resolve
from stepmill.check.reading.template_scope import Scope
from stepmill.check.reading.template_values import UNRESOLVED
from stepmill.check.rules.sam_events import EVENT_INPUT_UNFIT
from stepmill.check.shapes.shape import (
    Array,
    Boolean,
    Null,
    Number,
    Object,
    Presence,
    Shape,
    String,
    Union,
    Unknown,
)
from stepmill.check.wiring.rules_of import Trigger, parsed, resource_at

EVENT = dict.fromkeys(
    ("version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"), UNRESOLVED
)
OTHER_WAYS = ("InputPath", "InputTransformer")


def check_input(scope: Scope, trigger: Trigger, inputs: Mapping[str, Shape], findings: Findings) -> None:
    """inputs: by the machines' logical ids."""
    for place, target in trigger.targets:
        machine = trigger.machine or _machine_at(scope, target.get("Arn"))
        shape = inputs.get(machine)
        if shape is None or any(way in target for way in OTHER_WAYS):
            continue
        if "Input" in target:
            text = resolve(target["Input"], scope)
            value = parsed(text) if isinstance(text, str) else None
            where = f"{place}/Input"
            if isinstance(text, str) and "${" not in text and value is None and text.strip() != "null":
                _tell(findings, where, trigger, machine, "is no JSON text")
                continue
            if not isinstance(text, str) or value is None:
                continue
        elif trigger.is_scheduler:
            value, where = {}, place  # the scheduler sends an empty object
        else:
            value, where = EVENT, place
        problem = next(problems(value, shape, "input"), "")
        if problem:
            _tell(findings, where, trigger, machine, problem)


def _tell(findings: Findings, place: str, trigger: Trigger, machine: str, problem: str) -> None:
    findings.add(
        EVENT_INPUT_UNFIT,
        place,
        f"{trigger.where}: starts {machine} with an input that it does not take: {problem}; "
        "give Input that fits",
    )


def _machine_at(scope: Scope, arn: Any) -> str:
    found = resource_at(scope, resolve(arn, scope), *MACHINES)
    return found[1] if found else ""


def problems(value: Any, shape: Shape, where: str) -> Iterator[str]:
    """What keeps a value from fitting; texts that hold symbols fit any text."""
    if value is UNRESOLVED or isinstance(shape, Unknown):
        return
    if isinstance(shape, Union):
        found = [list(problems(value, option, where)) for option in shape.options]
        if all(found):
            yield found[0][0]
        return
    if not _is_kind(value, shape):
        yield f"{where} is {_shown(value)}, not {_kind(shape)}"
        return
    if isinstance(shape, Object):
        yield from _problems_of_object(value, shape, where)
    elif isinstance(shape, Array):
        for index, item in enumerate(value):
            own = shape.prefix[index] if index < len(shape.prefix) else shape.items
            yield from problems(item, own, f"{where}[{index}]")
    elif isinstance(shape, String):
        yield from _problems_of_text(value, shape, where)
    elif isinstance(shape, Number):
        low = shape.minimum is not None and value < shape.minimum
        high = shape.maximum is not None and value > shape.maximum
        if low or high or (shape.values is not None and value not in shape.values):
            yield f"{where} is {value}, which is not allowed"


def _problems_of_object(value: dict[str, Any], shape: Object, where: str) -> Iterator[str]:
    for name, member in shape.members.items():
        if name in value:
            yield from problems(value[name], member.shape, f"{where}.{name}")
        elif member.presence is Presence.ALWAYS:
            yield f"{where} has no {name!r}"
    if shape.rest is None:
        yield from (
            f"{where} has {name!r}, which is not taken" for name in value if name not in shape.members
        )


def _problems_of_text(value: str, shape: String, where: str) -> Iterator[str]:
    if "${" in value:
        return
    is_long = shape.max_length is not None and len(value) > shape.max_length
    if shape.values is not None and value not in shape.values:
        yield f"{where} is {value!r}, not one of {', '.join(sorted(shape.values))}"
    elif len(value) < shape.min_length or is_long:
        yield f"{where} has {len(value)} characters, which is not allowed"
    elif shape.pattern and not _fits(shape.pattern, value):
        yield f"{where} is {value!r}, which does not match {shape.pattern}"


def _fits(pattern: str, value: str) -> bool:
    try:
        return re.search(pattern, value) is not None
    except re.error:
        return True


def _is_kind(value: Any, shape: Shape) -> bool:
    match shape:
        case Object():
            return isinstance(value, dict)
        case Array():
            return isinstance(value, list)
        case String():
            return isinstance(value, str)
        case Boolean():
            return isinstance(value, bool)
        case Number():
            return isinstance(value, int | float) and not isinstance(value, bool)
        case Null():
            return value is None
    return True


def _kind(shape: Shape) -> str:
    names = {
        Object: "an object",
        Array: "a list",
        String: "a text",
        Boolean: "true or false",
        Number: "a number",
    }
    return names.get(type(shape), "null")


def _shown(value: Any) -> str:
    return {dict: "an object", list: "a list", str: "a text", bool: "true or false"}.get(
        type(value), "null" if value is None else "a number"
    )
