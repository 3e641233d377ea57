"""Roles, functions and machines for the tests of Step Functions."""

import io
import json
import time
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud

Aws = Callable[[str], Any]
PASS = {"StartAt": "Only", "States": {"Only": {"Type": "Pass", "End": True}}}


def make_role(aws: Aws, name: str, service: str, statements: list[dict[str, Any]]) -> str:
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}],
    }
    role: str = aws("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"][
        "Arn"
    ]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    aws("iam").put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=document)
    return role


def make_function(aws: Aws, name: str, source: str, **settings: Any) -> str:
    """A Python function whose handler is `handler` in `source`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("code.py", source)
    role = make_role(
        aws,
        f"{name}-role",
        "lambda.amazonaws.com",
        [{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}],
    )
    arn: str = aws("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="code.handler",
        Role=role,
        Code={"ZipFile": buffer.getvalue()},
        **settings,
    )["FunctionArn"]
    return arn


@pytest.fixture(scope="module")
def role(aws: Aws) -> str:
    """A role for machines that may do everything."""
    everything = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
    return make_role(aws, "machine", "states.amazonaws.com", everything)


@pytest.fixture
def machine(aws: Aws, role: str, request: pytest.FixtureRequest) -> Callable[..., str]:
    """Creates a machine named for the test; gives its ARN."""
    made = 0

    def make(definition: dict[str, Any], role_arn: str = role) -> str:
        nonlocal made
        made += 1
        name = f"{request.node.name[:70]}-{made}".replace("[", "-").replace("]", "")
        arn: str = aws("stepfunctions").create_state_machine(
            name=name, definition=json.dumps(definition), roleArn=role_arn
        )["stateMachineArn"]
        return arn

    return make


def task(resource: str, parameters: Any = None, **more: Any) -> dict[str, Any]:
    """A machine of one Task state."""
    state = {"Type": "Task", "Resource": resource, "End": True, "TimeoutSeconds": 60, **more}
    if parameters is not None:
        state["Parameters"] = parameters
    return {"StartAt": "Work", "States": {"Work": state}}


def ended(aws: Aws, execution_arn: str, limit_s: float = 60.0) -> dict[str, Any]:
    """DescribeExecution once it is over."""
    deadline = time.monotonic() + limit_s
    while True:
        found: dict[str, Any] = aws("stepfunctions").describe_execution(executionArn=execution_arn)
        if found["status"] != "RUNNING":
            return found
        assert time.monotonic() < deadline, f"{execution_arn} still runs after {limit_s} s"
        time.sleep(0.02)


@pytest.fixture
def run(aws: Aws, machine: Callable[..., str]) -> Callable[..., dict[str, Any]]:
    """Runs a definition to its end."""

    def run_one(definition: dict[str, Any], input: Any = None, **settings: Any) -> dict[str, Any]:
        arn = machine(definition, **settings)
        started = aws("stepfunctions").start_execution(stateMachineArn=arn, input=json.dumps(input or {}))
        return ended(aws, started["executionArn"])

    return run_one


__all__ = ["PASS", "Cloud", "ended", "make_function", "make_role", "task"]
