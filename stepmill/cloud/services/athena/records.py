"""Executions as they are remembered, and the events that tell of their ends."""

import json
import uuid
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

OVER = frozenset({"SUCCEEDED", "FAILED", "CANCELLED"})
EVENT = "Athena Query State Change"


def change(cloud: "Cloud", query_id: str, state: str, **changes: Any) -> bool:
    """Write an execution's state and members; False, and nothing written, when it is over."""
    with cloud.store.transaction() as connection:
        row = connection.execute(
            "select data from athena_execution where id = ? and not is_over", (query_id,)
        ).fetchone()
        if row is None:
            return False
        data = json.loads(row["data"])
        status = data["Status"] | {"State": state}
        if state in OVER:
            status["CompletionDateTime"] = cloud.clock.time()
            if reason := changes.pop("reason", ""):
                status["StateChangeReason"] = reason
                status["AthenaError"] = {
                    "ErrorCategory": 2,
                    "ErrorType": 1000,
                    "Retryable": False,
                    "ErrorMessage": reason,
                }
        data |= {**changes, "Status": status}
        is_over = int(state in OVER)
        connection.execute(
            "update athena_execution set data = ?, is_over = ?, owes_event = ? where id = ?",
            (json.dumps(data), is_over, is_over, query_id),
        )
    if is_over:
        emit(cloud, query_id)
    return True


def emit(cloud: "Cloud", query_id: str) -> None:
    """Publish the end of a query, and then no longer owe it. The same end has the same event id."""
    data = json.loads(
        cloud.store.query("select data from athena_execution where id = ?", (query_id,))[0]["data"]
    )
    state = data["Status"]["State"]
    detail = {
        "versionId": "0",
        "currentState": state,
        "previousState": "RUNNING",
        "statementType": data["StatementType"],
        "queryExecutionId": query_id,
        "workgroupName": data["WorkGroup"],
        "sequenceNumber": "3",
    }
    identity = uuid.uuid5(uuid.NAMESPACE_URL, f"athena {query_id} {state}")
    cloud.emit("aws.athena", EVENT, detail, event_id=str(identity))
    with cloud.store.transaction() as connection:
        connection.execute("update athena_execution set owes_event = 0 where id = ?", (query_id,))


def under_way(cloud: "Cloud") -> list[str]:
    return [
        row["id"]
        for row in cloud.store.query("select id from athena_execution where not is_over order by seq")
    ]


def owing(cloud: "Cloud") -> list[str]:
    return [
        row["id"]
        for row in cloud.store.query("select id from athena_execution where owes_event order by seq")
    ]
