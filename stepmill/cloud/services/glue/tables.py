"""Glue's tables, look-ups and refusals."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import AwsError, Service

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

SCHEMA = """
create table if not exists glue_job (name text primary key, created_s real not null, data text not null);
create table if not exists glue_run (
    seq integer primary key autoincrement, id text unique not null, job text not null, data text not null,
    is_over integer not null default 0, owes_event integer not null default 0, attempt text unique);
create index if not exists glue_run_job on glue_run (job, is_over);
create table if not exists glue_database (name text primary key, data text not null);
create table if not exists glue_table (
    database text not null, name text not null, data text not null, primary key (database, name));
create table if not exists glue_partition (
    database text not null, name text not null, "values" text not null, data text not null,
    primary key (database, name, "values"));
create table if not exists glue_tag (arn text primary key, tags text not null);
"""
SERVICE = Service("glue", SCHEMA)
TIMES = frozenset({"CreatedOn", "LastModifiedOn", "StartedOn", "CompletedOn", "CreateTime", "UpdateTime"})
DEFAULT_PAGE = 100


def invalid(message: str) -> AwsError:
    return AwsError("InvalidInputException", message)


def not_found(message: str) -> AwsError:
    return AwsError("EntityNotFoundException", message)


def shown(data: dict[str, Any]) -> dict[str, Any]:
    """A record as boto3 shows it: times as datetimes, our own members (`_...`) left out."""
    return {
        key: datetime.fromtimestamp(value, UTC) if key in TIMES else value
        for key, value in data.items()
        if not key.startswith("_")
    }


def page(
    rows: list[dict[str, Any]], params: dict[str, Any], most: int = DEFAULT_PAGE
) -> tuple[list[Any], Any]:
    """One page of records and the NextToken member if there is more. Raises: AwsError for a bad token."""
    token = params.get("NextToken") or "0"
    if not token.isdecimal():
        raise invalid(f"NextToken {token!r} is none that this operation gave")
    start, count = int(token), min(params.get("MaxResults") or most, most)
    more = {"NextToken": str(start + count)} if start + count < len(rows) else {}
    return rows[start : start + count], more


def job_arn(cloud: "Cloud", name: str) -> str:
    return cloud.arn("glue", f"job/{name}")


def job_resource(cloud: "Cloud", params: dict[str, Any]) -> list[str]:
    return [job_arn(cloud, params.get("JobName") or params["Name"])]


def find_job(cloud: "Cloud", name: str) -> dict[str, Any]:
    """Raises: AwsError EntityNotFoundException."""
    rows = cloud.store.query("select data from glue_job where name = ?", (name,))
    if not rows:
        raise not_found(f"Failed to find job {name}; make it with CreateJob")
    found: dict[str, Any] = json.loads(rows[0]["data"])
    return found


def set_tags(cloud: "Cloud", arn: str, tags: dict[str, str]) -> None:
    with cloud.store.transaction() as connection:
        connection.execute("delete from glue_tag where arn = ?", (arn,))
        if tags:
            connection.execute("insert into glue_tag values (?, ?)", (arn, json.dumps(tags)))


def tags_of(cloud: "Cloud", arn: str) -> dict[str, str]:
    rows = cloud.store.query("select tags from glue_tag where arn = ?", (arn,))
    return json.loads(rows[0]["tags"]) if rows else {}
