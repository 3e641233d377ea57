"""Parameters' rows, names and ARNs."""

import re
import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import AwsError, Service

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

SCHEMA = """
create table if not exists ssm_version (
  name text not null, version integer not null, value text not null, type text not null,
  description text, key_id text, allowed_pattern text, tier text not null, data_type text not null,
  modified_s real not null, modified_by text not null, attempt text,
  primary key (name, version)
);
create table if not exists ssm_tag (
  name text not null, key text not null, value text not null, primary key (name, key)
);
"""

SERVICE = Service("ssm", SCHEMA)

LATEST = "select name, max(version) as version from ssm_version group by name"


def plain_name(name: str) -> str:
    """The name of a parameter that is given by name or ARN."""
    if not name.startswith("arn:"):
        return name
    inner = name.split(":", 5)[-1].removeprefix("parameter/")
    return f"/{inner}" if "/" in inner else inner


def parameter_arn(cloud: "Cloud", name: str) -> str:
    return cloud.arn("ssm", f"parameter/{name.removeprefix('/')}")


def one_arn(cloud: "Cloud", params: dict[str, Any]) -> list[str]:
    return [parameter_arn(cloud, split_selector(plain_name(params["Name"]))[0])]


def many_arns(cloud: "Cloud", params: dict[str, Any]) -> list[str]:
    return [parameter_arn(cloud, split_selector(plain_name(name))[0]) for name in params["Names"]]


def check_name(name: str) -> None:
    """Raises: AwsError ValidationException. Source: PutParameter in the Systems Manager API reference."""
    if not re.fullmatch(r"[a-zA-Z0-9_.\-/]{1,1011}", name) or ("/" in name and not name.startswith("/")):
        raise AwsError(
            "ValidationException",
            f"Parameter name {name!r:.100} must be a fully qualified name; it may hold letters, digits "
            "and _ . - and, in a hierarchy that begins with /, more /",
        )
    if re.match(r"/?(aws|ssm)", name, re.IGNORECASE):
        raise AwsError(
            "ValidationException", f'Parameter name {name!r}: can\'t be prefixed with "aws" or "ssm"'
        )
    if name.count("/") > 15:
        raise AwsError("HierarchyLevelLimitExceededException", f"Parameter name {name!r} has over 15 levels")


def split_selector(name: str) -> tuple[str, str | None]:
    """`name:3` asks for version 3."""
    plain, _, selector = name.partition(":")
    return plain, selector or None


def find(cloud: "Cloud", name: str) -> sqlite3.Row:
    """The newest version, or the one that the name selects. Raises: AwsError."""
    plain, selector = split_selector(plain_name(name))
    rows = cloud.store.query("select * from ssm_version where name = ? order by version desc", (plain,))
    if not rows:
        raise AwsError("ParameterNotFound", f"Parameter {plain} not found.", 400)
    if selector is None:
        return rows[0]
    for row in rows:
        if str(row["version"]) == selector:
            return row
    raise AwsError(
        "ParameterVersionNotFound", f"Systems Manager could not find version {selector} of {plain}."
    )


def value_of(row: sqlite3.Row, decrypt: bool) -> str:
    if row["type"] == "SecureString" and not decrypt:
        return f"masked:{row['name']}:{row['version']}"
    return str(row["value"])


def as_parameter(
    cloud: "Cloud", row: sqlite3.Row, decrypt: bool, selector: str | None = None
) -> dict[str, Any]:
    found = {
        "Name": row["name"],
        "Type": row["type"],
        "Value": value_of(row, decrypt),
        "Version": row["version"],
        "LastModifiedDate": when(row["modified_s"]),
        "ARN": parameter_arn(cloud, row["name"]),
        "DataType": row["data_type"],
    }
    return found | ({"Selector": f":{selector}"} if selector else {})


def as_metadata(row: sqlite3.Row) -> dict[str, Any]:
    found = {
        "Name": row["name"],
        "Type": row["type"],
        "KeyId": row["key_id"],
        "LastModifiedDate": when(row["modified_s"]),
        "LastModifiedUser": row["modified_by"],
        "Description": row["description"],
        "AllowedPattern": row["allowed_pattern"],
        "Version": row["version"],
        "Tier": row["tier"],
        "Policies": [],
        "DataType": row["data_type"],
    }
    return {key: value for key, value in found.items() if value is not None}


def when(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
