"""EventBridge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stepmill.asl.errors import AslError
from stepmill.asl.integrations.call import call, members, pattern_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Unpack

    from stepmill.asl.expressions import Object
    from stepmill.asl.fields import TaskOptions
    from stepmill.asl.states import Task

ENTRIES_LIMIT = 10
_REQUIRED = ("Source", "DetailType", "Detail")


def put_events(
    state_id: str, *, entries: Sequence[Object], task_token: bool = False, **options: Unpack[TaskOptions]
) -> Task:
    """Put up to ten events: each with Source, DetailType, Detail (an object) and, if not the default,
    EventBusName.

    Result: {"Entries": [{"EventId": str}], "FailedEntryCount": int}; a failed entry fails the state.
    """
    if not 1 <= len(entries) <= ENTRIES_LIMIT:
        raise AslError(
            f"States.{state_id}: Parameters.Entries has {len(entries)} events; give 1 to {ENTRIES_LIMIT}"
        )
    for index, entry in enumerate(entries):
        missing = [name for name in _REQUIRED if name not in (members(entry) or {})]
        if missing:
            raise AslError(
                f"States.{state_id}: Parameters.Entries[{index}] lacks {', '.join(missing)}; "
                "events:putEvents requires it"
            )
    resource = "events:putEvents" + pattern_of(wait=False, task_token=task_token)
    return call(state_id, resource, {"Entries": entries}, options)
