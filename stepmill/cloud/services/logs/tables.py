"""Log groups' rows, names and ARNs, and retention."""

import sqlite3
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import AwsError, Service

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

SCHEMA = """
create table if not exists log_group (
  name text primary key, created_s real not null, retention_days integer, key_id text, class text not null
);
create table if not exists log_stream (
  grp text not null references log_group(name) on delete cascade, name text not null, created_s real not null,
  first_ms integer, last_ms integer, ingested_ms integer, primary key (grp, name)
);
create table if not exists log_event (
  id integer primary key, grp text not null, stream text not null,
  time_ms integer not null, ingested_ms integer not null, message text not null,
  foreign key (grp, stream) references log_stream(grp, name) on delete cascade
);
create index if not exists log_event_by_time on log_event (grp, stream, time_ms, id);
create table if not exists log_tag (
  grp text not null references log_group(name) on delete cascade, key text not null, value text not null,
  primary key (grp, key)
);
"""

SERVICE = Service("logs", SCHEMA)
SWEEP_EVERY_S = 3600.0


@SERVICE.on_start
def sweep_hourly(cloud: "Cloud") -> None:
    sweep(cloud)
    cloud.scheduler.call_at(cloud.clock.time() + SWEEP_EVERY_S, lambda: sweep_hourly(cloud))


def sweep(cloud: "Cloud") -> None:
    """Drop what is older than its group's retention."""
    with cloud.store.transaction() as conn:
        conn.execute(
            "delete from log_event where id in"
            " (select e.id from log_event e join log_group g on e.grp = g.name"
            " where g.retention_days is not null and e.time_ms < (? - g.retention_days * 86400) * 1000)",
            (cloud.clock.time(),),
        )


def now_ms(cloud: "Cloud") -> int:
    return int(cloud.clock.time() * 1000)


def group_name(params: dict[str, Any]) -> str:
    """From a name or, in `logGroupIdentifier` and ARNs, from `arn:…:log-group:<name>[:*]`."""
    given = params.get("logGroupName") or params.get("logGroupIdentifier") or params.get("resourceArn") or ""
    if given.startswith("arn:"):
        return str(given.split(":log-group:", 1)[-1].removesuffix(":*"))
    if not given:
        raise AwsError("InvalidParameterException", "One of logGroupName and logGroupIdentifier is required")
    return str(given)


def group_arn(cloud: "Cloud", name: str) -> str:
    return cloud.arn("logs", f"log-group:{name}")


def group_resource(cloud: "Cloud", params: dict[str, Any]) -> list[str]:
    return [f"{group_arn(cloud, group_name(params))}:*"]


def stream_resource(cloud: "Cloud", params: dict[str, Any]) -> list[str]:
    return [f"{group_arn(cloud, group_name(params))}:log-stream:{params.get('logStreamName', '*')}"]


def find_group(conn: sqlite3.Connection, name: str) -> sqlite3.Row:
    row: sqlite3.Row | None = conn.execute("select * from log_group where name = ?", (name,)).fetchone()
    if row is None:
        raise AwsError("ResourceNotFoundException", f"The specified log group does not exist: {name}")
    return row


def find_stream(conn: sqlite3.Connection, group: str, name: str) -> sqlite3.Row:
    find_group(conn, group)
    row: sqlite3.Row | None = conn.execute(
        "select * from log_stream where grp = ? and name = ?", (group, name)
    ).fetchone()
    if row is None:
        raise AwsError(
            "ResourceNotFoundException", f"The specified log stream does not exist: {name} in {group}"
        )
    return row


def page_limit(params: dict[str, Any], default: int, most: int) -> int:
    limit: int = params.get("limit", default)
    if not 1 <= limit <= most:
        raise AwsError("InvalidParameterException", f"limit is {limit}; allowed: 1 to {most}")
    return limit
