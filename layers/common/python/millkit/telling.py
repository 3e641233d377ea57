"""Who tells people of a window: one execution of all that may run it, so that no mail comes twice.

An execution that has claimed to tell and has ended without SNS taking its message has told nobody: the next
one may. Where it cannot be known whether a message went out, as the execution died while it asked, none is
sent again; the end of the dead execution has a mail of its own.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any, Literal

from millkit import storage, windows
from millkit.windows import Layout

# Whether this execution is to tell; whether another one is to, as it still runs; or has told, or may have.
MINE: Literal["mine"] = "mine"
ANOTHER: Literal["another"] = "another"
TOLD: Literal["told"] = "told"
Claim = Literal["mine", "another", "told"]
REFUSED = ("TaskFailed", "TaskStartFailed", "TaskSubmitFailed", "TaskTimedOut")


def claim(s3: Any, states: Any, layout: Layout, window: int, execution_arn: str) -> Claim:
    """Who tells the window. Asked again while all executions stay as they are, the answer is the same."""
    # Of all claims that failed before the last one nothing is to be learned.
    last = windows.highest(s3, layout.place(f"told/{window:08}/"))
    for number in itertools.count(max(1, last)):
        place = layout.place(f"told/{window:08}/{number}.json")
        mine = windows.encoded({"execution_arn": execution_arn})
        if storage.write_once(s3, place, mine, windows.JSON):
            return MINE
        holder = windows.read(s3, place).get("execution_arn", "")
        if holder == execution_arn:
            return MINE
        found = _what_has_told(states, holder, window)
        if found is not None:
            return found
    raise AssertionError  # numbers do not end


def _what_has_told(states: Any, execution_arn: str, window: int) -> Claim | None:
    """None when the execution is over and SNS has taken no message of this window from it."""
    try:
        if states.describe_execution(executionArn=execution_arn)["status"] == "RUNNING":
            return ANOTHER
        events = list(_history(states, execution_arn))
    except states.exceptions.ExecutionDoesNotExist:
        return TOLD
    after = {event["previousEventId"]: event for event in events}
    mails = [event for event in events if _is_mail(event, window)]
    return None if all(_is_refused(event, after) for event in mails) else TOLD


def _is_refused(mail: dict[str, Any], after: dict[int, dict[str, Any]]) -> bool:
    """Whether the call ended with an error; one without an end may have been taken."""
    event = after.get(mail["id"])
    if event is not None and event["type"] == "TaskStarted":
        event = after.get(event["id"])
    return event is not None and event["type"] in REFUSED


def _history(states: Any, execution_arn: str) -> Iterator[dict[str, Any]]:
    more: dict[str, str] = {}
    while True:
        page = states.get_execution_history(
            executionArn=execution_arn, reverseOrder=True, maxResults=1000, **more
        )
        yield from page["events"]
        if not page.get("nextToken"):
            return
        more = {"nextToken": page["nextToken"]}


def _is_mail(event: dict[str, Any], window: int) -> bool:
    details = event.get("taskScheduledEventDetails", {})
    if (details.get("resourceType"), details.get("resource")) != ("sns", "publish"):
        return False
    message = str(json.loads(details.get("parameters", "{}")).get("Message", ""))
    return f"Window: {window}," in message
