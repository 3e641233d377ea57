"""Scalable targets and their policies as they are kept, and the errors of both."""

import json
import re
import sqlite3
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import AwsError, Service

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

SCHEMA = """
create table if not exists autoscaling_target (resource text primary key, body text not null);
create table if not exists autoscaling_policy (
  resource text not null references autoscaling_target (resource) on delete cascade,
  name text not null, body text not null, primary key (resource, name)
);
create table if not exists autoscaling_activity (
  id text primary key, resource text not null, at_s real not null, body text not null
);
"""
SERVICE = Service("application-autoscaling", SCHEMA)
NAMESPACE, DIMENSION = "sagemaker", "sagemaker:variant:DesiredInstanceCount"
RESOURCE = re.compile(r"endpoint/([A-Za-z0-9-]{1,63})/variant/([A-Za-z0-9-]{1,63})")


@dataclass(frozen=True)
class Variant:
    endpoint: str
    name: str


def invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)


def missing(what: str, params: Mapping[str, Any], more: str = "") -> AwsError:
    return AwsError(
        "ObjectNotFoundException",
        f"No {what} found for service namespace: {params['ServiceNamespace']}, resource ID: "
        f"{params['ResourceId']}, scalable dimension: {params['ScalableDimension']}{more}",
    )


def variant_of(params: Mapping[str, Any]) -> Variant:
    """The variant that a request's members name. Raises: AwsError ValidationException."""
    if params["ServiceNamespace"] != NAMESPACE:
        raise invalid(
            f"ServiceNamespace is {params['ServiceNamespace']}; the embedded cloud scales {NAMESPACE} only"
        )
    if params["ScalableDimension"] != DIMENSION:
        raise invalid(f"ScalableDimension is {params['ScalableDimension']}; {DIMENSION} is supported here")
    return read_resource(params["ResourceId"])


def read_resource(resource: str) -> Variant:
    found = RESOURCE.fullmatch(resource)
    if found is None:
        raise invalid(f"ResourceId {resource} does not have the form endpoint/<name>/variant/<name>")
    return Variant(found[1], found[2])


def target_arn(cloud: "Cloud", resource: str) -> str:
    name = uuid.uuid5(uuid.NAMESPACE_URL, cloud.arn("application-autoscaling", resource)).hex
    return cloud.arn("application-autoscaling", f"scalable-target/{name}")


def one_target(cloud: "Cloud", params: dict[str, Any]) -> list[str]:
    return [target_arn(cloud, params["ResourceId"])]


def find_target(cloud: "Cloud", resource: str) -> dict[str, Any] | None:
    rows = cloud.store.query("select body from autoscaling_target where resource = ?", (resource,))
    return json.loads(rows[0]["body"]) if rows else None


def policies_of(cloud: "Cloud", resource: str) -> list[dict[str, Any]]:
    rows = cloud.store.query(
        "select body from autoscaling_policy where resource = ? order by name", (resource,)
    )
    return [json.loads(row["body"]) for row in rows]


def save_policy(connection: sqlite3.Connection, policy: dict[str, Any]) -> None:
    """Nothing when the policy's target is gone meanwhile."""
    connection.execute(
        "insert or replace into autoscaling_policy select resource, ?, ? from autoscaling_target"
        " where resource = ?",
        (policy["PolicyName"], json.dumps(policy), policy["ResourceId"]),
    )


def shown(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record as boto3 shows it; members that begin with `_` are ours alone."""
    plain = {key: value for key, value in record.items() if not key.startswith("_")}
    for key in ("CreationTime", "StartTime", "EndTime"):
        if key in plain:
            plain[key] = datetime.fromtimestamp(plain[key], UTC)
    return plain


def page(found: list[dict[str, Any]], params: Mapping[str, Any], key: str) -> dict[str, Any]:
    """One page of records under `key`, and the next one's token if there is one."""
    token, most = params.get("NextToken", "0"), params.get("MaxResults", 50)
    if not token.isdecimal():
        raise AwsError("InvalidNextTokenException", "The next token is invalid")
    start = int(token)
    more = {"NextToken": str(start + most)} if len(found) > start + most else {}
    return {key: [shown(one) for one in found[start : start + most]], **more}
