"""What callers are told of an execution, and the history of one as AWS's HistoryEvent."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .flow import Event
from .timestamps import moment

_WHOLE = {"truncated": False}
_FIXED = {
    "ExecutionStarted": ("executionStartedEventDetails", "input"),
    "ExecutionSucceeded": ("executionSucceededEventDetails", "output"),
    "TaskScheduled": ("taskScheduledEventDetails", "parameters"),
    "LambdaFunctionScheduled": ("lambdaFunctionScheduledEventDetails", "input"),
}
_WITHOUT_DETAILS = {"LambdaFunctionStarted"}


@dataclass(frozen=True)
class Execution:
    """`status` is RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED; times are seconds since the epoch."""

    execution_arn: str
    state_machine_arn: str
    name: str
    status: str
    input: str
    output: str | None
    error: str | None
    cause: str | None
    start_s: float
    stop_s: float | None
    role_arn: str | None
    definition: str


def history(events: Iterable[Event]) -> list[dict[str, Any]]:
    return [_history_event(*event) for event in events]


def _history_event(
    number: int,
    previous: int,
    at_s: float,
    type: str,
    name: str | None,
    data: str | None,
    more: dict[str, Any] | None,
) -> dict[str, Any]:
    event: dict[str, Any] = {
        "timestamp": moment(at_s),
        "type": type,
        "id": number,
        "previousEventId": previous,
    }
    member, data_member = _members(type)
    details: dict[str, Any] = dict(more or {})
    if name is not None:
        details["name"] = name
    if data is not None:
        details[data_member] = data
        if data_member != "parameters":
            details[f"{data_member}Details"] = _WHOLE
    if member is not None and (details or type.startswith("Execution")):
        event[member] = details
    return event


def _members(type: str) -> tuple[str | None, str]:
    """The member that holds the event's details, and the one of those that holds its data."""
    if type in _FIXED:
        return _FIXED[type]
    if type.endswith("StateEntered"):
        return "stateEnteredEventDetails", "input"
    if type.endswith("StateExited"):
        return "stateExitedEventDetails", "output"
    if type in _WITHOUT_DETAILS:
        return None, "output"
    return f"{type[0].lower()}{type[1:]}EventDetails", "output"
