"""Log groups and their retention."""

import re
import sqlite3
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.logs.tables import (
    SERVICE,
    find_group,
    group_arn,
    group_resource,
    page_limit,
    sweep,
)

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

# Source: PutRetentionPolicy in the CloudWatch Logs API reference.
RETENTION_DAYS = frozenset(
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]
)


@SERVICE.operation("CreateLogGroup", resources=group_resource)
def create_log_group(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    name = params["logGroupName"]
    if not re.fullmatch(r"[.\-_/#A-Za-z0-9]{1,512}", name):
        raise AwsError(
            "InvalidParameterException", rf"logGroupName {name!r:.80} must match [\.\-_/#A-Za-z0-9]+"
        )
    with cloud.store.transaction() as conn:
        made = ensure_group(
            conn, cloud, name, params.get("kmsKeyId"), params.get("logGroupClass", "STANDARD")
        )
        if not made:
            raise AwsError(
                "ResourceAlreadyExistsException", f"The specified log group already exists: {name}"
            )
        for key, value in params.get("tags", {}).items():
            conn.execute("insert into log_tag values (?, ?, ?)", (name, key, value))
    return {}


def ensure_group(
    conn: sqlite3.Connection, cloud: "Cloud", name: str, key_id: str | None = None, kind: str = "STANDARD"
) -> bool:
    """Whether it was made now."""
    inserted = conn.execute(
        "insert or ignore into log_group values (?, ?, null, ?, ?)", (name, cloud.clock.time(), key_id, kind)
    )
    return inserted.rowcount == 1


@SERVICE.operation("DeleteLogGroup", resources=group_resource)
def delete_log_group(cloud: "Cloud", request: Request) -> Answer:
    name = request.params["logGroupName"]
    with cloud.store.transaction() as conn:
        find_group(conn, name)
        conn.execute("delete from log_group where name = ?", (name,))
    return {}


@SERVICE.operation("PutRetentionPolicy", resources=group_resource)
def put_retention_policy(cloud: "Cloud", request: Request) -> Answer:
    days = request.params["retentionInDays"]
    if days not in RETENTION_DAYS:
        allowed = ", ".join(map(str, sorted(RETENTION_DAYS)))
        raise AwsError("InvalidParameterException", f"retentionInDays is {days}; allowed: {allowed}")
    set_retention(cloud, request.params["logGroupName"], days)
    sweep(cloud)
    return {}


@SERVICE.operation("DeleteRetentionPolicy", resources=group_resource)
def delete_retention_policy(cloud: "Cloud", request: Request) -> Answer:
    set_retention(cloud, request.params["logGroupName"], None)
    return {}


def set_retention(cloud: "Cloud", name: str, days: int | None) -> None:
    with cloud.store.transaction() as conn:
        find_group(conn, name)
        conn.execute("update log_group set retention_days = ? where name = ?", (days, name))


@SERVICE.operation("DescribeLogGroups")
def describe_log_groups(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    limit = page_limit(params, 50, 50)
    prefix, part = params.get("logGroupNamePrefix", ""), params.get("logGroupNamePattern", "")
    rows = [
        row
        for row in cloud.store.query(
            "select g.*, (select coalesce(sum(length(message) + 26), 0) from log_event where grp = g.name)"
            " as size"
            " from log_group g where g.name > ? order by g.name",
            (params.get("nextToken", ""),),
        )
        if row["name"].startswith(prefix) and part.lower() in row["name"].lower()
    ]
    token = {"nextToken": rows[limit - 1]["name"]} if len(rows) > limit else {}
    return {"logGroups": [describe(cloud, row) for row in rows[:limit]], **token}


def describe(cloud: "Cloud", row: sqlite3.Row) -> dict[str, Any]:
    arn = group_arn(cloud, row["name"])
    found = {
        "logGroupName": row["name"],
        "creationTime": int(row["created_s"] * 1000),
        "retentionInDays": row["retention_days"],
        "metricFilterCount": 0,
        "arn": f"{arn}:*",
        "logGroupArn": arn,
        "storedBytes": row["size"],
        "kmsKeyId": row["key_id"],
        "logGroupClass": row["class"],
    }
    return {key: value for key, value in found.items() if value is not None}
