"""Roles, functions, machines and runs that the tests of Step Functions share."""

import io
import json
import time
import zipfile
from typing import Any

from stepmill.cloud.cloud import Cloud

PASS = {"StartAt": "Only", "States": {"Only": {"Type": "Pass", "End": True}}}
ALL: dict[str, Any] = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def role(cloud: Cloud, name: str = "machine", *statements: dict[str, Any], service: str = "states") -> str:
    """A role that the service may assume; may do everything unless statements are given."""
    known = [one["RoleName"] for one in cloud.call("iam", "ListRoles")["Roles"]]
    if name not in known:
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole"}
        trust["Principal"] = {"Service": f"{service}.amazonaws.com"}  # type: ignore[assignment]
        params = {"RoleName": name, "AssumeRolePolicyDocument": policy(trust)}
        cloud.call("iam", "CreateRole", params)
        document = policy(*(statements or (ALL,)))
        cloud.call("iam", "PutRolePolicy", {"RoleName": name, "PolicyName": "p", "PolicyDocument": document})
    return f"arn:aws:iam::{cloud.account}:role/{name}"


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def function(cloud: Cloud, name: str, source: str, **settings: Any) -> str:
    """A Python function; `handler(event, context)` is in `source`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("code_of_test.py", source)
    params = {
        "FunctionName": name,
        "Runtime": "python3.13",
        "Handler": "code_of_test.handler",
        "Role": role(cloud, "function", service="lambda"),
        "Code": {"ZipFile": buffer.getvalue()},
        **settings,
    }
    return str(cloud.call("lambda", "CreateFunction", params)["FunctionArn"])


def task(resource: str, parameters: Any = None, **more: Any) -> dict[str, Any]:
    """A machine of one Task state, `Work`."""
    state = {"Type": "Task", "Resource": resource, "End": True, "TimeoutSeconds": 120, **more}
    if parameters is not None:
        state["Parameters"] = parameters
    return {"StartAt": "Work", "States": {"Work": state}}


def machine(cloud: Cloud, name: str, definition: dict[str, Any], role_arn: str | None = None) -> str:
    params = {"name": name, "definition": json.dumps(definition), "roleArn": role_arn or role(cloud)}
    return str(cloud.call("stepfunctions", "CreateStateMachine", params)["stateMachineArn"])


def start(cloud: Cloud, machine_arn: str, input: Any = None, **more: Any) -> str:
    params = {"stateMachineArn": machine_arn, "input": json.dumps(input or {}), **more}
    return str(cloud.call("stepfunctions", "StartExecution", params)["executionArn"])


def ended(cloud: Cloud, execution_arn: str, limit_s: float = 60.0) -> dict[str, Any]:
    """DescribeExecution once it is over."""
    deadline = time.monotonic() + limit_s
    while True:
        found = cloud.call("stepfunctions", "DescribeExecution", {"executionArn": execution_arn})
        if found["status"] != "RUNNING":
            return found
        assert time.monotonic() < deadline, f"{execution_arn} still runs after {limit_s} s"
        time.sleep(0.01)


def run(cloud: Cloud, name: str, definition: dict[str, Any], input: Any = None) -> dict[str, Any]:
    """A new machine, run once to its end."""
    return ended(cloud, start(cloud, machine(cloud, name, definition), input))


def types(cloud: Cloud, execution_arn: str) -> list[str]:
    """Types of the history's events, oldest first."""
    params = {"executionArn": execution_arn, "maxResults": 1000}
    return [one["type"] for one in cloud.call("stepfunctions", "GetExecutionHistory", params)["events"]]
