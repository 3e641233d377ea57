"""Writing, reading and deleting parameters."""

import re
import sqlite3
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.ssm.tables import (
    SERVICE,
    as_parameter,
    check_name,
    find,
    many_arns,
    one_arn,
    plain_name,
    split_selector,
)

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

STANDARD_LIMIT_BYTES = 4096
ADVANCED_LIMIT_BYTES = 8192
KEPT_VERSIONS = 100


@SERVICE.operation("PutParameter", resources=one_arn)
def put_parameter(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    name = plain_name(params["Name"])
    check_name(name)
    with cloud.store.transaction() as conn:
        last = conn.execute(
            "select * from ssm_version where name = ? order by version desc limit 1", (name,)
        ).fetchone()
        if last is not None and request.attempt and last["attempt"] == request.attempt:
            return {"Version": last["version"], "Tier": last["tier"]}
        row = new_version(cloud, request, name, last)
        columns = ", ".join(row)
        conn.execute(
            f"insert into ssm_version ({columns}) values ({', '.join('?' * len(row))})", tuple(row.values())
        )
        conn.execute(
            "delete from ssm_version where name = ? and version <= ?", (name, row["version"] - KEPT_VERSIONS)
        )
        for tag in params.get("Tags", []):
            conn.execute("insert or replace into ssm_tag values (?, ?, ?)", (name, tag["Key"], tag["Value"]))
    announce(cloud, name, "Create" if last is None else "Update", row["type"], row["description"])
    return {"Version": row["version"], "Tier": row["tier"]}


def new_version(cloud: "Cloud", request: Request, name: str, last: sqlite3.Row | None) -> dict[str, Any]:
    """The row to write. Raises: AwsError for what must not replace `last`."""
    params = request.params
    if last is not None and not params.get("Overwrite"):
        raise AwsError(
            "ParameterAlreadyExists",
            "The parameter already exists. To overwrite this value, set the overwrite option in the "
            "request to true.",
        )
    if params.get("Overwrite") and params.get("Tags"):
        raise AwsError("ValidationException", "Invalid request: tags and overwrite can't be used together.")
    kind = params.get("Type") or (last["type"] if last else None)
    if kind not in ("String", "StringList", "SecureString"):
        problem = f"is {kind!r}" if kind else "is required when you create a parameter"
        raise AwsError("ValidationException", f"Type {problem}; allowed: String, StringList, SecureString")
    if last is not None and kind != last["type"] and "SecureString" in (kind, last["type"]):
        raise AwsError(
            "HierarchyTypeMismatchException", f"Parameter {name} is a {last['type']}, not a {kind}."
        )
    pattern = params.get("AllowedPattern") or (last["allowed_pattern"] if last else None)
    check_value(name, params["Value"], pattern)
    return {
        "name": name,
        "version": last["version"] + 1 if last else 1,
        "value": params["Value"],
        "type": kind,
        "description": params.get("Description") or (last["description"] if last else None),
        "key_id": (params.get("KeyId") or "alias/aws/ssm") if kind == "SecureString" else None,
        "allowed_pattern": pattern,
        "tier": choose_tier(params["Value"], params.get("Tier") or (last["tier"] if last else "Standard")),
        "data_type": params.get("DataType") or "text",
        "modified_s": cloud.clock.time(),
        "modified_by": cloud.authority.arn_of(request.principal),
        "attempt": request.attempt,
    }


def check_value(name: str, value: str, pattern: str | None) -> None:
    if not value:
        raise AwsError(
            "ValidationException", f"Parameter {name}: the value is empty; it has at least 1 character"
        )
    if pattern and not re.search(pattern, value):
        raise AwsError(
            "ParameterPatternMismatchException", f"The value of {name} does not match {pattern!r}."
        )


def choose_tier(value: str, tier: str) -> str:
    size_bytes = len(value.encode())
    if tier == "Intelligent-Tiering":
        tier = "Standard" if size_bytes <= STANDARD_LIMIT_BYTES else "Advanced"
    limit_bytes = STANDARD_LIMIT_BYTES if tier == "Standard" else ADVANCED_LIMIT_BYTES
    if size_bytes > limit_bytes:
        raise AwsError(
            "ValidationException",
            f"{tier} tier parameters support a maximum parameter value of {limit_bytes} characters, "
            f"this one has {size_bytes}.",
        )
    return tier


@SERVICE.operation("GetParameter", resources=one_arn, is_quick=True)
def get_parameter(cloud: "Cloud", request: Request) -> Answer:
    name = request.params["Name"]
    row = find(cloud, name)
    selector = split_selector(plain_name(name))[1]
    return {"Parameter": as_parameter(cloud, row, bool(request.params.get("WithDecryption")), selector)}


@SERVICE.operation("GetParameters", resources=many_arns)
def get_parameters(cloud: "Cloud", request: Request) -> Answer:
    names = request.params["Names"]
    if len(names) > 10:
        raise AwsError("ValidationException", f"Names has {len(names)} members; allowed: 1 to 10")
    found, missing = [], []
    for name in dict.fromkeys(names):
        try:
            row = find(cloud, name)
        except AwsError:
            missing.append(name)
            continue
        selector = split_selector(plain_name(name))[1]
        found.append(as_parameter(cloud, row, bool(request.params.get("WithDecryption")), selector))
    return {"Parameters": found, "InvalidParameters": missing}


@SERVICE.operation("DeleteParameter", resources=one_arn)
def delete_parameter(cloud: "Cloud", request: Request) -> Answer:
    name = plain_name(request.params["Name"])
    if not delete(cloud, name):
        raise AwsError("ParameterNotFound", f"Parameter {name} not found.", 400)
    return {}


@SERVICE.operation("DeleteParameters", resources=many_arns)
def delete_parameters(cloud: "Cloud", request: Request) -> Answer:
    names = list(dict.fromkeys(request.params["Names"]))
    deleted = [name for name in names if delete(cloud, plain_name(name))]
    return {
        "DeletedParameters": deleted,
        "InvalidParameters": [name for name in names if name not in deleted],
    }


def delete(cloud: "Cloud", name: str) -> bool:
    with cloud.store.transaction() as conn:
        rows = conn.execute(
            "delete from ssm_version where name = ? returning type, description", (name,)
        ).fetchall()
        conn.execute("delete from ssm_tag where name = ?", (name,))
    if rows:
        announce(cloud, name, "Delete", rows[-1]["type"], rows[-1]["description"])
    return bool(rows)


def announce(cloud: "Cloud", name: str, operation: str, kind: str, description: str | None) -> None:
    detail = {"operation": operation, "name": name, "type": kind, "description": description or ""}
    arn = cloud.arn("ssm", f"parameter/{name.removeprefix('/')}")
    cloud.emit("aws.ssm", "Parameter Store Change", detail, [arn])
