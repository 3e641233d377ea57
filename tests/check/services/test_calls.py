"""Services, actions, ways of waiting and task tokens."""

from __future__ import annotations

from typing import Any

import pytest

from tests.check.services.conftest import Check

QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/approvals"
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:judge"


def ask(body: Any) -> dict[str, Any]:
    return {"QueueUrl": QUEUE, "MessageBody": body}


@pytest.mark.parametrize(
    ("resource", "rule", "suggestion"),
    [
        ("aws-sdk:logs:createLogGroup", "service-unknown", "cloudwatchlogs"),
        ("aws-sdk:cognito-idp:adminGetUser", "service-unknown", "cognitoidentityprovider"),
        ("aws-sdk:stepfunctions:startExecution", "service-unknown", "sfn"),
        ("aws-sdk:sagemakr:describeEndpoint", "service-unknown", "sagemaker"),
        ("s3:getObject", "service-unknown", ""),
        ("aws-sdk:ssm:getParam", "action-unknown", "getParameter"),
        ("aws-sdk:s3:GetObject", "action-unknown", "getObject"),
        ("aws-sdk:bedrockruntime:converseStream", "action-unknown", ""),
        ("aws-sdk:kinesis:subscribeToShard", "action-unknown", ""),
        ("aws-sdk:sts:assumeRole", "action-unknown", ""),
        ("sagemaker:describeTrainingJob", "action-unknown", "createTrainingJob"),
        ("dynamodb:query", "action-unknown", ""),
        ("aws-sdk:sagemaker:createTrainingJob.sync", "pattern-unsupported", ""),
        ("glue:startJobRun.waitForTaskToken", "pattern-unsupported", ""),
        ("lambda:invoke.sync", "pattern-unsupported", ""),
        ("batch:submitJob.sync:2", "pattern-unsupported", "sync"),
        ("sqs:sendMessage.waitForTasktoken", "pattern-unsupported", "waitForTaskToken"),
    ],
)
def test_refuses_what_cannot_be_called(check: Check, resource: str, rule: str, suggestion: str) -> None:
    found = [it for it in check(resource, {}) if it.pointer == "/States/Only/Resource"]
    assert [(it.rule, it.suggestion) for it in found] == [(rule, suggestion)]


@pytest.mark.parametrize(
    "resource",
    [
        "aws-sdk:lookoutvision:detectAnomalies",
        "aws-sdk:elasticloadbalancingv2:describeLoadBalancers",
        "aws-sdk:finspace:listEnvironments",
        "aws-sdk:cloudwatchevents:listRules",
        "aws-sdk:s3:listBuckets",
        "aws-sdk:rds:describeDBInstances",
        "${JudgeArn}",
        FUNCTION,
    ],
)
def test_takes_what_can_be_called(check: Check, resource: str) -> None:
    assert check(resource, {}) == []


@pytest.mark.parametrize("resource", ["glue:startJobRun.sync", "sqs:sendMessage.waitForTaskToken"])
def test_an_express_workflow_waits_for_nothing(check: Check, resource: str) -> None:
    given = {"JobName": "load"} if "glue" in resource else ask({"token.$": "$$.Task.Token"})
    found = check(resource, given, kind="EXPRESS")
    assert [(it.rule, it.pointer) for it in found] == [("pattern-in-express", "/States/Only/Resource")]
    assert check(resource, given) == []


def test_an_express_workflow_has_no_activities(check: Check) -> None:
    activity = "arn:aws:states:eu-west-1:123456789012:activity:approve"
    assert [it.rule for it in check(activity, {}, kind="EXPRESS")] == ["pattern-in-express"]


@pytest.mark.parametrize(
    "body",
    [
        {"question": "deploy?"},
        {"id.$": "$$.Execution.Id"},
        {"token": "$.token"},
        {"id": "{% $states.context.Execution.Id %}"},
    ],
)
def test_a_task_that_waits_gives_its_token_away(check: Check, body: Any) -> None:
    found = check("sqs:sendMessage.waitForTaskToken", ask(body))
    assert [(it.rule, it.pointer) for it in found] == [("token-not-passed", "/States/Only/Parameters")]


@pytest.mark.parametrize(
    ("given", "token"),
    [
        ({}, "$$.Task.Token"),
        ({"field": "Arguments"}, "{% $states.context.Task.Token %}"),
        ({"QueryLanguage": "JSONata"}, "{% $states.context.Task.Token %}"),
    ],
    ids=["path", "arguments", "language"],
)
def test_says_how_the_language_reads_the_token(check: Check, given: dict[str, Any], token: str) -> None:
    (found,) = check("sqs:sendMessage.waitForTaskToken", ask({"question": "deploy?"}), **given)
    assert (
        found.message == f"States.Only: {given.get('field', 'Parameters')} holds no task token; pass {token}"
    )


@pytest.mark.parametrize(
    ("body", "rules"),
    [
        ({"token": "$states.context.Task.Token"}, ["token-not-passed"]),
        ({"token": "{% $states.context.Task.Token %}"}, []),
    ],
    ids=["text", "expression"],
)
def test_only_an_expression_of_jsonata_gives_the_token_away(
    check: Check, body: Any, rules: list[str]
) -> None:
    found = check("sqs:sendMessage.waitForTaskToken", ask(body), field="Arguments")
    assert [it.rule for it in found] == rules


@pytest.mark.parametrize(
    "body",
    [
        {"token.$": "$$.Task.Token"},
        {"task.$": "$$.Task"},
        {"everything.$": "$$"},
        {"text.$": "States.Format('answer {}', $$.Task.Token)"},
        {"token.$": "$$['Task']['Token']"},
        {"token": "{% $states.context.Task.Token %}"},
        {"token": "{% $states.context %}"},
        "{% {'t': $states.context.Task.Token} %}",
    ],
)
def test_a_token_is_given_away_in_many_ways(check: Check, body: Any) -> None:
    assert check("sqs:sendMessage.waitForTaskToken", ask(body)) == []


def test_a_token_can_be_the_whole_input(check: Check) -> None:
    assert check("sqs:sendMessage.waitForTaskToken", ask({"all.$": "$"}), InputPath="$$.Task") == []


@pytest.mark.parametrize("resource", ["sqs:sendMessage", "aws-sdk:sqs:sendMessage"])
def test_a_task_that_does_not_wait_has_no_token(check: Check, resource: str) -> None:
    found = check(resource, {"QueueUrl": QUEUE, "MessageBody.$": "$$.Task.Token"})
    assert [(it.rule, it.pointer) for it in found] == [
        ("token-without-wait", "/States/Only/Parameters/MessageBody.$")
    ]


def test_a_function_called_by_its_arn_has_no_token(check: Check) -> None:
    assert [it.rule for it in check(FUNCTION, {"token.$": "$$.Task.Token"})] == ["token-without-wait"]


def test_a_text_that_mentions_the_token_does_not_read_it(check: Check) -> None:
    assert check("sqs:sendMessage", ask("$$.Task.Token is the token")) == []


@pytest.mark.parametrize(
    ("resource", "body"),
    [
        ("sqs:sendMessage.waitForTasktoken", {"token.$": "$$.Task.Token"}),
        ("sqs:sendMessage.sync", {"token.$": "$$.Task.Token"}),
        ("sqs:sendMessage.sync", {"question": "deploy?"}),
        ("aws-sdk:sqs:sendMessage.sync", {"token.$": "$$.Task.Token"}),
    ],
)
def test_a_wrong_pattern_is_the_only_fault(check: Check, resource: str, body: Any) -> None:
    found = check(resource, ask(body))
    assert [(it.rule, it.pointer) for it in found] == [("pattern-unsupported", "/States/Only/Resource")]


def test_a_job_made_a_callback_lacks_no_token(check: Check) -> None:
    found = check("glue:startJobRun.waitForTaskToken", {"JobName": "load"})
    assert [it.rule for it in found] == ["pattern-unsupported"]
