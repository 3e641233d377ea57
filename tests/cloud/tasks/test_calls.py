"""Tasks that are one call: what goes in, what comes out, what their errors are named."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from tests.cloud.states.things import function, role
from tests.cloud.tasks.things import Disturbed, perform, request, throttled

SDK = "arn:aws:states:::aws-sdk"


@pytest.fixture(scope="module")
def echo(cloud: Cloud) -> str:
    return function(cloud, "echo", "def handler(event, context):\n    return {'got': event}")


def test_lambda_invoke_gives_payload_and_metadata(cloud: Cloud, echo: str) -> None:
    parameters = {"FunctionName": echo, "Payload": {"a": [1, "ü"]}}
    word, output = perform(cloud, request(cloud, "arn:aws:states:::lambda:invoke", parameters))
    assert word == "succeeded"
    assert output.pop("SdkHttpMetadata")["HttpStatusCode"] == 200
    assert set(output.pop("SdkResponseMetadata")) == {"RequestId"}
    assert output == {"ExecutedVersion": "$LATEST", "StatusCode": 200, "Payload": {"got": {"a": [1, "ü"]}}}


def test_a_plain_function_arn_gives_what_the_function_returned(cloud: Cloud, echo: str) -> None:
    assert perform(cloud, request(cloud, echo, {"a": 1})) == ("succeeded", {"got": {"a": 1}})


def test_a_function_error_is_named_by_its_type(cloud: Cloud) -> None:
    source = "class RowBroken(Exception): pass\ndef handler(e, c): raise RowBroken('row 3')"
    arn = function(cloud, "raises", source)
    word, error, cause = perform(cloud, request(cloud, arn, {}))
    assert (word, error) == ("failed", "RowBroken")
    assert json.loads(cause)["errorMessage"] == "row 3"


def test_a_function_over_its_time_is_sandbox_timedout(cloud: Cloud) -> None:
    """Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""
    arn = function(cloud, "slow", "import time\ndef handler(e, c): time.sleep(30)", Timeout=1)
    word, error, cause = perform(cloud, request(cloud, arn, {}))
    assert (word, error) == ("failed", "Sandbox.Timedout")
    assert "timed out after 1.00 seconds" in cause


def test_a_function_that_is_busy_is_too_many_requests(cloud: Cloud, echo: str) -> None:
    """Row 11: the name that Retry matches."""
    cloud.call(
        "lambda", "PutFunctionConcurrency", {"FunctionName": "echo", "ReservedConcurrentExecutions": 0}
    )
    try:
        outcome = perform(cloud, request(cloud, "arn:aws:states:::lambda:invoke", {"FunctionName": echo}))
    finally:
        cloud.call("lambda", "DeleteFunctionConcurrency", {"FunctionName": "echo"})
    assert outcome[:2] == ("failed", "Lambda.TooManyRequestsException")


def test_a_function_that_is_missing(cloud: Cloud) -> None:
    task = request(cloud, "arn:aws:states:::lambda:invoke", {"FunctionName": "none"})
    word, error, cause = perform(cloud, task)
    assert (word, error) == ("failed", "Lambda.ResourceNotFoundException")
    assert re.search(
        r"\(Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; ", cause
    )


def test_sdk_answers_have_sdk_names_and_iso_times(cloud: Cloud) -> None:
    put = request(cloud, f"{SDK}:ssm:putParameter", {"Name": "/a", "Value": "1", "Type": "String"})
    assert perform(cloud, put)[0] == "succeeded"
    _, output = perform(cloud, request(cloud, f"{SDK}:ssm:getParameter", {"Name": "/a"}))
    changed = output["Parameter"].pop("LastModifiedDate")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", changed)
    assert output["Parameter"] == {
        "Name": "/a",
        "Type": "String",
        "Value": "1",
        "Version": 1,
        "Arn": cloud.arn("ssm", "parameter/a"),
        "DataType": "text",
    }


def test_sdk_errors_are_named_by_service_and_shape(cloud: Cloud) -> None:
    word, error, cause = perform(cloud, request(cloud, f"{SDK}:ssm:getParameter", {"Name": "/none"}))
    assert (word, error) == ("failed", "Ssm.ParameterNotFoundException")
    assert "(Service: Ssm, Status Code: 400, Request ID: " in cause


def test_objects_go_to_s3_as_json_and_come_back_as_text(cloud: Cloud) -> None:
    cloud.call("s3", "CreateBucket", {"Bucket": "texts"})
    place = {"Bucket": "texts", "Key": "a b/ü.json"}
    put = request(cloud, f"{SDK}:s3:putObject", {**place, "Body": {"a": 1}})
    assert perform(cloud, put)[0] == "succeeded"
    _, output = perform(cloud, request(cloud, f"{SDK}:s3:getObject", place))
    assert (output["Body"], output["ContentLength"]) == ('{"a":1}', 7)
    missing = perform(cloud, request(cloud, f"{SDK}:s3:getObject", {**place, "Key": "none"}))
    assert missing[:2] == ("failed", "S3.NoSuchKeyException")


def test_dynamodb_items_and_their_conditions(cloud: Cloud) -> None:
    """Row 41: of two writers under a condition one loses, by a name that Catch can match."""
    key = {"AttributeName": "id", "KeyType": "HASH"}
    attribute = {"AttributeName": "id", "AttributeType": "S"}
    table = {"TableName": "locks", "KeySchema": [key], "AttributeDefinitions": [attribute]}
    cloud.call("dynamodb", "CreateTable", {**table, "BillingMode": "PAY_PER_REQUEST"})
    parameters = {
        "TableName": "locks",
        "Item": {"id": {"S": "cars"}},
        "ConditionExpression": "attribute_not_exists(id)",
    }
    resource = "arn:aws:states:::dynamodb:putItem"
    assert perform(cloud, request(cloud, resource, parameters))[0] == "succeeded"
    second = perform(cloud, request(cloud, resource, parameters))
    assert second[:2] == ("failed", "DynamoDB.ConditionalCheckFailedException")
    key_only = {"TableName": "locks", "Key": {"id": {"S": "cars"}}}
    found = perform(cloud, request(cloud, "arn:aws:states:::dynamodb:getItem", key_only))
    assert found[1]["Item"] == {"id": {"S": "cars"}}


@pytest.mark.parametrize(
    ("resource", "parameters", "reason"),
    [
        (
            f"{SDK}:ssm:getParameter",
            {"name": "/a"},
            "The field 'name' is not supported; did you mean 'Name'?",
        ),
        (
            f"{SDK}:s3:putObject",
            {"Bucket": "b", "Key": "k", "SSEKMSKeyId": "x"},
            "did you mean 'SsekmsKeyId'?",
        ),
        (f"{SDK}:ssm:getParameter", {}, 'Missing required parameter in input: "Name"'),
        (f"{SDK}:ssm:getParameter", {"Name": 3}, "Invalid type for parameter Name"),
        (f"{SDK}:ssm:getParameter", "text", "an object is needed"),
    ],
)
def test_parameters_that_do_not_fit_are_a_runtime_error(
    cloud: Cloud, resource: str, parameters: Any, reason: str
) -> None:
    word, error, cause = perform(cloud, request(cloud, resource, parameters))
    assert (word, error) == ("failed", "States.Runtime")
    assert "could not be used to start the Task: [" in cause
    assert reason in cause


def test_access_denied_is_told_once_and_clearly(cloud: Cloud) -> None:
    """Row 20."""
    reader = role(cloud, "reads-a", {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "*"})
    disturbed = Disturbed(cloud, lambda _, call: call())
    task = request(cloud, "arn:aws:states:::sagemaker:createModel", {"ModelName": "m"}, role_arn=reader)
    word, error, cause = perform(disturbed, task)
    assert (word, error) == ("failed", "SageMaker.AmazonSageMakerException")
    assert "is not authorized to perform: sagemaker:CreateModel on resource: " in cause
    assert "Error Code: AccessDeniedException" in cause
    assert disturbed.calls == ["CreateModel"]


def test_a_role_that_cannot_be_assumed_is_a_matter_of_permissions(cloud: Cloud) -> None:
    stranger = role(cloud, "not-for-states", service="lambda")
    outcome = perform(cloud, request(cloud, f"{SDK}:ssm:getParameter", {"Name": "/a"}, role_arn=stranger))
    assert outcome[:2] == ("failed", "States.Permissions")
    assert f"states.amazonaws.com cannot assume {stranger}" in outcome[2]


def test_throttling_has_a_name_that_retry_can_match(cloud: Cloud) -> None:
    disturbed = Disturbed(cloud, throttled(1, "DescribeEndpoint"))
    task = request(cloud, f"{SDK}:sagemaker:describeEndpoint", {"EndpointName": "e"})
    assert perform(disturbed, task)[:2] == ("failed", "SageMaker.SageMakerException")


def test_a_call_whose_reply_is_lost_is_made_again_under_the_same_attempt(cloud: Cloud) -> None:
    made: list[str] = []

    def lose_first(operation: str, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        made.append(operation)
        if len(made) == 1:
            call()
            raise ConnectionResetError("reply lost")
        return call()

    parameters = {"Name": "/lost", "Value": "1", "Type": "String", "Overwrite": True}
    outcome = perform(Disturbed(cloud, lose_first), request(cloud, f"{SDK}:ssm:putParameter", parameters))
    assert made == ["PutParameter", "PutParameter"]
    assert outcome[0] == "succeeded"


def test_no_answer_at_all_is_a_client_exception(cloud: Cloud) -> None:
    def lose(_: str, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        raise ConnectionResetError("gone")

    task = request(cloud, f"{SDK}:ssm:getParameter", {"Name": "/a"})
    word, error, cause = perform(Disturbed(cloud, lose), task)
    assert (word, error) == ("failed", "Ssm.SdkClientException")
    assert cause == "Unable to execute HTTP request: ConnectionResetError: gone"
