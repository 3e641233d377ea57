"""Follows an execution live: each state with its time and status, failures with their cause."""

import json
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.markup import escape

_POLL_S = 0.15
_MOST_CAUSE_CHARS = 600
# Events that end an attempt, and the member that tells why.
_FAILURES = {
    "TaskFailed": "taskFailedEventDetails",
    "TaskTimedOut": "taskTimedOutEventDetails",
    "TaskStartFailed": "taskStartFailedEventDetails",
    "TaskSubmitFailed": "taskSubmitFailedEventDetails",
    "LambdaFunctionFailed": "lambdaFunctionFailedEventDetails",
    "LambdaFunctionTimedOut": "lambdaFunctionTimedOutEventDetails",
}
_SUCCESSES = ("TaskSucceeded", "LambdaFunctionSucceeded")
_ENDS = ("ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted")
JobStarted = Callable[[str, dict[str, Any]], None]


class Follower:
    """Turns history events into lines; keeps what it needs to know of open states."""

    def __init__(self, console: Console, on_submitted: JobStarted | None = None) -> None:
        self._console = console
        self._on_submitted = on_submitted
        self._state: dict[int, tuple[str, int]] = {}  # event id → state it belongs to, depth
        self._entered: dict[tuple[str, int], datetime] = {}
        self._begun: datetime | None = None
        self._failed: set[tuple[str, int]] = set()  # their last attempt failed: left by a Catch
        self._told = ""  # the cause that was shown last

    def show(self, event: dict[str, Any]) -> None:
        kind, number, at = event["type"], event["id"], event["timestamp"]
        self._begun = self._begun or at
        name, depth = self._state.get(event.get("previousEventId", 0), ("", 0))
        if kind.endswith("StateEntered"):
            name = event["stateEnteredEventDetails"]["name"]
            self._entered[name, depth] = at
            self._line(at, depth, f"[cyan]▸[/cyan] {escape(name)}")
        elif kind.endswith("StateExited"):
            name = event["stateExitedEventDetails"]["name"]
            depth = self._depth_of(name, depth)
            seconds = (at - self._entered.get((name, depth), at)).total_seconds()
            sign = "[yellow]↷[/yellow]" if (name, depth) in self._failed else "[green]✓[/green]"
            self._failed.discard((name, depth))
            self._line(at, depth, f"{sign} {escape(name)} [dim]{seconds:.1f} s[/dim]")
        elif kind in ("ParallelStateStarted", "MapIterationStarted"):
            depth += 1
        elif kind in ("ParallelStateSucceeded", "MapIterationSucceeded", "ParallelStateFailed"):
            depth = max(depth - 1, 0)
        elif kind == "TaskSubmitted" and self._on_submitted is not None:
            self._on_submitted(name, event["taskSubmittedEventDetails"])
        elif kind in _SUCCESSES:
            self._failed.discard((name, depth))
        elif kind in _FAILURES:
            self._failed.add((name, depth))
            self._failure(at, depth, name, event.get(_FAILURES[kind], {}))
        elif kind in _ENDS:
            self._failure(at, 0, "execution", event.get(f"{kind[0].lower()}{kind[1:]}EventDetails", {}))
        self._state[number] = (name, depth)

    def _depth_of(self, name: str, depth: int) -> int:
        """A Parallel or Map is left at the depth at which it was entered."""
        while depth > 0 and (name, depth) not in self._entered:
            depth -= 1
        return depth

    def _failure(self, at: datetime, depth: int, name: str, details: dict[str, Any]) -> None:
        cause = in_words(str(details.get("cause") or ""))
        shown = cause if len(cause) <= _MOST_CAUSE_CHARS else f"{cause[:_MOST_CAUSE_CHARS]} …"
        shown, self._told = ("" if cause == self._told else shown), cause
        error = escape(str(details.get("error") or "failed"))
        self._line(at, depth, f"[red]✗[/red] {escape(name)} [red]{error}[/red] {escape(shown)}")

    def _line(self, at: datetime, depth: int, text: str) -> None:
        seconds = (at - (self._begun or at)).total_seconds()
        self._console.print(f"[dim]{seconds:7.1f} s[/dim]  {'   ' * depth}{text}", highlight=False)


def in_words(cause: str) -> str:
    """The sentence in a cause that is a function's error or a job's description; else the cause itself."""
    try:
        found = json.loads(cause)
    except ValueError:
        return cause
    if isinstance(found, dict):
        for field in ("errorMessage", "ExitMessage", "FailureReason"):
            if isinstance(found.get(field), str):
                return str(found[field])
    return cause


def follow(
    client: Any, execution_arn: str, console: Console, on_submitted: JobStarted | None = None
) -> dict[str, Any]:
    """Show the execution until it is over; its last DescribeExecution is returned.

    `client` is a boto3 client of stepfunctions. `on_submitted` hears of each job that a state begins.
    """
    follower, seen = Follower(console, on_submitted), 0
    while True:
        found: dict[str, Any] = client.describe_execution(executionArn=execution_arn)
        for event in events_after(client, execution_arn, seen):
            follower.show(event)
            seen = event["id"]
        if found["status"] != "RUNNING":
            return found
        time.sleep(_POLL_S)


def events_after(client: Any, execution_arn: str, seen: int) -> list[dict[str, Any]]:
    """History events with a higher id than `seen`, oldest first; newest pages are read first."""
    fresh: list[dict[str, Any]] = []
    request: dict[str, Any] = {"executionArn": execution_arn, "reverseOrder": True, "maxResults": 200}
    while True:
        page = client.get_execution_history(**request)
        for event in page["events"]:
            if event["id"] <= seen:
                return fresh[::-1]
            fresh.append(event)
        if "nextToken" not in page:
            return fresh[::-1]
        request["nextToken"] = page["nextToken"]
