"""Athena's tables, look-ups and refusals."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import AwsError, Service

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

SCHEMA = """
create table if not exists athena_workgroup (name text primary key, data text not null);
create table if not exists athena_query (id text primary key, data text not null, token text unique);
create table if not exists athena_execution (
    seq integer primary key autoincrement, id text unique not null, workgroup text not null,
    data text not null, is_over integer not null default 0, owes_event integer not null default 0,
    token text unique);
"""
SERVICE = Service("athena", SCHEMA)
PRIMARY = "primary"
CATALOG = "AwsDataCatalog"
TIMES = frozenset({"CreationTime", "SubmissionDateTime", "CompletionDateTime"})


def invalid(message: str, code: str = "INVALID_INPUT") -> AwsError:
    return AwsError("InvalidRequestException", message, 400, AthenaErrorCode=code)


def shown(value: Any, key: str = "") -> Any:
    """A record as boto3 shows it: times as datetimes, our own members (`_...`) left out."""
    if isinstance(value, dict):
        return {name: shown(one, name) for name, one in value.items() if not name.startswith("_")}
    return datetime.fromtimestamp(value, UTC) if key in TIMES else value


def page(ids: list[Any], params: dict[str, Any], most: int) -> tuple[list[Any], dict[str, str]]:
    """One page, and the NextToken member if there is more. Raises: AwsError for a bad token."""
    token = params.get("NextToken") or "0"
    if not token.isdecimal():
        raise invalid(f"NextToken {token!r} is none that this operation gave")
    start, count = int(token), min(params.get("MaxResults") or most, most)
    return ids[start : start + count], ({"NextToken": str(start + count)} if start + count < len(ids) else {})


def workgroup_arn(cloud: "Cloud", name: str) -> str:
    return cloud.arn("athena", f"workgroup/{name}")


def workgroup_resource(cloud: "Cloud", params: dict[str, Any]) -> list[str]:
    return [workgroup_arn(cloud, params.get("WorkGroup") or params.get("Name") or PRIMARY)]


def find_workgroup(cloud: "Cloud", name: str) -> dict[str, Any]:
    """`primary` is always there. Raises: AwsError InvalidRequestException."""
    rows = cloud.store.query("select data from athena_workgroup where name = ?", (name,))
    if rows:
        found: dict[str, Any] = json.loads(rows[0]["data"])
        return found
    if name == PRIMARY:
        configuration = {"EnforceWorkGroupConfiguration": False, "PublishCloudWatchMetricsEnabled": True}
        return {"Name": PRIMARY, "State": "ENABLED", "Configuration": configuration, "CreationTime": 0.0}
    raise invalid(f"WorkGroup {name} is not found.")


def find_execution(cloud: "Cloud", query_id: str) -> dict[str, Any]:
    """Raises: AwsError InvalidRequestException."""
    rows = cloud.store.query("select data from athena_execution where id = ?", (query_id,))
    if not rows:
        raise invalid(f"QueryExecution {query_id} was not found")
    found: dict[str, Any] = json.loads(rows[0]["data"])
    return found


def execution_resource(cloud: "Cloud", params: dict[str, Any]) -> list[str]:
    """Queries are guarded by their workgroup."""
    rows = cloud.store.query(
        "select workgroup from athena_execution where id = ?", (params["QueryExecutionId"],)
    )
    return [workgroup_arn(cloud, rows[0]["workgroup"] if rows else PRIMARY)]
