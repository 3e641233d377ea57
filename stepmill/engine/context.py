"""The context object, `$$`: made when a path asks for it."""

from typing import TYPE_CHECKING, Any

from .frame import Frame
from .timestamps import iso

if TYPE_CHECKING:
    from .flow import Flow


def context_object(flow: "Flow", frame: Frame, item: tuple[int, Any] | None) -> dict[str, Any]:
    """`item` is (index, value) of the Map iteration whose input is being made."""
    facts = flow.facts
    context: dict[str, Any] = {
        "Execution": {
            "Id": facts.arn,
            "Input": facts.input.value,
            "Name": facts.name,
            "RoleArn": facts.role_arn,
            "StartTime": iso(facts.start_s),
            "RedriveCount": 0,
        },
        "StateMachine": {"Id": facts.machine_arn, "Name": facts.machine_name},
        "State": {
            "Name": frame.state,
            "EnteredTime": iso(frame.entered_s),
            "RetryCount": sum(frame.retries.values()),
        },
    }
    item = item or _enclosing_item(flow, frame)
    if item is not None:
        context["Map"] = {"Item": {"Index": item[0], "Value": item[1]}}
    return context


def _enclosing_item(flow: "Flow", frame: Frame) -> tuple[int, Any] | None:
    while frame.parent is not None:
        parent = flow.frames[frame.parent]
        item = flow.state_of(parent).item(flow, parent, frame.index)
        if item is not None:
            return item
        frame = parent
    return None
