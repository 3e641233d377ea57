"""What SageMaker remembers: one JSON record for each job, model, endpoint configuration and endpoint.

A record holds the Describe answer, times as seconds since the epoch; keys that begin with `_` are ours alone.
An event that was owed when the process died is emitted at the next start.
"""

import base64
import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import Answer, AwsError

TIMES = {"CreationTime", "LastModifiedTime", "StartTime", "EndTime", "Timestamp"}
TIMES |= {"HyperParameterTuningEndTime"}
TIMES |= {
    f"{kind}{edge}Time" for kind in ("Training", "Processing", "Transform") for edge in ("Start", "End")
}


def find(cloud: Cloud, kind: str, name: str) -> dict[str, Any] | None:
    rows = cloud.store.query("select data from sagemaker_record where kind = ? and name = ?", (kind, name))
    return json.loads(rows[0]["data"]) if rows else None


def add(
    cloud: Cloud, kind: str, name: str, data: dict[str, Any], attempt: str | None, taken: AwsError
) -> bool:
    """Write a new record. False when the same attempt wrote it before. Raises: `taken` if another did."""
    with cloud.store.transaction() as connection:
        row = connection.execute(
            "select attempt from sagemaker_record where kind = ? and name = ?", (kind, name)
        ).fetchone()
        if row is not None:
            if attempt is not None and row["attempt"] == attempt:
                return False
            raise taken
        connection.execute(
            "insert into sagemaker_record (kind, name, created_s, data, attempt) values (?, ?, ?, ?, ?)",
            (kind, name, cloud.clock.time(), json.dumps(data), attempt),
        )
    return True


def change(
    cloud: Cloud, kind: str, name: str, changes: Mapping[str, Any], *, owes_event: bool = False
) -> dict[str, Any]:
    """Write members of a record; a value of None takes the member out. Answers the whole record."""
    with cloud.store.transaction() as connection:
        row = connection.execute(
            "select data from sagemaker_record where kind = ? and name = ?", (kind, name)
        ).fetchone()
        if row is None:
            raise KeyError(f"{kind} {name}")
        data = json.loads(row["data"]) | {"LastModifiedTime": cloud.clock.time()} | dict(changes)
        data = {key: value for key, value in data.items() if value is not None}
        connection.execute(
            "update sagemaker_record set data = ?, owes_event = max(owes_event, ?) where kind = ? and name "
            "= ?",
            (json.dumps(data), int(owes_event), kind, name),
        )
    return data


def remove(cloud: Cloud, kind: str, name: str) -> None:
    with cloud.store.transaction() as connection:
        connection.execute("delete from sagemaker_record where kind = ? and name = ?", (kind, name))


def names(cloud: Cloud, kind: str) -> list[str]:
    rows = cloud.store.query("select name from sagemaker_record where kind = ? order by created_s", (kind,))
    return [row["name"] for row in rows]


def all_of(cloud: Cloud, kind: str) -> list[dict[str, Any]]:
    rows = cloud.store.query("select data from sagemaker_record where kind = ? order by created_s", (kind,))
    return [json.loads(row["data"]) for row in rows]


def by_attempt(cloud: Cloud, kind: str, attempt: str) -> dict[str, Any] | None:
    """What an earlier call of the same attempt wrote, where the name does not tell."""
    rows = cloud.store.query(
        "select data from sagemaker_record where kind = ? and attempt = ?", (kind, attempt)
    )
    return json.loads(rows[0]["data"]) if rows else None


def shown(data: Mapping[str, Any]) -> Answer:
    """The record as boto3 shows it."""
    return {key: as_time(key, value) for key, value in data.items() if not key.startswith("_")}


def as_time(key: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {inner: as_time(inner, one) for inner, one in value.items()}
    if isinstance(value, list):
        return [as_time("", one) for one in value]
    return datetime.fromtimestamp(value, UTC) if key in TIMES and isinstance(value, float) else value


def in_milliseconds(key: str, value: Any) -> Any:
    """The record as an event's detail shows it: times as epoch milliseconds."""
    if isinstance(value, dict):
        return {inner: in_milliseconds(inner, one) for inner, one in value.items()}
    if isinstance(value, list):
        return [in_milliseconds("", one) for one in value]
    return int(value * 1000) if key in TIMES and isinstance(value, float) else value


def emit(cloud: Cloud, kind: str, name: str, detail_type: str, arn_key: str) -> None:
    """Publish the record's state, and then no longer owe it. The same state has the same event id."""
    data = find(cloud, kind, name)
    if data is None:
        return
    told = {key: value for key, value in data.items() if not key.startswith("_")}
    detail = in_milliseconds("", told) | {"Tags": tags_of(cloud, data[arn_key])}
    identity = uuid.uuid5(uuid.NAMESPACE_URL, data[arn_key] + json.dumps(detail, sort_keys=True))
    cloud.emit("aws.sagemaker", detail_type, detail, [data[arn_key]], event_id=str(identity))
    with cloud.store.transaction() as connection:
        connection.execute(
            "update sagemaker_record set owes_event = 0 where kind = ? and name = ? and data = ?",
            (kind, name, json.dumps(data)),
        )


def owing(cloud: Cloud, kind: str) -> list[str]:
    rows = cloud.store.query("select name from sagemaker_record where kind = ? and owes_event", (kind,))
    return [row["name"] for row in rows]


def listing(
    cloud: Cloud, kind: str, params: dict[str, Any], name_key: str, status_key: str | None
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """One page of records, filtered and sorted as List requests ask, and the NextToken member if there is
    more.
    """
    found = all_of(cloud, kind)
    if text := params.get("NameContains"):
        found = [one for one in found if text in one[name_key]]
    if status_key and (status := params.get("StatusEquals")):
        found = [one for one in found if one[status_key] == status]
    for edge, is_after in (("After", True), ("Before", False)):
        for field, key in (("CreationTime", "CreationTime"), ("LastModifiedTime", "LastModifiedTime")):
            if (limit := params.get(f"{field}{edge}")) is not None:
                limit_s = limit.timestamp()
                found = [one for one in found if (one.get(key, 0.0) >= limit_s) == is_after]
    if params.get("SortBy") == "Name":
        found.sort(key=lambda one: one[name_key])
    elif status_key and params.get("SortBy") == "Status":
        found.sort(key=lambda one: one[status_key])
    if params.get("SortOrder", "Descending") == "Descending":
        found.reverse()
    start = int(base64.b64decode(params["NextToken"])) if "NextToken" in params else 0
    most = params.get("MaxResults", 10)
    more = (
        {"NextToken": base64.b64encode(str(start + most).encode()).decode()}
        if len(found) > start + most
        else {}
    )
    return found[start : start + most], more


def tags_of(cloud: Cloud, arn: str) -> dict[str, str]:
    rows = cloud.store.query("select tags from sagemaker_tag where arn = ?", (arn,))
    return json.loads(rows[0]["tags"]) if rows else {}


def add_tags(cloud: Cloud, arn: str, tags: list[dict[str, str]]) -> dict[str, str]:
    merged = tags_of(cloud, arn) | {tag["Key"]: tag["Value"] for tag in tags}
    with cloud.store.transaction() as connection:
        connection.execute("insert or replace into sagemaker_tag values (?, ?)", (arn, json.dumps(merged)))
    return merged


def drop_tags(cloud: Cloud, arn: str, keys: list[str] | None = None) -> None:
    """All of them when no keys are given: the resource is gone."""
    kept = (
        {} if keys is None else {key: value for key, value in tags_of(cloud, arn).items() if key not in keys}
    )
    with cloud.store.transaction() as connection:
        connection.execute("delete from sagemaker_tag where arn = ?", (arn,))
        if kept:
            connection.execute("insert into sagemaker_tag values (?, ?)", (arn, json.dumps(kept)))
