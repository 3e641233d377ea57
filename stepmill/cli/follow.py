"""Follows an execution live: one line for each state with its time, what runs now below them.

States that take no time (Pass, Choice and their like) share a line. An error that the machine catches or
tries again is told in a line of its own; one that ends the execution is red, with its whole cause.
"""

import json
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from rich.console import Console, OverflowMethod
from rich.markup import escape

_POLL_S = 0.25
_MOST_CAUSE_CHARS = 600
_MOST_QUIET_CHARS = 60
# Events that end an attempt, and the member that tells why.
_FAILURES = {
    "TaskFailed": "taskFailedEventDetails",
    "TaskTimedOut": "taskTimedOutEventDetails",
    "TaskStartFailed": "taskStartFailedEventDetails",
    "TaskSubmitFailed": "taskSubmitFailedEventDetails",
    "LambdaFunctionFailed": "lambdaFunctionFailedEventDetails",
    "LambdaFunctionTimedOut": "lambdaFunctionTimedOutEventDetails",
}
_ENDS = ("ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted")
_GOOD_END = "ExecutionSucceeded"
_ATTEMPTS = ("TaskScheduled", "LambdaFunctionScheduled")
_QUIET = ("PassStateExited", "ChoiceStateExited", "SucceedStateExited")
JobStarted = Callable[[str, dict[str, Any]], None]
State = tuple[str, int]  # name, depth


class Follower:
    """Turns history events into lines; keeps what it needs to know of open states."""

    def __init__(self, console: Console, on_submitted: JobStarted | None = None) -> None:
        self._console = console
        self._on_submitted = on_submitted
        self._state: dict[int, State] = {}  # event id → state it belongs to
        self._entered: dict[State, datetime] = {}
        self._failed: dict[State, dict[str, Any]] = {}  # not yet known whether caught or tried again
        self._quiet: list[str] = []
        self._quiet_since: tuple[datetime, int] | None = None
        self._begun: datetime | None = None

    @property
    def running(self) -> list[str]:
        """The states that are entered and not yet left, outermost first."""
        return [name for name, _ in self._entered]

    def show(self, event: dict[str, Any]) -> None:
        kind, number, at = event["type"], event["id"], event["timestamp"]
        self._begun = self._begun or at
        name, depth = self._state.get(event.get("previousEventId", 0), ("", 0))
        if kind.endswith("StateEntered"):
            name = event["stateEnteredEventDetails"]["name"]
            self._entered[name, depth] = at
            if kind == "ParallelStateEntered" or kind == "MapStateEntered":
                self._line(at, depth, f"[cyan]▸[/cyan] {escape(name)}")
        elif kind.endswith("StateExited"):
            name = event["stateExitedEventDetails"]["name"]
            depth = self._depth_of(name, depth)
            self._exited((name, depth), kind, at)
        elif kind in ("ParallelStateStarted", "MapIterationStarted"):
            depth += 1
        elif kind in ("ParallelStateSucceeded", "MapIterationSucceeded", "ParallelStateFailed"):
            depth = max(depth - 1, 0)
        elif kind == "TaskSubmitted" and self._on_submitted is not None:
            self._on_submitted(name, event["taskSubmittedEventDetails"])
        elif kind in _ATTEMPTS and (name, depth) in self._failed:
            self._passing(at, (name, depth), "↻", "tried again after")
        elif kind in _FAILURES:
            self._failed[name, depth] = event.get(_FAILURES[kind], {})
        elif kind in _ENDS:
            for (failed, level), details in self._failed.items():
                self._failure(at, level, failed, details)
            details = event.get(f"{kind[0].lower()}{kind[1:]}EventDetails", {})
            self._failure(at, 0, "execution", details)
        self._state[number] = (name, depth)

    def flush(self) -> None:
        """Write the quiet states that wait for a line."""
        if self._quiet and self._quiet_since:
            at, depth = self._quiet_since
            names, self._quiet = escape(" → ".join(self._quiet)), []
            self._write(at, depth, f"[dim]· {names}[/dim]")

    def _exited(self, state: State, kind: str, at: datetime) -> None:
        name, depth = state
        seconds = (at - self._entered.pop(state, at)).total_seconds()
        if state in self._failed:
            self._passing(at, state, "↷", "caught")
        elif kind in _QUIET:
            width = sum(len(one) + 3 for one in self._quiet)
            if self._quiet_since is None or self._quiet_since[1] != depth or width > _MOST_QUIET_CHARS:
                self.flush()
            if not self._quiet:
                self._quiet_since = (at, depth)
            self._quiet.append(name)
        else:
            self._line(at, depth, f"[green]✓[/green] {escape(name)} [dim]{seconds:.1f} s[/dim]")

    def _depth_of(self, name: str, depth: int) -> int:
        """A Parallel or Map is left at the depth at which it was entered."""
        while depth > 0 and (name, depth) not in self._entered:
            depth -= 1
        return depth

    def _passing(self, at: datetime, state: State, mark: str, word: str) -> None:
        details = self._failed.pop(state)
        error = escape(str(details.get("error") or "failure"))
        cause = escape(in_words(str(details.get("cause") or "")))
        name, depth = state
        self._line(at, depth, f"[yellow]{mark}[/yellow] {escape(name)} [dim]{word} {error}: {cause}[/dim]")

    def _failure(self, at: datetime, depth: int, name: str, details: dict[str, Any]) -> None:
        cause = in_words(str(details.get("cause") or ""))
        shown = cause if len(cause) <= _MOST_CAUSE_CHARS else f"{cause[:_MOST_CAUSE_CHARS]} …"
        error = escape(str(details.get("error") or "failed"))
        self._line(
            at, depth, f"[red]✗[/red] {escape(name)} [red]{error}[/red] {escape(shown)}", is_whole=True
        )

    def _line(self, at: datetime, depth: int, text: str, *, is_whole: bool = False) -> None:
        self.flush()
        self._write(at, depth, text, is_whole=is_whole)

    def _write(self, at: datetime, depth: int, text: str, *, is_whole: bool = False) -> None:
        """One line, cut where the terminal ends unless it must be read whole."""
        seconds = (at - (self._begun or at)).total_seconds()
        line = f"[dim]{seconds:7.1f} s[/dim]  {'   ' * depth}{text}"
        overflow: OverflowMethod = "fold" if is_whole else "ellipsis"
        self._console.print(line, highlight=False, no_wrap=not is_whole, overflow=overflow)


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
    follower, seen, is_over = Follower(console, on_submitted), 0, False
    with console.status("") as status:
        while True:
            for event in events_after(client, execution_arn, seen):
                follower.show(event)
                seen, is_over = event["id"], event["type"] in _ENDS or event["type"] == _GOOD_END
            follower.flush()
            if is_over:
                found: dict[str, Any] = client.describe_execution(executionArn=execution_arn)
                if found["status"] != "RUNNING":
                    return found
            status.update(escape(", ".join(follower.running)))
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
