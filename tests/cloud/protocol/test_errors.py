"""Errors as boto3 reads them back."""

from typing import Any

import pytest
from botocore.awsrequest import HeadersDict
from botocore.parsers import create_parser

from stepmill.cloud import models
from stepmill.cloud.protocol.errors import serialise_error
from stepmill.cloud.service import AwsError


def read_back(service: str, error: AwsError, method: str = "POST") -> dict[str, Any]:
    model = models.service_model(service)
    response = serialise_error(model, error, method)
    told = {
        "status_code": response.status,
        "headers": HeadersDict({key.lower(): value for key, value in response.headers.items()}),
        "body": response.body,
        "context": {"operation_name": "Any"},
    }
    parsed: dict[str, Any] = create_parser(model.metadata["protocol"]).parse(told, None)  # type: ignore[arg-type]
    return parsed


@pytest.mark.parametrize(
    "service", ["ssm", "sts", "s3", "lambda", "sagemaker", "stepfunctions", "sqs", "iam"]
)
def test_code_and_message_reach_the_client_in_every_protocol(service: str) -> None:
    parsed = read_back(service, AwsError("ThrottlingException", 'slow <down> & "wait"', 429))
    assert {key: parsed["Error"][key] for key in ("Code", "Message")} == {
        "Code": "ThrottlingException",
        "Message": 'slow <down> & "wait"',
    }


@pytest.mark.parametrize("code", ["QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"])
def test_a_query_compatible_service_says_the_old_code(code: str) -> None:
    parsed = read_back("sqs", AwsError(code, "no queue", 400))
    assert parsed["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert parsed["Error"]["QueryErrorCode"] == "QueueDoesNotExist"


def test_a_modelled_query_error_is_given_by_shape_or_code() -> None:
    codes = {
        read_back("sns", AwsError(code, "gone", 404))["Error"]["Code"]
        for code in ("NotFound", "NotFoundException")
    }
    assert codes == {"NotFound"}


def test_s3_errors_carry_their_extra_members() -> None:
    parsed = read_back("s3", AwsError("NoSuchKey", "The specified key does not exist.", 404, Key="a&b"))
    assert parsed["Error"] == {
        "Code": "NoSuchKey",
        "Message": "The specified key does not exist.",
        "Key": "a&b",
    }


def test_the_answer_to_head_has_no_body() -> None:
    response = serialise_error(models.service_model("s3"), AwsError("NoSuchKey", "gone", 404), "HEAD")
    assert (response.status, response.body) == (404, b"")


def test_cbor_clients_are_answered_in_cbor() -> None:
    model = models.service_model("cloudwatch")
    response = serialise_error(model, AwsError("AccessDeniedException", "no" * 20, 403), is_cbor=True)
    told = {
        "status_code": 403,
        "headers": HeadersDict({key.lower(): value for key, value in response.headers.items()}),
        "body": response.body,
        "context": {"operation_name": "Any"},
    }
    parsed = create_parser("smithy-rpc-v2-cbor").parse(told, None)  # type: ignore[arg-type]
    assert (parsed["Error"]["Code"], parsed["Error"]["Message"]) == ("AccessDeniedException", "no" * 20)
