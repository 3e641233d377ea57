"""What a Resource names."""

from __future__ import annotations

import pytest

from stepmill.check.services import Activity, Integration, Invocation, Malformed, Opaque, resource

FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:judge"


@pytest.mark.parametrize(
    ("text", "integration"),
    [
        ("arn:aws:states:::lambda:invoke", Integration("lambda", "invoke")),
        ("arn:aws-cn:states:::sqs:sendMessage", Integration("sqs", "sendMessage")),
        (
            "arn:${AWS::Partition}:states:::sagemaker:createTrainingJob.sync",
            Integration("sagemaker", "createTrainingJob", "sync"),
        ),
        ("arn:aws:states:::states:startExecution.sync:2", Integration("states", "startExecution", "sync:2")),
        (
            "arn:aws:states:::aws-sdk:sfn:sendTaskSuccess.waitForTaskToken",
            Integration("sfn", "sendTaskSuccess", "waitForTaskToken", is_sdk=True),
        ),
    ],
)
def test_reads_the_parts_of_an_integration(text: str, integration: Integration) -> None:
    assert resource(text) == integration


@pytest.mark.parametrize(
    "text", [FUNCTION, f"{FUNCTION}:live", f"{FUNCTION}:$LATEST", f"{FUNCTION[:-5]}${{Judge}}"]
)
def test_a_function_is_called_by_its_arn_with_or_without_version(text: str) -> None:
    assert resource(text) == Invocation(text)


def test_an_activity_has_region_and_account() -> None:
    text = "arn:aws:states:eu-west-1:123456789012:activity:approve"
    assert resource(text) == Activity(text)


@pytest.mark.parametrize(
    "text",
    [
        "${JudgeArn}",
        "arn:aws:${Service}:eu-west-1:123456789012:x",
        "arn:aws:states:::${Service}:${Action}",
        "arn:aws:states:::glue:startJobRun.${Pattern}",
        "<function-arn>",
        "{{resolve:ssm:/judge}}",
        "LAMBDA_ARN",
        "__judge__",
        "arn:aws:lambda:<region>",
        "",
    ],
)
def test_a_placeholder_is_not_judged(text: str) -> None:
    assert resource(text) == Opaque(text)


@pytest.mark.parametrize(
    "text",
    [
        "judge",
        "arn:aws:lambda",
        "arn:amazon:states:::lambda:invoke",
        "arn:aws:sns:eu-west-1:123456789012:alerts",
        "arn:aws:states:::lambda",
        "arn:aws:states:::glue:startJobRun:sync",
        "arn:aws:states:eu-west-1:123456789012:stateMachine:other",
        "arn:aws:states:eu-west-1::lambda:invoke",
        "arn:aws:lambda:eu-west-1:123456789012:judge",
        "arn:aws:lambda:eu-west-1:123456789012:function",
    ],
)
def test_tells_what_is_no_resource(text: str) -> None:
    assert isinstance(resource(text), Malformed)
