"""Log streams, and events put into them."""

import re
import sqlite3
from collections.abc import Iterable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.logs.groups import ensure_group
from stepmill.cloud.services.logs.tables import (
    SERVICE,
    find_group,
    find_stream,
    group_arn,
    group_name,
    group_resource,
    now_ms,
    page_limit,
    stream_resource,
)

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

# Source: PutLogEvents in the CloudWatch Logs API reference.
MOST_EVENTS = 10_000
MOST_BYTES = 1 << 20
EVENT_OVERHEAD_BYTES = 26
OLDEST_MS = 14 * 86_400_000
NEWEST_MS = 2 * 3_600_000
# One message is cut here, as the Logs agent does.
LONGEST_MESSAGE = 256 << 10


@SERVICE.operation("CreateLogStream", resources=group_resource)
def create_log_stream(cloud: "Cloud", request: Request) -> Answer:
    group, name = request.params["logGroupName"], request.params["logStreamName"]
    if not re.fullmatch(r"[^:*]{1,512}", name):
        raise AwsError("InvalidParameterException", f"logStreamName {name!r:.80} must match [^:*]*")
    with cloud.store.transaction() as conn:
        find_group(conn, group)
        if not ensure_stream(conn, cloud, group, name):
            raise AwsError(
                "ResourceAlreadyExistsException", f"The specified log stream already exists: {name}"
            )
    return {}


def ensure_stream(conn: sqlite3.Connection, cloud: "Cloud", group: str, name: str) -> bool:
    """Whether it was made now."""
    inserted = conn.execute(
        "insert or ignore into log_stream values (?, ?, ?, null, null, null)",
        (group, name, cloud.clock.time()),
    )
    return inserted.rowcount == 1


@SERVICE.operation("DeleteLogStream", resources=stream_resource)
def delete_log_stream(cloud: "Cloud", request: Request) -> Answer:
    group, name = request.params["logGroupName"], request.params["logStreamName"]
    with cloud.store.transaction() as conn:
        find_stream(conn, group, name)
        conn.execute("delete from log_stream where grp = ? and name = ?", (group, name))
    return {}


@SERVICE.operation("DescribeLogStreams", resources=group_resource)
def describe_log_streams(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    group, limit = group_name(params), page_limit(params, 50, 50)
    with cloud.store.transaction() as conn:
        find_group(conn, group)
        rows = conn.execute("select * from log_stream where grp = ? order by name", (group,)).fetchall()
    rows = [row for row in rows if row["name"].startswith(params.get("logStreamNamePrefix", ""))]
    if params.get("orderBy") == "LastEventTime":
        rows.sort(key=lambda row: row["last_ms"] or 0)
    if params.get("descending"):
        rows.reverse()
    token = params.get("nextToken", "0")
    if not token.isdecimal():
        raise AwsError("InvalidParameterException", "The specified nextToken is invalid.")
    start = int(token)
    more = {"nextToken": str(start + limit)} if start + limit < len(rows) else {}
    return {"logStreams": [describe(cloud, row) for row in rows[start : start + limit]], **more}


def describe(cloud: "Cloud", row: sqlite3.Row) -> dict[str, Any]:
    found = {
        "logStreamName": row["name"],
        "creationTime": int(row["created_s"] * 1000),
        "firstEventTimestamp": row["first_ms"],
        "lastEventTimestamp": row["last_ms"],
        "lastIngestionTime": row["ingested_ms"],
        "uploadSequenceToken": "1",
        "arn": f"{group_arn(cloud, row['grp'])}:log-stream:{row['name']}",
        "storedBytes": 0,
    }
    return {key: value for key, value in found.items() if value is not None}


@SERVICE.operation("PutLogEvents", resources=stream_resource)
def put_log_events(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    events = [(event["timestamp"], event["message"]) for event in params["logEvents"]]
    check_batch(events)
    now = now_ms(cloud)
    old = [time_ms < now - OLDEST_MS for time_ms, _ in events]
    new = [time_ms > now + NEWEST_MS for time_ms, _ in events]
    good = [
        event for event, is_old, is_new in zip(events, old, new, strict=True) if not is_old and not is_new
    ]
    with cloud.store.transaction() as conn:
        find_stream(conn, params["logGroupName"], params["logStreamName"])
        insert(conn, params["logGroupName"], params["logStreamName"], good, now)
    rejected = {}
    if any(old):
        rejected["tooOldLogEventEndIndex"] = sum(old)
    if any(new):
        rejected["tooNewLogEventStartIndex"] = new.index(True)
    return {"nextSequenceToken": "1", **({"rejectedLogEventsInfo": rejected} if rejected else {})}


def check_batch(events: list[tuple[int, str]]) -> None:
    if len(events) > MOST_EVENTS:
        raise AwsError(
            "InvalidParameterException", f"logEvents has {len(events)} events; allowed: 1 to {MOST_EVENTS}"
        )
    size_bytes = sum(len(message.encode()) + EVENT_OVERHEAD_BYTES for _, message in events)
    if size_bytes > MOST_BYTES:
        raise AwsError(
            "InvalidParameterException", f"Upload too large: {size_bytes} bytes exceeds {MOST_BYTES}"
        )
    if any(later[0] < earlier[0] for earlier, later in pairwise(events)):
        raise AwsError(
            "InvalidParameterException",
            "Log events in a single PutLogEvents request must be in chronological order.",
        )


def append_lines(cloud: "Cloud", group: str, stream: str, lines: Iterable[str]) -> None:
    """What `Cloud.log` does: group and stream are made where they are missing."""
    now = now_ms(cloud)
    with cloud.store.transaction() as conn:
        ensure_group(conn, cloud, group)
        ensure_stream(conn, cloud, group, stream)
        insert(conn, group, stream, [(now, line) for line in lines], now)


def insert(
    conn: sqlite3.Connection, group: str, stream: str, events: list[tuple[int, str]], now: int
) -> None:
    if not events:
        return
    conn.executemany(
        "insert into log_event (grp, stream, time_ms, ingested_ms, message) values (?, ?, ?, ?, ?)",
        [(group, stream, time_ms, now, message[:LONGEST_MESSAGE]) for time_ms, message in events],
    )
    conn.execute(
        "update log_stream set first_ms = min(coalesce(first_ms, ?1), ?1),"
        " last_ms = max(coalesce(last_ms, 0), ?2), ingested_ms = ?3 where grp = ?4 and name = ?5",
        (events[0][0], events[-1][0], now, group, stream),
    )
