"""Names of errors that are nearly those of the service."""

from __future__ import annotations

from typing import Any

import pytest

from tests.check.services.conftest import Check

FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:judge"
GLUE = "glue:startJobRun.sync"
TRAIN = "sagemaker:createTrainingJob"


def told(check: Check, resource: str, name: str) -> list[tuple[str, str, str, str]]:
    """Of one name in a Retry; what else is wrong with the task is no matter here."""
    found = check(resource, Retry=[{"ErrorEquals": ["States.Timeout", name]}])
    return [(it.rule, it.pointer, it.severity, it.suggestion) for it in found if it.rule == "error-name-near"]


@pytest.mark.parametrize(
    ("resource", "name", "meant"),
    [
        (GLUE, "Glue.ConcurrentRunExceededException", "Glue.ConcurrentRunsExceededException"),
        (GLUE, "Glue.AWSGlueExeption", "Glue.AWSGlueException"),
        ("lambda:invoke", "Lambda.TooManyRequestException", "Lambda.TooManyRequestsException"),
        ("lambda:invoke", "Lambda.Unknownz", "Lambda.Unknown"),
        ("lambda:invoke", "Runtime.ExitErrorz", "Runtime.ExitError"),
        ("lambda:invoke", "Sandbox.TimedOut", "Sandbox.Timedout"),
        ("lambda:invoke", "Sandbox.Timeout", "Sandbox.Timedout"),
        (FUNCTION, "Lambda.SdkClientExceptionz", "Lambda.SdkClientException"),
        (TRAIN, "SageMaker.AmazonSageMakerExceptionz", "SageMaker.AmazonSageMakerException"),
        (TRAIN, "SageMaker.ResourceLimitExceedException", "SageMaker.ResourceLimitExceededException"),
        ("aws-sdk:sns:publish", "Sns.SdkClientExeption", "Sns.SdkClientException"),
        (
            "states:startExecution.sync",
            "StepFunctions.ExecutionAlreadyExistException",
            "StepFunctions.ExecutionAlreadyExistsException",
        ),
    ],
)
def test_a_name_that_is_nearly_one_of_the_service_is_a_warning(
    check: Check, resource: str, name: str, meant: str
) -> None:
    assert told(check, resource, name) == [
        ("error-name-near", "/States/Only/Retry/0/ErrorEquals/1", "warning", meant)
    ]


@pytest.mark.parametrize(
    ("resource", "name"),
    [
        (GLUE, "Glue.ConcurrentRunsExceededException"),
        (GLUE, "Glue.AWSGlueException"),
        (GLUE, "Glue.SomethingElse"),
        (GLUE, "SageMaker.SdkClientExceptionz"),
        (GLUE, "Glue.SdkClientExceptio${n}"),
        (GLUE, "SdkClientExceptionz"),
        ("lambda:invoke", "Sandbox.Timedout"),
        ("lambda:invoke", "Lambda.ClientExecutionTimeoutException"),
        (TRAIN, "SageMaker.SageMakerException"),
        (TRAIN, "SageMaker.ResourceInUse"),
        (TRAIN, "SageMaker.ResourceInUseException"),
        ("aws-sdk:rds:startDBInstance", "Rds.InvalidDbInstanceStateException"),
        ("aws-sdk:rds:startDBInstance", "Rds.DbInstanceNotFoundException"),
        ("aws-sdk:dynamodb:putItem", "DynamoDb.ConditionalCheckFailedException"),
        ("http:invoke", "States.Http.StatusCode.404"),
        ("apigateway:invoke", "ApiGateway.429"),
        ("elasticmapreduce:addStep.sync", "EMR.AmazonElasticMapReduceException"),
        ("${Judge}", "Lambda.Unknownz"),
    ],
)
def test_nothing_is_said_of_other_names(check: Check, resource: str, name: str) -> None:
    assert told(check, resource, name) == []


def test_a_catch_is_read_like_a_retry(check: Check) -> None:
    (found,) = check(
        GLUE, {"JobName": "load"}, Catch=[{"ErrorEquals": ["Glue.SdkClientExeption"], "Next": "Only"}]
    )
    assert (found.pointer, found.message) == (
        "/States/Only/Catch/0/ErrorEquals/0",
        "States.Only: Catch.0.ErrorEquals.0 names 'Glue.SdkClientExeption', which is not known; "
        "did you mean Glue.SdkClientException?",
    )


@pytest.mark.parametrize("retry", [None, 5, [5], [{}], [{"ErrorEquals": 5}], [{"ErrorEquals": [5]}]])
def test_malformed_retriers_raise_nothing(check: Check, retry: Any) -> None:
    assert check(GLUE, {"JobName": "load"}, Retry=retry) == []
