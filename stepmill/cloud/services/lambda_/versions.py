"""Published versions (a frozen copy of code and configuration) and aliases without weights."""

import uuid
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.lambda_.service import (
    LATEST,
    SERVICE,
    Function,
    find,
    function_arn,
    function_resource,
    save,
    set_setting,
    setting,
    split_name,
)


def publish(cloud: Cloud, function: Function, description: str) -> Answer:
    """Freeze $LATEST. The same code and configuration as the last version publish nothing new, as on AWS."""
    rows = cloud.store.query(
        "select version from lambda_function where name = ? and version != ?", (function.name, LATEST)
    )
    numbers = sorted(int(row["version"]) for row in rows)
    if numbers:
        last = find(cloud, function.name, str(numbers[-1]))
        if setting(cloud, function.name, "published_revision") == function.config["RevisionId"]:
            return last.config
    highest = setting(cloud, function.name, "highest_version") or 0
    version = str(highest + 1)
    config = function.config | {
        "Version": version,
        "FunctionArn": function_arn(cloud, function.name, version),
        "RevisionId": str(uuid.uuid4()),
    }
    if description:
        config["Description"] = description
    with cloud.store.transaction():
        save(cloud, Function(function.name, version, config, function.code_sha))
        set_setting(cloud, function.name, "highest_version", highest + 1)
        set_setting(cloud, function.name, "published_revision", function.config["RevisionId"])
    return config


@SERVICE.operation("PublishVersion", resources=function_resource)
def publish_version(cloud: Cloud, request: Request) -> Answer:
    function = find(cloud, request.params["FunctionName"])
    return publish(cloud, function, request.params.get("Description", ""))


@SERVICE.operation("ListVersionsByFunction", resources=function_resource)
def list_versions(cloud: Cloud, request: Request) -> Answer:
    latest = find(cloud, request.params["FunctionName"])
    rows = cloud.store.query("select version from lambda_function where name = ?", (latest.name,))
    numbers = sorted(int(row["version"]) for row in rows if row["version"] != LATEST)
    return {
        "Versions": [latest.config, *(find(cloud, latest.name, str(number)).config for number in numbers)]
    }


@SERVICE.operation("CreateAlias", resources=function_resource)
def create_alias(cloud: Cloud, request: Request) -> Answer:
    name, _ = split_name(request.params["FunctionName"])
    if setting(cloud, name, f"alias:{request.params['Name']}"):
        arn = function_arn(cloud, name, request.params["Name"])
        raise AwsError("ResourceConflictException", f"Alias already exists: {arn}", 409, Type="User")
    return put_alias(cloud, name, request)


@SERVICE.operation("UpdateAlias", resources=function_resource)
def update_alias(cloud: Cloud, request: Request) -> Answer:
    name, _ = split_name(request.params["FunctionName"])
    return put_alias(cloud, name, request, known_alias(cloud, name, request.params["Name"]))


def put_alias(cloud: Cloud, name: str, request: Request, old: dict[str, Any] | None = None) -> Answer:
    if request.params.get("RoutingConfig", {}).get("AdditionalVersionWeights"):
        raise AwsError(
            "InvalidParameterValueException",
            "RoutingConfig: weighted aliases are not supported; give one version",
        )
    alias = (old or {"Description": ""}) | {
        "AliasArn": function_arn(cloud, name, request.params["Name"]),
        "Name": request.params["Name"],
        "RevisionId": str(uuid.uuid4()),
    }
    alias |= {key: request.params[key] for key in ("FunctionVersion", "Description") if key in request.params}
    find(cloud, name, alias["FunctionVersion"])
    set_setting(cloud, name, f"alias:{alias['Name']}", alias)
    return alias


def known_alias(cloud: Cloud, name: str, alias: str) -> dict[str, Any]:
    known: dict[str, Any] | None = setting(cloud, name, f"alias:{alias}")
    if known is None:
        arn = function_arn(cloud, name, alias)
        raise AwsError("ResourceNotFoundException", f"Cannot find alias arn: {arn}", 404, Type="User")
    return known


@SERVICE.operation("GetAlias", resources=function_resource)
def get_alias(cloud: Cloud, request: Request) -> Answer:
    return known_alias(cloud, split_name(request.params["FunctionName"])[0], request.params["Name"])


@SERVICE.operation("DeleteAlias", resources=function_resource)
def delete_alias(cloud: Cloud, request: Request) -> Answer:
    set_setting(cloud, split_name(request.params["FunctionName"])[0], f"alias:{request.params['Name']}", None)
    return {}


@SERVICE.operation("ListAliases", resources=function_resource)
def list_aliases(cloud: Cloud, request: Request) -> Answer:
    name, _ = split_name(request.params["FunctionName"])
    find(cloud, name)
    rows = cloud.store.query(
        "select kind from lambda_setting where name = ? and kind like 'alias:%' order by kind", (name,)
    )
    return {"Aliases": [setting(cloud, name, row["kind"]) for row in rows]}
