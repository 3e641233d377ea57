"""What is kept beside a function: policy, concurrency, handling of asynchronous events, tags."""

import json
from datetime import UTC, datetime
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.lambda_.service import (
    SERVICE,
    find,
    function_arn,
    function_resource,
    invalid,
    set_setting,
    setting,
    split_name,
)


def tagged_resource(_cloud: Cloud, params: dict[str, Any]) -> list[str]:
    return [params["Resource"]]


@SERVICE.operation("AddPermission", resources=function_resource)
def add_permission(cloud: Cloud, request: Request) -> Answer:
    """Stored and shown; who may invoke is decided where the invoking service is implemented."""
    with cloud.store.transaction():  # two at once must both end up in the policy
        return _add_permission(cloud, request)


def _add_permission(cloud: Cloud, request: Request) -> Answer:
    params = request.params
    function = find(cloud, params["FunctionName"])
    policy = setting(cloud, function.name, "policy") or {
        "Version": "2012-10-17",
        "Id": "default",
        "Statement": [],
    }
    if any(statement["Sid"] == params["StatementId"] for statement in policy["Statement"]):
        raise AwsError(
            "ResourceConflictException",
            f"The statement id ({params['StatementId']}) provided already exists. Please provide a new "
            f"statement id, "
            "or remove the existing statement.",
            409,
            Type="User",
        )
    principal = params["Principal"]
    statement: dict[str, Any] = {
        "Sid": params["StatementId"],
        "Effect": "Allow",
        "Principal": {"Service" if principal.endswith(".amazonaws.com") else "AWS": principal},
        "Action": params["Action"],
        "Resource": function_arn(cloud, function.name, params.get("Qualifier")),
    }
    condition: dict[str, Any] = {}
    if "SourceArn" in params:
        condition["ArnLike"] = {"AWS:SourceArn": params["SourceArn"]}
    if "SourceAccount" in params:
        condition["StringEquals"] = {"AWS:SourceAccount": params["SourceAccount"]}
    if condition:
        statement["Condition"] = condition
    policy["Statement"].append(statement)
    set_setting(cloud, function.name, "policy", policy)
    return {"Statement": json.dumps(statement)}


@SERVICE.operation("RemovePermission", resources=function_resource)
def remove_permission(cloud: Cloud, request: Request) -> Answer:
    with cloud.store.transaction():
        name, policy = known_policy(cloud, request)
        kept = [one for one in policy["Statement"] if one["Sid"] != request.params["StatementId"]]
        if len(kept) == len(policy["Statement"]):
            raise AwsError(
                "ResourceNotFoundException", "The resource you requested does not exist.", 404, Type="User"
            )
        set_setting(cloud, name, "policy", {**policy, "Statement": kept} if kept else None)
    return {}


@SERVICE.operation("GetPolicy", resources=function_resource)
def get_policy(cloud: Cloud, request: Request) -> Answer:
    name, policy = known_policy(cloud, request)
    return {"Policy": json.dumps(policy), "RevisionId": find(cloud, name).config["RevisionId"]}


def known_policy(cloud: Cloud, request: Request) -> tuple[str, dict[str, Any]]:
    function = find(cloud, request.params["FunctionName"])
    policy = setting(cloud, function.name, "policy")
    if policy is None:
        raise AwsError(
            "ResourceNotFoundException", "The resource you requested does not exist.", 404, Type="User"
        )
    return function.name, policy


@SERVICE.operation("PutFunctionConcurrency", resources=function_resource)
def put_concurrency(cloud: Cloud, request: Request) -> Answer:
    reserved = request.params["ReservedConcurrentExecutions"]
    set_setting(cloud, find(cloud, request.params["FunctionName"]).name, "concurrency", reserved)
    return {"ReservedConcurrentExecutions": reserved}


@SERVICE.operation("GetFunctionConcurrency", resources=function_resource)
def get_concurrency(cloud: Cloud, request: Request) -> Answer:
    reserved = setting(cloud, find(cloud, request.params["FunctionName"]).name, "concurrency")
    return {} if reserved is None else {"ReservedConcurrentExecutions": reserved}


@SERVICE.operation("DeleteFunctionConcurrency", resources=function_resource)
def delete_concurrency(cloud: Cloud, request: Request) -> Answer:
    set_setting(cloud, find(cloud, request.params["FunctionName"]).name, "concurrency", None)
    return {}


@SERVICE.operation("PutFunctionEventInvokeConfig", resources=function_resource)
def put_event_config(cloud: Cloud, request: Request) -> Answer:
    return write_event_config(cloud, request, {})


@SERVICE.operation("UpdateFunctionEventInvokeConfig", resources=function_resource)
def update_event_config(cloud: Cloud, request: Request) -> Answer:
    return write_event_config(cloud, request, known_event_config(cloud, request)[1])


def write_event_config(cloud: Cloud, request: Request, old: dict[str, Any]) -> Answer:
    params = request.params
    function = find(cloud, params["FunctionName"], params.get("Qualifier"))
    if not 0 <= params.get("MaximumRetryAttempts", 2) <= 2:
        raise invalid(f"MaximumRetryAttempts is {params['MaximumRetryAttempts']}; it must be 0 to 2")
    if not 60 <= params.get("MaximumEventAgeInSeconds", 60) <= 21600:
        raise invalid(
            f"MaximumEventAgeInSeconds is {params['MaximumEventAgeInSeconds']}; it must be 60 to 21600"
        )
    config = {**old, "LastModified": cloud.clock.time()}
    config["FunctionArn"] = function_arn(cloud, function.name, params.get("Qualifier") or "$LATEST")
    for key in ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig"):
        if key in params:
            config[key] = params[key]
    set_setting(cloud, function.name, "event_config", config)
    return shown(config)


def shown(config: dict[str, Any]) -> Answer:
    return {**config, "LastModified": datetime.fromtimestamp(config["LastModified"], UTC)}


def known_event_config(cloud: Cloud, request: Request) -> tuple[str, dict[str, Any]]:
    function = find(cloud, request.params["FunctionName"], request.params.get("Qualifier"))
    config = setting(cloud, function.name, "event_config")
    if config is None:
        arn = function_arn(cloud, function.name, "$LATEST")
        raise AwsError(
            "ResourceNotFoundException",
            f"The function {arn} doesn't have an EventInvokeConfig",
            404,
            Type="User",
        )
    return function.name, config


@SERVICE.operation("GetFunctionEventInvokeConfig", resources=function_resource)
def get_event_config(cloud: Cloud, request: Request) -> Answer:
    return shown(known_event_config(cloud, request)[1])


@SERVICE.operation("DeleteFunctionEventInvokeConfig", resources=function_resource)
def delete_event_config(cloud: Cloud, request: Request) -> Answer:
    set_setting(cloud, known_event_config(cloud, request)[0], "event_config", None)
    return {}


@SERVICE.operation("ListFunctionEventInvokeConfigs", resources=function_resource)
def list_event_configs(cloud: Cloud, request: Request) -> Answer:
    config = setting(cloud, find(cloud, request.params["FunctionName"]).name, "event_config")
    return {"FunctionEventInvokeConfigs": [shown(config)] if config else []}


@SERVICE.operation("TagResource", resources=tagged_resource)
def tag_resource(cloud: Cloud, request: Request) -> Answer:
    name = find(cloud, split_name(request.params["Resource"])[0]).name
    set_setting(cloud, name, "tags", (setting(cloud, name, "tags") or {}) | request.params["Tags"])
    return {}


@SERVICE.operation("UntagResource", resources=tagged_resource)
def untag_resource(cloud: Cloud, request: Request) -> Answer:
    name = find(cloud, split_name(request.params["Resource"])[0]).name
    tags = setting(cloud, name, "tags") or {}
    set_setting(cloud, name, "tags", {k: v for k, v in tags.items() if k not in request.params["TagKeys"]})
    return {}


@SERVICE.operation("ListTags", resources=tagged_resource)
def list_tags(cloud: Cloud, request: Request) -> Answer:
    return {"Tags": setting(cloud, find(cloud, split_name(request.params["Resource"])[0]).name, "tags") or {}}
