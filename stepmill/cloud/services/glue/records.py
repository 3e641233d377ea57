"""Runs of jobs as they are remembered, and the events that tell of their ends.

An end, the retry that it asks for and the event that it owes are written together: a kill loses none of them.
"""

import json
import secrets
import uuid
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import AwsError
from stepmill.cloud.services.glue.tables import not_found

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

OVER = frozenset({"SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT"})
# Source: https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-glue.html
SEVERITY = {"SUCCEEDED": "INFO", "STOPPED": "INFO", "TIMEOUT": "WARN", "FAILED": "ERROR"}
EVENT = "Glue Job State Change"


def add(cloud: "Cloud", data: dict[str, Any], attempt: str | None) -> str:
    """Write a new run, unless the attempt wrote one before; answers the run's id.

    Raises: AwsError ConcurrentRunsExceededException when as many as the job allows are under way.
    """
    job, most = data["JobName"], data["_MostAtOnce"]
    with cloud.store.transaction() as connection:
        known = connection.execute("select id from glue_run where attempt = ?", (attempt,)).fetchone()
        if known is not None:
            return str(known["id"])
        (under_way,) = connection.execute(
            "select count(*) from glue_run where job = ? and not is_over", (job,)
        ).fetchone()
        if under_way >= most:
            raise AwsError(
                "ConcurrentRunsExceededException",
                f"Concurrent runs exceeded for {job}: {under_way} under way, "
                f"ExecutionProperty.MaxConcurrentRuns is {most}",
            )
        run_id = f"jr_{secrets.token_hex(32)}"
        insert(connection, data | {"Id": run_id}, attempt)
    return run_id


def insert(connection: Any, data: dict[str, Any], attempt: str | None) -> None:
    connection.execute(
        "insert into glue_run (id, job, data, attempt) values (?, ?, ?, ?)",
        (data["Id"], data["JobName"], json.dumps(data), attempt),
    )


def find(cloud: "Cloud", job: str, run_id: str) -> dict[str, Any]:
    """Raises: AwsError EntityNotFoundException."""
    rows = cloud.store.query("select data from glue_run where id = ? and job = ?", (run_id, job))
    if not rows:
        raise not_found(f"Job Run {run_id} of job {job} was not found")
    found: dict[str, Any] = json.loads(rows[0]["data"])
    return found


def change(cloud: "Cloud", run_id: str, **changes: Any) -> dict[str, Any] | None:
    """Write members of a run under way; None, and nothing written, when it is over."""
    with cloud.store.transaction() as connection:
        row = connection.execute(
            "select data from glue_run where id = ? and not is_over", (run_id,)
        ).fetchone()
        if row is None:
            return None
        data: dict[str, Any] = json.loads(row["data"]) | changes | {"LastModifiedOn": cloud.clock.time()}
        connection.execute("update glue_run set data = ? where id = ?", (json.dumps(data), run_id))
    return data


def begin(cloud: "Cloud", run_id: str) -> bool:
    """Whether the run is RUNNING now: not one that somebody has stopped meanwhile."""
    with cloud.store.transaction() as connection:
        row = connection.execute("select data from glue_run where id = ?", (run_id,)).fetchone()
        if json.loads(row["data"])["JobRunState"] != "STARTING":
            return False
        return change(cloud, run_id, JobRunState="RUNNING") is not None


def end(cloud: "Cloud", run_id: str, state: str, message: str = "") -> str | None:
    """The last word on a run, told to the world.

    Answers the id of the retry that a failure begins, if any.
    """
    retry = None
    now = cloud.clock.time()
    with cloud.store.transaction() as connection:
        data = change(
            cloud,
            run_id,
            JobRunState=state,
            CompletedOn=now,
            **({"ErrorMessage": message} if message else {}),
        )
        if data is None:
            return None
        took_s = max(int(now - data["StartedOn"]), 0)
        last = data | {"ExecutionTime": took_s, "DPUSeconds": took_s * data["MaxCapacity"]}
        connection.execute(
            "update glue_run set data = ?, is_over = 1, owes_event = 1 where id = ?",
            (json.dumps(last), run_id),
        )
        if state == "FAILED" and data["Attempt"] < data["_MaxRetries"]:
            retry = add_retry(connection, data, now)
    emit(cloud, run_id)
    return retry


def add_retry(connection: Any, data: dict[str, Any], now: float) -> str:
    """A retry takes the place of the run that failed, so it is not held against MaxConcurrentRuns."""
    number = data["Attempt"] + 1
    again = {key: value for key, value in data.items() if key not in ("CompletedOn", "ErrorMessage")}
    again |= {"Id": f"{data['Id'].partition('_attempt_')[0]}_attempt_{number}", "Attempt": number}
    again |= {"PreviousRunId": data["Id"], "JobRunState": "STARTING", "StartedOn": now, "LastModifiedOn": now}
    insert(connection, again, None)
    return str(again["Id"])


def emit(cloud: "Cloud", run_id: str) -> None:
    """Publish the end of a run, and then no longer owe it. The same end has the same event id."""
    data = json.loads(cloud.store.query("select data from glue_run where id = ?", (run_id,))[0]["data"])
    state = data["JobRunState"]
    detail = {"jobName": data["JobName"], "severity": SEVERITY[state], "state": state, "jobRunId": run_id}
    detail["message"] = data.get("ErrorMessage") or f"Job run {state.lower()}"
    identity = uuid.uuid5(uuid.NAMESPACE_URL, f"glue {run_id} {state}")
    cloud.emit("aws.glue", EVENT, detail, event_id=str(identity))
    with cloud.store.transaction() as connection:
        connection.execute("update glue_run set owes_event = 0 where id = ?", (run_id,))


def under_way(cloud: "Cloud") -> list[dict[str, Any]]:
    rows = cloud.store.query("select data from glue_run where not is_over order by seq")
    return [json.loads(row["data"]) for row in rows]


def owing(cloud: "Cloud") -> list[str]:
    return [row["id"] for row in cloud.store.query("select id from glue_run where owes_event order by seq")]
