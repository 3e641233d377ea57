"""Who tells people of a window: one execution of all that may run it, so that no mail comes twice.

An execution that has claimed to tell and then died without asking SNS has told nobody: the next one may.
Where it cannot be known whether a message went out, none is sent again; the end of the dead execution has a
mail of its own.
"""

from __future__ import annotations

import json
from typing import Any

from millkit import storage, windows
from millkit.windows import Layout

MOST_CLAIMS = 50


def claim(s3: Any, states: Any, layout: Layout, window: int, execution_arn: str) -> bool:
    """Whether this execution is the one to tell. Asked again, the answer is the same."""
    for number in range(1, MOST_CLAIMS):
        place = layout.place(f"told/{window:08}/{number}.json")
        mine = windows.encoded({"execution_arn": execution_arn})
        if storage.write_once(s3, place, mine, windows.JSON):
            return True
        holder = windows.read(s3, place).get("execution_arn", "")
        if holder == execution_arn:
            return True
        if not has_told_nobody(states, holder, window):
            return False
    return False


def has_told_nobody(states: Any, execution_arn: str, window: int) -> bool:
    """Whether the execution is over and has not asked SNS to tell this window."""
    try:
        if states.describe_execution(executionArn=execution_arn)["status"] == "RUNNING":
            return False
        return not any(_is_mail(event, window) for event in _history(states, execution_arn))
    except states.exceptions.ExecutionDoesNotExist:
        return False


def _history(states: Any, execution_arn: str) -> Any:
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
