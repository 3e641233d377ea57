"""Amazon API Gateway's REST APIs: the service object, its tables, and what all operations share.

APIs come from an OpenAPI or Swagger body. Real are: Lambda proxy and no other integration, IAM and API-key
authorization, request validators with models, stages, throttling, usage plans with quotas, access logs.

Not here: other integrations (MOCK, HTTP, AWS), Lambda and Cognito authorizers, resource policies, caching,
canaries, custom domains, gateway responses, WAF, client certificates, resources and methods made one by one.
A body that asks for one of the first three is refused by name; other operations are answered by moto, which
knows none of these APIs.
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import Answer, AwsError, Handler, Request, Service

SCHEMA = """
create table if not exists apigateway_record (
    kind text not null, parent text not null, id text not null, created_s real not null, data text not null,
    primary key (kind, parent, id));
create table if not exists apigateway_use (
    plan text not null, key text not null, day text not null, calls integer not null,
    primary key (plan, key, day));
"""
SERVICE = Service("apigateway", SCHEMA)
ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
DEFAULT_PAGE = 25
LABELS = {
    "RestApi": "API identifier",
    "Stage": "stage identifier",
    "Deployment": "Deployment identifier",
    "ApiKey": "API Key identifier",
    "UsagePlan": "Usage Plan ID",
    "UsagePlanKey": "API Key identifier",
}


def operation(name: str, method: str, path: str) -> Callable[[Handler], Handler]:
    """Register `name`; its IAM action is `apigateway:<method>` on `path`, filled from the parameters."""

    def resources(cloud: Cloud, params: dict[str, Any]) -> list[str]:
        filled = path.format_map({key: value for key, value in params.items() if isinstance(value, str)})
        return [f"arn:aws:apigateway:{cloud.region}::{filled}"]

    return SERVICE.operation(name, action=f"apigateway:{method}", resources=resources)


def new_id(request: Request, length: int = 10) -> str:
    """The same one for the same attempt, so that an attempt made twice has one effect."""
    if request.attempt is None:
        return "".join(secrets.choice(ALPHABET) for _ in range(length))
    digest = hashlib.sha256(f"{request.operation}/{request.attempt}".encode()).digest()
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:length])


def find(cloud: Cloud, kind: str, parent: str, identity: str) -> dict[str, Any] | None:
    rows = cloud.store.query(
        "select data from apigateway_record where kind = ? and parent = ? and id = ?",
        (kind, parent, identity),
    )
    return json.loads(rows[0]["data"]) if rows else None


def known(cloud: Cloud, kind: str, parent: str, identity: str) -> dict[str, Any]:
    """Raises: AwsError NotFoundException."""
    data = find(cloud, kind, parent, identity)
    if data is None:
        raise AwsError("NotFoundException", f"Invalid {LABELS[kind]} specified", 404)
    return data


def save(cloud: Cloud, kind: str, parent: str, identity: str, data: Mapping[str, Any]) -> None:
    """A new record, or the whole of a changed one."""
    with cloud.store.transaction() as connection:
        connection.execute(
            "insert into apigateway_record values (?, ?, ?, ?, ?) "
            "on conflict (kind, parent, id) do update set data = excluded.data",
            (kind, parent, identity, cloud.clock.time(), json.dumps(data)),
        )


def remove(cloud: Cloud, kind: str, parent: str, identity: str) -> None:
    known(cloud, kind, parent, identity)
    with cloud.store.transaction() as connection:
        connection.execute(
            "delete from apigateway_record where kind = ? and parent = ? and id = ?", (kind, parent, identity)
        )


def everything(cloud: Cloud, kind: str, parent: str = "") -> list[dict[str, Any]]:
    """All records of a kind below `parent`, the oldest first."""
    rows = cloud.store.query(
        "select data from apigateway_record where kind = ? and parent = ? order by created_s, id",
        (kind, parent),
    )
    return [json.loads(row["data"]) for row in rows]


def shown(data: Mapping[str, Any]) -> Answer:
    """The record as boto3 shows it: times as times, without what is ours alone (keys that begin with `_`)."""
    return {
        key: datetime.fromtimestamp(value, UTC) if key.endswith("Date") else value
        for key, value in data.items()
        if not key.startswith("_")
    }


def page(records: Sequence[Mapping[str, Any]], params: Mapping[str, Any]) -> Answer:
    """One page of a listing. Raises: AwsError BadRequestException for a position of no listing."""
    position = params.get("position", "0")
    if not position.isdecimal():
        raise bad(f"Invalid position specified: {position!r:.40}")
    start, most = int(position), int(params.get("limit") or DEFAULT_PAGE)
    more = {"position": str(start + most)} if len(records) > start + most else {}
    return {"items": [shown(one) for one in records[start : start + most]], **more}


def bad(message: str) -> AwsError:
    return AwsError("BadRequestException", message, 400)


def conflict(message: str) -> AwsError:
    return AwsError("ConflictException", message, 409)
