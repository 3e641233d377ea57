"""Events that start executions and functions: with the right to, once, and not without it."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from tests.cloud.lambda_.packages import create

Settled = Callable[[], None]
PASS = json.dumps({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}})


def make_role(cloud: Cloud, name: str, trusted: str, actions: str = "states:StartExecution") -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": trusted}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    arn: str = cloud.call("iam", "CreateRole", {"RoleName": name, "AssumeRolePolicyDocument": trust})["Role"][
        "Arn"
    ]
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
    asked = {"RoleName": name, "PolicyName": "p", "PolicyDocument": json.dumps(policy)}
    cloud.call("iam", "PutRolePolicy", asked)
    return arn


def wire(events: Any, name: str, target: dict[str, Any]) -> str:
    arn: str = events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))["RuleArn"]
    events.put_targets(Rule=name, Targets=[target])
    return arn


def failures(cloud: Cloud, name: str) -> list[str]:
    rows = cloud.store.query(
        "select error from delivery where state = 'failed' and id like ?", (f"%/{name}/%",)
    )
    return [row["error"] for row in rows]


@pytest.fixture
def machine(cloud: Cloud, name: str) -> str:
    role = make_role(cloud, f"m-{name}", "states.amazonaws.com")
    asked = {"name": name, "definition": PASS, "roleArn": role}
    arn: str = cloud.call("stepfunctions", "CreateStateMachine", asked)["stateMachineArn"]
    return arn


def executions(cloud: Cloud, machine: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cloud.call("stepfunctions", "ListExecutions", {"stateMachineArn": machine})[
        "executions"
    ]
    return found


def test_an_event_delivered_twenty_times_at_once_starts_one_execution(
    cloud: Cloud, events: Any, machine: str, name: str, settled: Settled
) -> None:
    role = make_role(cloud, f"e-{name}", "events.amazonaws.com")
    wire(events, name, {"Id": "m", "Arn": machine, "RoleArn": role, "InputPath": "$.detail"})
    with ThreadPoolExecutor(20) as threads:
        list(threads.map(lambda _: cloud.emit(name, "T", {"n": 1}, event_id=name), range(20)))
    settled()
    (execution,) = executions(cloud, machine)
    assert execution["name"].startswith(name[:40])
    asked = {"executionArn": execution["executionArn"]}
    assert json.loads(cloud.call("stepfunctions", "DescribeExecution", asked)["input"]) == {"n": 1}


@pytest.mark.parametrize(
    ("trusted", "actions"),
    [("lambda.amazonaws.com", "states:StartExecution"), ("events.amazonaws.com", "states:StopExecution")],
    ids=["a role that does not trust events", "a role that may not start"],
)
def test_a_role_that_is_not_made_for_it_starts_nothing(
    cloud: Cloud, events: Any, machine: str, name: str, settled: Settled, trusted: str, actions: str
) -> None:
    role = make_role(cloud, f"e-{name}", trusted, actions)
    wire(events, name, {"Id": "m", "Arn": machine, "RoleArn": role})
    cloud.emit(name, "T", {})
    settled()
    assert executions(cloud, machine) == []
    assert [error.split(":")[0] for error in failures(cloud, name)] == ["NO_PERMISSIONS"]


@pytest.fixture
def function(cloud: Cloud, name: str) -> str:
    source = "def handler(event, context):\n    print('got', event['detail']['n'])\n"
    arn: str = create(cloud, name, source)["FunctionArn"]
    return arn


def test_a_function_is_called_once_its_policy_lets_the_rule_in(
    cloud: Cloud, events: Any, function: str, name: str, settled: Settled
) -> None:
    rule = wire(events, name, {"Id": "f", "Arn": function})
    cloud.emit(name, "T", {"n": 1})
    settled()
    assert [error.split(":")[0] for error in failures(cloud, name)] == ["NO_PERMISSIONS"]
    for statement, source in (("other", f"{rule}-other"), ("mine", rule)):
        cloud.call(
            "lambda",
            "AddPermission",
            {
                "FunctionName": name,
                "StatementId": statement,
                "Action": "lambda:InvokeFunction",
                "Principal": "events.amazonaws.com",
                "SourceArn": source,
            },
        )
        cloud.emit(name, "T", {"n": 2})
        settled()
    assert len(failures(cloud, name)) == 2
    deadline = time.monotonic() + 20
    while not (lines := log_lines(cloud, name)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert lines == ["got 2"]


def log_lines(cloud: Cloud, function: str) -> list[str]:
    group = f"/aws/lambda/{function}"
    if not cloud.call("logs", "DescribeLogGroups", {"logGroupNamePrefix": group})["logGroups"]:
        return []
    found = cloud.call("logs", "FilterLogEvents", {"logGroupName": group})["events"]
    return [each["message"].strip() for each in found if each["message"].startswith("got")]
