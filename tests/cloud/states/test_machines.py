"""State machines: what is taken, what is refused, what changes reach."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import ROOT, AwsError, Principal
from stepmill.cloud.services.states.table import Machines
from tests.cloud.states.things import PASS, ended, machine, policy, role, start, task

Aws = Callable[[str], Any]


def refusal(cloud: Cloud, operation: str, params: dict[str, Any], principal: Principal = ROOT) -> str:
    """Code and message of the refusal."""
    with pytest.raises(AwsError) as refused:
        cloud.call("stepfunctions", operation, params, principal=principal)
    return str(refused.value)


def test_a_machine_is_described_as_it_was_made(cloud: Cloud, aws: Aws) -> None:
    arn = machine(cloud, "described", PASS)
    found = aws("stepfunctions").describe_state_machine(stateMachineArn=arn)
    assert arn == "arn:aws:states:us-east-1:123456789012:stateMachine:described"
    assert (found["name"], found["status"], found["type"]) == ("described", "ACTIVE", "STANDARD")
    assert json.loads(found["definition"]) == PASS
    assert found["roleArn"] == role(cloud)


def test_the_same_machine_again_is_the_first_and_another_is_refused(cloud: Cloud) -> None:
    first = machine(cloud, "twice", PASS)
    assert machine(cloud, "twice", PASS) == first
    params = {"name": "twice", "definition": json.dumps({**PASS, "Comment": "other"}), "roleArn": role(cloud)}
    assert refusal(cloud, "CreateStateMachine", params) == (
        f"StateMachineAlreadyExists: State Machine Already Exists: '{first}'"
    )


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        ({"StartAt": "A"}, "States"),
        (
            task("arn:aws:states:::sagemaker:createTrainingJobs.sync", {}),
            "no integration 'sagemaker:createTrainingJobs' here; did you mean sagemaker:createTrainingJob or",
        ),
        (
            task("arn:aws:states:::aws-sdk:ssm:putParametr", {}),
            "ssm has no action 'putParametr'; did you mean putParameter",
        ),
        (
            task("arn:aws:states:::aws-sdk:systemsmanager:getParameter", {}),
            "no service 'systemsmanager' in the AWS SDK",
        ),
        (
            task("arn:aws:states:::lambda:invoke.waitForTaskToken", {}),
            ".waitForTaskToken is not run",
        ),
        (
            task("arn:aws:states:::sns:publish", {"TopicARN.$": "$.t"}),
            "/States/Work/Resource: arn:aws:states:::sns:publish: the field 'TopicARN' is not supported; "
            "did you mean TopicArn?",
        ),
    ],
)
def test_refuses_a_definition_that_can_never_work(
    cloud: Cloud, definition: dict[str, Any], message: str
) -> None:
    params = {"name": "never", "definition": json.dumps(definition), "roleArn": role(cloud)}
    found = refusal(cloud, "CreateStateMachine", params)
    assert found.startswith("InvalidDefinition: Invalid State Machine Definition: '/")
    assert message in found


def test_finds_a_task_inside_branches(cloud: Cloud) -> None:
    definition = {
        "StartAt": "Both",
        "States": {"Both": {"Type": "Parallel", "End": True, "Branches": [PASS, task("arn:none")]}},
    }
    answer = cloud.call(
        "stepfunctions", "ValidateStateMachineDefinition", {"definition": json.dumps(definition)}
    )
    assert (answer["result"], answer["diagnostics"][0]["location"]) == (
        "FAIL",
        "/States/Both/Branches/1/States/Work/Resource",
    )


@pytest.mark.parametrize("name", ["a b", "a/b", "x" * 81])
def test_refuses_a_name_that_aws_refuses(cloud: Cloud, name: str) -> None:
    params = {"name": name, "definition": json.dumps(PASS), "roleArn": role(cloud)}
    assert refusal(cloud, "CreateStateMachine", params).startswith(("InvalidName:", "ValidationException:"))


def test_refuses_express_machines_by_name(cloud: Cloud) -> None:
    params = {"name": "fast", "definition": json.dumps(PASS), "roleArn": role(cloud), "type": "EXPRESS"}
    assert refusal(cloud, "CreateStateMachine", params) == (
        "ValidationException: type: EXPRESS does not run here; use STANDARD"
    )


def test_refuses_a_role_that_step_functions_cannot_assume(cloud: Cloud) -> None:
    stranger = role(cloud, "for-lambda-only", service="lambda")
    params = {"name": "untrusted", "definition": json.dumps(PASS), "roleArn": stranger}
    expected = "AccessDeniedException: Neither the global service principal states.amazonaws.com, nor "
    assert refusal(cloud, "CreateStateMachine", params).startswith(expected)


def test_handing_a_role_on_needs_pass_role(cloud: Cloud) -> None:
    creator = role(
        cloud, "creator", {"Effect": "Allow", "Action": "states:*", "Resource": "*"}, service="lambda"
    )
    params = {"name": "passed", "definition": json.dumps(PASS), "roleArn": role(cloud)}
    assert "not authorized to perform: iam:PassRole" in refusal(
        cloud, "CreateStateMachine", params, Principal(creator, "someone")
    )
    statement: dict[str, Any] = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": role(cloud)}
    statement["Condition"] = {"StringEquals": {"iam:PassedToService": "states.amazonaws.com"}}
    document = policy(statement)
    cloud.call("iam", "PutRolePolicy", {"RoleName": "creator", "PolicyName": "q", "PolicyDocument": document})
    made = cloud.call("stepfunctions", "CreateStateMachine", params, principal=Principal(creator, "someone"))
    assert made["stateMachineArn"].endswith(":passed")


def test_an_update_reaches_the_next_execution_only(cloud: Cloud) -> None:
    waits = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}}
    arn = machine(cloud, "updated", waits)
    first = start(cloud, arn)
    cloud.call(
        "stepfunctions", "UpdateStateMachine", {"stateMachineArn": arn, "definition": json.dumps(PASS)}
    )
    assert ended(cloud, start(cloud, arn))["status"] == "SUCCEEDED"
    of_first = cloud.call("stepfunctions", "DescribeStateMachineForExecution", {"executionArn": first})
    assert json.loads(of_first["definition"]) == waits
    cloud.call("stepfunctions", "StopExecution", {"executionArn": first})


def test_a_deleted_machine_goes_with_its_last_execution(cloud: Cloud) -> None:
    waits = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}}
    arn = machine(cloud, "deleted", waits)
    execution = start(cloud, arn)
    cloud.call("stepfunctions", "DeleteStateMachine", {"stateMachineArn": arn})
    assert (
        cloud.call("stepfunctions", "DescribeStateMachine", {"stateMachineArn": arn})["status"] == "DELETING"
    )
    assert refusal(cloud, "StartExecution", {"stateMachineArn": arn}).startswith("StateMachineDeleting:")
    cloud.call("stepfunctions", "StopExecution", {"executionArn": execution})
    deadline = time.monotonic() + 20
    while cloud.state(Machines).find(arn) is not None:
        assert time.monotonic() < deadline, "the machine is still there"
        time.sleep(0.01)
    assert refusal(cloud, "DescribeStateMachine", {"stateMachineArn": arn}) == (
        f"StateMachineDoesNotExist: State Machine Does Not Exist: '{arn}'"
    )


def test_tags_are_kept_and_taken_off(cloud: Cloud) -> None:
    arn = {"resourceArn": machine(cloud, "tagged", PASS)}
    cloud.call(
        "stepfunctions",
        "TagResource",
        {**arn, "tags": [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}]},
    )
    cloud.call("stepfunctions", "UntagResource", {**arn, "tagKeys": ["a"]})
    assert cloud.call("stepfunctions", "ListTagsForResource", arn)["tags"] == [{"key": "b", "value": "2"}]


def test_lists_in_pages(cloud: Cloud) -> None:
    arns = {machine(cloud, f"page-{number}", PASS) for number in range(3)}
    first = cloud.call("stepfunctions", "ListStateMachines", {"maxResults": 2})
    names, token = [one["stateMachineArn"] for one in first["stateMachines"]], first["nextToken"]
    while token:
        page = cloud.call("stepfunctions", "ListStateMachines", {"maxResults": 2, "nextToken": token})
        names += [one["stateMachineArn"] for one in page["stateMachines"]]
        token = page.get("nextToken")
    assert arns <= set(names)
    assert len(names) == len(set(names))
    assert refusal(cloud, "ListStateMachines", {"nextToken": "!"}) == "InvalidToken: Invalid Token: '!'"
