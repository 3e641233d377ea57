"""Reading events back: one stream page by page, or a group through a filter."""

import re
import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING

from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.logs.tables import (
    SERVICE,
    find_group,
    find_stream,
    group_name,
    group_resource,
    page_limit,
    stream_resource,
)

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

FOREVER_MS = 1 << 62
Position = tuple[int, int]


@SERVICE.operation("GetLogEvents", resources=stream_resource)
def get_log_events(cloud: "Cloud", request: Request) -> Answer:
    """Tokens are `f/` or `b/` and the time and id of the event to go on from, exclusive."""
    params = request.params
    group, stream, limit = group_name(params), params["logStreamName"], page_limit(params, 10_000, 10_000)
    direction, position = read_token(params.get("nextToken"), bool(params.get("startFromHead")))
    sign, order = (">", "asc") if direction == "f" else ("<", "desc")
    with cloud.store.transaction() as conn:
        find_stream(conn, group, stream)
        rows = conn.execute(
            f"select * from log_event where grp = ? and stream = ? and time_ms >= ? and time_ms < ?"
            f" and (time_ms, id) {sign} (?, ?) order by time_ms {order}, id {order} limit ?",
            (group, stream, params.get("startTime", 0), params.get("endTime", FOREVER_MS), *position, limit),
        ).fetchall()
    if direction == "b":
        rows.reverse()
    first = (rows[0]["time_ms"], rows[0]["id"]) if rows else position
    last = (rows[-1]["time_ms"], rows[-1]["id"]) if rows else position
    return {
        "events": [
            {"timestamp": row["time_ms"], "message": row["message"], "ingestionTime": row["ingested_ms"]}
            for row in rows
        ],
        "nextForwardToken": "f/{}/{}".format(*last),
        "nextBackwardToken": "b/{}/{}".format(*first),
    }


def read_token(token: str | None, from_head: bool) -> tuple[str, Position]:
    if token is None:
        return ("f", (-1, -1)) if from_head else ("b", (FOREVER_MS, FOREVER_MS))
    match = re.fullmatch(r"([fb])/(-?\d{1,19})/(-?\d{1,19})", token)
    if not match:
        raise AwsError("InvalidParameterException", "The specified nextToken is invalid.")
    return match[1], (int(match[2]), int(match[3]))


@SERVICE.operation("FilterLogEvents", resources=group_resource)
def filter_log_events(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    group, limit = group_name(params), page_limit(params, 10_000, 10_000)
    _, position = read_token(params.get("nextToken"), True)
    keep = compile_pattern(params.get("filterPattern", ""))
    names = params.get("logStreamNames")
    prefix = params.get("logStreamNamePrefix", "")
    found: list[sqlite3.Row] = []
    with cloud.store.transaction() as conn:
        find_group(conn, group)
        rows = conn.execute(
            "select * from log_event where grp = ? and time_ms between ? and ? and (time_ms, id) > (?, ?)"
            " order by time_ms, id",
            (group, params.get("startTime", 0), params.get("endTime", FOREVER_MS), *position),
        )
        for row in rows:
            if (
                row["stream"].startswith(prefix)
                and (names is None or row["stream"] in names)
                and keep(row["message"])
            ):
                found.append(row)
                if len(found) > limit:
                    break
    page = found[:limit]
    more = {"nextToken": f"f/{page[-1]['time_ms']}/{page[-1]['id']}"} if len(found) > limit else {}
    events = [
        {
            "logStreamName": row["stream"],
            "timestamp": row["time_ms"],
            "message": row["message"],
            "ingestionTime": row["ingested_ms"],
            "eventId": str(row["id"]),
        }
        for row in page
    ]
    return {"events": events, "searchedLogStreams": [], **more}


def compile_pattern(pattern: str) -> Callable[[str], bool]:
    """Terms and "quoted phrases" that a message must hold, `-` must not, `?` one of which it must.

    Raises: AwsError for JSON, column and regular-expression patterns.
    """
    pattern = pattern.strip()
    if pattern[:1] in ("{", "[", "%"):
        raise AwsError(
            "InvalidParameterException", f"filterPattern {pattern!r:.80}: only terms are known here"
        )
    needed: list[str] = []
    refused: list[str] = []
    either: list[str] = []
    for sign, quoted, bare in re.findall(r'([-?]?)(?:"([^"]*)"|(\S+))', pattern):
        {"": needed, "-": refused, "?": either}[sign].append(quoted or bare)
    return lambda message: (
        all(term in message for term in needed)
        and not any(term in message for term in refused)
        and (not either or bool(needed) or any(term in message for term in either))
    )
