"""What is not well-formed is refused by name."""

import io

import pytest

from stepmill.cloud import models
from stepmill.cloud.protocol.codec import parse_request
from stepmill.cloud.protocol.messages import HttpRequest
from stepmill.cloud.protocol.routing import Route
from stepmill.cloud.service import AwsError


def refusal(service: str, operation: str, body: bytes, query: str = "", **headers: str) -> tuple[str, str]:
    request = HttpRequest("POST", "/", query, headers, io.BytesIO(body))
    with pytest.raises(AwsError) as caught:
        parse_request(models.operation_model(service, operation), Route(service, operation), request)
    return caught.value.code, caught.value.message


def test_refuses_a_body_that_is_not_json() -> None:
    code, message = refusal("ssm", "GetParameter", b'{"Name": ')
    assert (code, message.startswith("The body is not JSON:")) == ("SerializationException", True)


def test_refuses_a_list_where_an_object_belongs() -> None:
    assert refusal("ssm", "GetParameter", b"[1]")[0] == "SerializationException"


def test_refuses_a_form_that_is_not_utf8() -> None:
    assert refusal("sts", "AssumeRole", b"RoleArn=\xff\xfe")[0] == "MalformedInput"


def test_refuses_a_number_that_is_none() -> None:
    assert refusal("sts", "AssumeRole", b"DurationSeconds=long") == (
        "SerializationException",
        "roleDurationSecondsType: 'long' is not a integer",
    )


def test_refuses_xml_that_does_not_end() -> None:
    assert refusal("s3", "DeleteObjects", b"<Delete><Object>", "delete")[0] == "MalformedXML"


def test_refuses_xml_with_a_document_type() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><Delete><Quiet>&a;</Quiet></Delete>'
    assert refusal("s3", "DeleteObjects", bomb, "delete") == (
        "MalformedXML",
        "The XML you provided has a document type declaration",
    )
