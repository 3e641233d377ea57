"""AWS Lambda for Python zip functions: the service object, its tables, and how functions are named.

Not here: container images, other languages, function URLs, event source mappings, provisioned concurrency,
VPC (stored, without effect), JSON log format. Handlers run on the Python that runs the cloud, whatever
`Runtime` says, and see the network.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError, Service

SCHEMA = """
create table if not exists lambda_function (
    name text not null, version text not null, record text not null, code_sha text not null,
    primary key (name, version));
create table if not exists lambda_setting (
    name text not null, kind text not null, value text not null, primary key (name, kind));
create table if not exists lambda_layer (
    name text not null, version integer not null, record text not null, code_sha text not null,
    is_deleted integer not null default 0, primary key (name, version));
create table if not exists lambda_event (
    id text primary key, name text not null, version text not null, payload blob not null,
    attempts integer not null, received_s real not null, due_s real not null, outcome text);
"""
LATEST = "$LATEST"
SERVICE = Service("lambda", SCHEMA)

ARN = re.compile(
    r"(?:arn:aws[a-z-]*:lambda:[a-z0-9-]+:)?(?:\d{12}:)?(?:function:)?([a-zA-Z0-9-_]{1,140})(?::(\$LATEST|[a-zA-Z0-9-_]+))?"
)


@dataclass(frozen=True)
class Function:
    """One version of a function; `config` is its FunctionConfiguration as boto3 shows it."""

    name: str
    version: str
    config: dict[str, Any]
    code_sha: str


def split_name(given: str, qualifier: str | None = None) -> tuple[str, str | None]:
    """Name and qualifier of a function given by name, partial ARN or ARN."""
    match = ARN.fullmatch(given)
    if match is None:
        raise AwsError(
            "ValidationException",
            f"1 validation error detected: Value '{given}' at 'functionName' failed to satisfy constraint: "
            f"Member must satisfy regular expression pattern: {ARN.pattern}",
        )
    return match[1], qualifier or match[2]


def function_arn(cloud: Cloud, name: str, qualifier: str | None = None) -> str:
    return cloud.arn("lambda", f"function:{name}" + (f":{qualifier}" if qualifier else ""))


def find(cloud: Cloud, given: str, qualifier: str | None = None) -> Function:
    """The function that a request means, aliases followed. Raises: AwsError ResourceNotFoundException."""
    name, qualifier = split_name(given, qualifier)
    version = qualifier or LATEST
    if not (version == LATEST or version.isdigit()):
        alias = setting(cloud, name, f"alias:{version}")
        version = alias["FunctionVersion"] if alias else version
    rows = cloud.store.query("select * from lambda_function where name = ? and version = ?", (name, version))
    if not rows:
        raise not_found(cloud, name, qualifier)
    row = rows[0]
    return Function(name, version, json.loads(row["record"]), row["code_sha"])


def not_found(cloud: Cloud, name: str, qualifier: str | None = None) -> AwsError:
    arn = function_arn(cloud, name, qualifier)
    return AwsError("ResourceNotFoundException", f"Function not found: {arn}", 404, Type="User")


def save(cloud: Cloud, function: Function) -> None:
    with cloud.store.transaction() as connection:
        connection.execute(
            "insert or replace into lambda_function values (?, ?, ?, ?)",
            (function.name, function.version, json.dumps(function.config), function.code_sha),
        )


def setting(cloud: Cloud, name: str, kind: str) -> Any:
    """What is stored beside a function (policy, tags, concurrency, ...); None when there is none."""
    rows = cloud.store.query("select value from lambda_setting where name = ? and kind = ?", (name, kind))
    return json.loads(rows[0]["value"]) if rows else None


def set_setting(cloud: Cloud, name: str, kind: str, value: Any) -> None:
    """Store a value, or with None forget it."""
    with cloud.store.transaction() as connection:
        connection.execute("delete from lambda_setting where name = ? and kind = ?", (name, kind))
        if value is not None:
            connection.execute("insert into lambda_setting values (?, ?, ?)", (name, kind, json.dumps(value)))


def function_resource(cloud: Cloud, params: dict[str, Any]) -> list[str]:
    """For IAM: the function's ARN, qualified when the request is."""
    name, qualifier = split_name(params["FunctionName"], params.get("Qualifier"))
    return [function_arn(cloud, name, qualifier)]


def invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message, 400, Type="User")
