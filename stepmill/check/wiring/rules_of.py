"""The event rules and schedules of a template, however they are written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from stepmill.check.finding import pointer
from stepmill.check.reading.template import MACHINES
from stepmill.check.reading.template_functions import resolve
from stepmill.check.reading.template_names import NAMED
from stepmill.check.reading.template_scope import Scope
from stepmill.check.reading.template_values import ANY
from stepmill.check.records import dataclass

PATTERNS = ("EventBridgeRule", "CloudWatchEvent")
SCHEDULES = {"Schedule": "Schedule", "ScheduleV2": "ScheduleExpression"}


@dataclass(frozen=True)
class Trigger:
    """What starts something.

    where: the resource, or resource.Event. pointer: of its properties. started: logical ids of machines here.
    pattern, schedule: as they resolve, None when there is none; with their pointers. dead_letters: pointer of
    the DeadLetterConfig's Arn, "" when there is none. is_sam: SAM writes the target.
    """

    where: str
    pointer: str
    properties: dict[str, Any]
    pattern: Any = None
    pattern_pointer: str = ""
    schedule: Any = None
    schedule_pointer: str = ""
    targets: tuple[tuple[str, dict[str, Any]], ...] = ()
    machine: str = ""
    is_default_bus: bool = True
    is_scheduler: bool = False


def triggers(scope: Scope) -> Iterator[Trigger]:
    for name, resource in scope.resources.items():
        kind = resource["Type"]
        if kind in ("AWS::Serverless::Function", "AWS::Serverless::StateMachine"):
            yield from _of_sam(scope, name, kind)
        elif kind == "AWS::Events::Rule":
            yield _of_rule(scope, name)
        elif kind == "AWS::Scheduler::Schedule":
            yield _of_scheduler(scope, name)


def _of_sam(scope: Scope, name: str, kind: str) -> Iterator[Trigger]:
    events = scope.properties(name).get("Events")
    for event, told in events.items() if isinstance(events, dict) else ():
        properties = told.get("Properties") if isinstance(told, dict) else None
        if not isinstance(properties, dict):
            continue
        place = pointer("Resources", name, "Properties", "Events", event, "Properties")
        machine = name if kind in MACHINES else ""
        source = str(told.get("Type"))
        if source in PATTERNS:
            pattern = resolve(properties.get("Pattern"), scope)
            yield Trigger(
                f"{name}.{event}", place, properties, pattern, f"{place}/Pattern",
                targets=((place, properties),), machine=machine,
                is_default_bus="EventBusName" not in properties,
            )  # fmt: skip
        elif source in SCHEDULES:
            key = SCHEDULES[source]
            yield Trigger(
                f"{name}.{event}", place, properties, schedule=resolve(properties.get(key), scope),
                schedule_pointer=f"{place}/{key}", targets=((place, properties),), machine=machine,
                is_scheduler=source == "ScheduleV2",
            )  # fmt: skip


def _of_rule(scope: Scope, name: str) -> Trigger:
    properties = scope.properties(name)
    place = pointer("Resources", name, "Properties")
    pattern = resolve(properties.get("EventPattern"), scope)
    if isinstance(pattern, str):
        pattern = parsed(pattern)
    told = properties.get("Targets")
    targets = tuple(
        (f"{place}/Targets/{index}", target)
        for index, target in enumerate(told if isinstance(told, list) else ())
        if isinstance(target, dict)
    )
    return Trigger(
        name, place, properties, pattern, f"{place}/EventPattern",
        schedule=resolve(properties.get("ScheduleExpression"), scope),
        schedule_pointer=f"{place}/ScheduleExpression", targets=targets,
        is_default_bus="EventBusName" not in properties,
    )  # fmt: skip


def _of_scheduler(scope: Scope, name: str) -> Trigger:
    properties = scope.properties(name)
    place = pointer("Resources", name, "Properties")
    target = properties.get("Target")
    return Trigger(
        name, place, properties, schedule=resolve(properties.get("ScheduleExpression"), scope),
        schedule_pointer=f"{place}/ScheduleExpression",
        targets=((f"{place}/Target", target),) if isinstance(target, dict) else (), is_scheduler=True,
    )  # fmt: skip


def parsed(text: str) -> Any:
    """A JSON text's value; None when it is none, or holds what is not known."""
    try:
        return json.loads(text) if ANY not in text else None
    except ValueError:
        return None


def resource_at(scope: Scope, arn: Any, *kinds: str) -> tuple[Scope, str] | None:
    """The resource of one of these types that has this ARN, in any stack that is deployed with this one."""
    from stepmill.check.permissions.roles import tree_of

    if not isinstance(arn, str):
        return None
    for other in tree_of(scope):
        for name in other.of_type(*kinds):
            named = NAMED[str(other.resources[name]["Type"])]
            if arn in (other.arn(name, named), other.ref(name)):
                return other, name
    return None
