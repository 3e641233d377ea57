"""Retry and Catch, timeouts and heartbeats."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepmill.check.rules.fields import FIELD_TYPE, FIELD_VALUE
from stepmill.check.rules.retries import (
    CATCHER_UNREACHABLE,
    ERROR_NAME_UNKNOWN,
    HEARTBEAT_NOT_SHORTER,
    RETRIER_UNREACHABLE,
    RETRY_VALUE,
    STATES_ALL_POSITION,
    TOKEN_WITHOUT_TIMEOUT,
)
from stepmill.check.rules.structure import NOT_AN_OBJECT
from stepmill.check.syntax.fields import check_fields, nearest
from stepmill.check.syntax.grammar import CATCHER, RETRIER
from stepmill.check.syntax.place import Place, is_token, shown

# Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
ERROR_NAMES = (
    "States.ALL",
    "States.BranchFailed",
    "States.DataLimitExceeded",
    "States.ExceedToleratedFailureThreshold",
    "States.HeartbeatTimeout",
    "States.Http.Socket",
    "States.IntrinsicFailure",
    "States.ItemReaderFailed",
    "States.NoChoiceMatched",
    "States.ParameterPathFailure",
    "States.Permissions",
    "States.QueryEvaluationError",
    "States.ResultPathMatchFailure",
    "States.ResultWriterFailed",
    "States.Runtime",
    "States.TaskFailed",
    "States.Timeout",
)
# http:invoke reports States.Http.StatusCode.404 and its like.
_OPEN_NAMES = ("States.Http.",)
_EVERY_TASK_ERROR = "States.TaskFailed"


def check_errors(place: Place, state: Mapping[str, Any]) -> None:
    """place: of the state."""
    for field, what, part in (("Retry", "a retrier", RETRIER), ("Catch", "a catcher", CATCHER)):
        rules = state.get(field)
        if not isinstance(rules, list):
            continue
        taken: set[str] = set()
        for position, rule in enumerate(rules):
            at = place.at(field, position)
            if not isinstance(rule, dict):
                at.tell(NOT_AN_OBJECT, f"{what} is {shown(rule)}; it must be an object")
                continue
            good = check_fields(at, what, rule, part)
            if "ErrorEquals" in good and isinstance(rule["ErrorEquals"], list):
                is_last = position == len(rules) - 1
                _check_names(at, field, rule["ErrorEquals"], taken, is_last=is_last)
            if {"IntervalSeconds", "MaxDelaySeconds"} <= good:
                _check_delay(at, rule)


def _check_names(place: Place, field: str, names: list[Any], taken: set[str], *, is_last: bool) -> None:
    """`taken` are the names of the rules before; these are added."""
    at = place.at("ErrorEquals")
    if not names:
        place.tell(FIELD_VALUE, "ErrorEquals is empty; name at least one error", at=at)
    texts = [name for name in names if isinstance(name, str)]
    for position, name in enumerate(names):
        if not isinstance(name, str):
            place.tell(FIELD_TYPE, f"ErrorEquals holds {shown(name)}; names are strings", at=at.at(position))
        elif name not in place.raised and _is_unknown(name):
            place.tell(
                ERROR_NAME_UNKNOWN,
                f"ErrorEquals names {shown(name)}, which Step Functions never reports",
                available=ERROR_NAMES,
                meant=_meant(name),
                at=at.at(position),
                is_breaking=False,
            )
    if "States.ALL" in texts and (len(names) > 1 or not is_last):
        what = "is not alone" if len(names) > 1 else "is not the last"
        advice = "give it a rule of its own at the end" if len(names) > 1 else "move it to the end"
        place.tell(STATES_ALL_POSITION, f"States.ALL {what}; {advice}", at=at, is_breaking=False)
    elif texts and len(texts) == len(names) and all(_is_taken(name, taken) for name in texts):
        rule = RETRIER_UNREACHABLE if field == "Retry" else CATCHER_UNREACHABLE
        place.tell(
            rule,
            f"ErrorEquals names only what an earlier rule takes ({', '.join(texts)}); move it before that",
            is_breaking=False,
        )
    taken.update(texts)


def _is_unknown(name: str) -> bool:
    return (
        name.startswith("States.")
        and name not in ERROR_NAMES
        and not name.startswith(_OPEN_NAMES)
        and not is_token(name)
    )


def _meant(name: str) -> str:
    """The prefix that all have would make all near."""
    short = {each.removeprefix("States."): each for each in ERROR_NAMES}
    return short.get(nearest(name.removeprefix("States."), short), "")


def _is_taken(name: str, taken: set[str]) -> bool:
    is_of_task = not name.startswith("States.") and not is_token(name)
    return name in taken or (is_of_task and _EVERY_TASK_ERROR in taken)


def _check_delay(place: Place, retrier: Mapping[str, Any]) -> None:
    interval_s, delay_s = retrier["IntervalSeconds"], retrier["MaxDelaySeconds"]
    if is_token(interval_s) or is_token(delay_s) or delay_s > interval_s:
        return
    place.tell(
        RETRY_VALUE,
        f"MaxDelaySeconds is {delay_s}, not more than IntervalSeconds {interval_s}; raise it",
        at=place.at("MaxDelaySeconds"),
        is_breaking=False,
    )


def check_timeouts(
    place: Place, task: Mapping[str, Any], good: set[str], *, has_machine_timeout: bool
) -> None:
    """place: of a Task. good: its fields that are well written."""
    timeout_s: Any = task.get("TimeoutSeconds")
    heartbeat_s: Any = task.get("HeartbeatSeconds")
    are_numbers = isinstance(timeout_s, (int, float)) and isinstance(heartbeat_s, (int, float))
    if {"TimeoutSeconds", "HeartbeatSeconds"} <= good and are_numbers and heartbeat_s >= timeout_s:
        place.tell(
            HEARTBEAT_NOT_SHORTER,
            f"HeartbeatSeconds is {heartbeat_s}, not less than TimeoutSeconds {timeout_s}; shorten it",
            at=place.at("HeartbeatSeconds"),
            is_breaking=False,
        )
    resource = task.get("Resource")
    is_waiting = isinstance(resource, str) and resource.endswith(".waitForTaskToken")
    limits = ("TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath")
    if is_waiting and not has_machine_timeout and not any(name in task for name in limits):
        place.tell(
            TOKEN_WITHOUT_TIMEOUT,
            "it waits for its token for up to a year; give TimeoutSeconds or HeartbeatSeconds",
            is_breaking=False,
        )
