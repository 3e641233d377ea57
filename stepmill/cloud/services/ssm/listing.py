"""Parameters by path, by filter, and by history."""

import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.ssm.tables import (
    LATEST,
    SERVICE,
    as_metadata,
    as_parameter,
    find,
    one_arn,
    parameter_arn,
    plain_name,
    value_of,
)

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud


def path_arn(cloud: "Cloud", params: dict[str, Any]) -> list[str]:
    return [parameter_arn(cloud, params["Path"].rstrip("/") or "/")]


@SERVICE.operation("GetParametersByPath", resources=path_arn)
def get_parameters_by_path(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    path = params["Path"]
    if not path.startswith("/"):
        raise AwsError("ValidationException", f"The parameter path {path!r} must begin with a slash '/'")
    filters = [condition(cloud, item) for item in params.get("ParameterFilters", [])]
    rows = [
        row
        for row in newest(cloud)
        if is_below(row["name"], path, bool(params.get("Recursive"))) and all(keep(row) for keep in filters)
    ]
    page, token = cut(rows, params, 10)
    decrypt = bool(params.get("WithDecryption"))
    return {"Parameters": [as_parameter(cloud, row, decrypt) for row in page], **token}


@SERVICE.operation("DescribeParameters")
def describe_parameters(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    filters = [
        condition(cloud, item) for item in params.get("ParameterFilters", []) + params.get("Filters", [])
    ]
    rows = [row for row in newest(cloud) if all(keep(row) for keep in filters)]
    page, token = cut(rows, params, 50)
    return {"Parameters": [as_metadata(row) for row in page], **token}


@SERVICE.operation("GetParameterHistory", resources=one_arn)
def get_parameter_history(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    name = find(cloud, params["Name"])["name"]
    rows = cloud.store.query("select * from ssm_version where name = ? order by version", (name,))
    page, token = cut(rows, params, 50)
    decrypt = bool(params.get("WithDecryption"))
    versions = [as_metadata(row) | {"Value": value_of(row, decrypt), "Labels": []} for row in page]
    return {"Parameters": versions, **token}


def newest(cloud: "Cloud") -> list[sqlite3.Row]:
    return cloud.store.query(
        f"select v.* from ssm_version v join ({LATEST}) l on v.name = l.name and v.version = l.version"
        " order by v.name"
    )


def is_below(name: str, path: str, recursive: bool) -> bool:
    prefix = path.rstrip("/") + "/"
    return name.startswith(prefix) and (recursive or "/" not in name[len(prefix) :])


def cut(
    rows: list[sqlite3.Row], params: dict[str, Any], most: int
) -> tuple[list[sqlite3.Row], dict[str, str]]:
    """One page, and the token of the next if there is one."""
    limit = params.get("MaxResults", most)
    if not 1 <= limit <= most:
        raise AwsError("ValidationException", f"MaxResults is {limit}; allowed: 1 to {most}")
    token = params.get("NextToken", "0")
    if not token.isdecimal():
        raise AwsError("InvalidNextToken", "The specified token is not valid.")
    start = int(token)
    more = {"NextToken": str(start + limit)} if start + limit < len(rows) else {}
    return rows[start : start + limit], more


def condition(cloud: "Cloud", item: dict[str, Any]) -> Callable[[sqlite3.Row], bool]:
    """One filter of either generation. Raises: AwsError for a key or option not known here."""
    key, values, option = item["Key"], item.get("Values", []), item.get("Option", "Equals")
    if key == "Name":
        names = [plain_name(value) for value in values]
        tests: dict[str, Callable[[str, str], bool]] = {
            "Equals": str.__eq__,
            "BeginsWith": lambda name, value: name.lstrip("/").startswith(value.lstrip("/")),
            "Contains": lambda name, value: value in name,
        }
        if option not in tests:
            raise AwsError(
                "InvalidFilterOption", f"Option is {option!r}; allowed for Name: {', '.join(tests)}"
            )
        return lambda row: any(tests[option](row["name"], value) for value in names)
    if key == "Path":
        return lambda row: any(is_below(row["name"], value, option == "Recursive") for value in values)
    if key == "Type":
        return lambda row: row["type"] in values
    if key == "KeyId":
        return lambda row: row["key_id"] in values
    if key.startswith("tag:"):
        tagged = {
            row["name"]
            for row in cloud.store.query("select name, value from ssm_tag where key = ?", (key[4:],))
            if not values or row["value"] in values
        }
        return lambda row: row["name"] in tagged
    raise AwsError("InvalidFilterKey", f"Key is {key!r}; known here: Name, Path, Type, KeyId, tag:<key>")
