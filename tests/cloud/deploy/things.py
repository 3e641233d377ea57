"""Deploying a template text to a cloud, as the deployer's tests do it."""

import json
import time
from typing import Any

from stepmill.cloud.cloud import Cloud

CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"]
LIMIT_S = 60.0


def parameters(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()]


def put(cloud: Cloud, operation: str, name: str, template: Any, **values: str) -> dict[str, Any]:
    """CreateStack or UpdateStack; gives the stack once nothing is in progress."""
    text = template if isinstance(template, str) else json.dumps(template)
    given = {"Parameters": parameters(values), "Capabilities": CAPABILITIES}
    params = {"StackName": name, "TemplateBody": text, **given}
    return settled(cloud, str(cloud.call("cloudformation", operation, params)["StackId"]))


def create(cloud: Cloud, name: str, template: Any, **values: str) -> dict[str, Any]:
    return put(cloud, "CreateStack", name, template, **values)


def update(cloud: Cloud, name: str, template: Any, **values: str) -> dict[str, Any]:
    return put(cloud, "UpdateStack", name, template, **values)


def delete(cloud: Cloud, stack: dict[str, Any]) -> dict[str, Any]:
    cloud.call("cloudformation", "DeleteStack", {"StackName": stack["StackId"]})
    return settled(cloud, stack["StackId"])


def settled(cloud: Cloud, stack_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + LIMIT_S
    while True:
        found = cloud.call("cloudformation", "DescribeStacks", {"StackName": stack_id})["Stacks"][0]
        if not found["StackStatus"].endswith("_IN_PROGRESS"):
            return dict(found)
        assert time.monotonic() < deadline, f"{stack_id} is {found['StackStatus']}"
        time.sleep(0.01)


def outputs(stack: dict[str, Any]) -> dict[str, str]:
    return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}


def physical(cloud: Cloud, stack: dict[str, Any]) -> dict[str, str]:
    """Logical id → physical id of what the stack has now."""
    rows = cloud.call("cloudformation", "DescribeStackResources", {"StackName": stack["StackId"]})
    return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in rows["StackResources"]}


def parameter(value: str, **more: Any) -> dict[str, Any]:
    """The resource that is quickest to make."""
    return {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": value, **more}}
