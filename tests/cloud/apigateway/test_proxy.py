"""What a function behind an API gets, and what becomes of its answer.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

import base64
import json
from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from tests.cloud.apigateway.things import request, told

BROKEN = (502, {"message": "Internal server error"})


def test_the_event_has_version_ones_members_and_nothing_else(open_url: str) -> None:
    status, event = told(f"{open_url}/echo/7", "POST", b"hello", content_type="text/plain")
    assert status == 200
    assert sorted(event) == [
        "body",
        "headers",
        "httpMethod",
        "isBase64Encoded",
        "multiValueHeaders",
        "multiValueQueryStringParameters",
        "path",
        "pathParameters",
        "queryStringParameters",
        "requestContext",
        "resource",
        "stageVariables",
    ]
    shown = {key: event[key] for key in ("resource", "path", "httpMethod", "body", "isBase64Encoded")}
    assert shown == {
        "resource": "/echo/{id}",
        "path": "/echo/7",
        "httpMethod": "POST",
        "body": "hello",
        "isBase64Encoded": False,
    }
    assert event["headers"]["Content-Type"] == "text/plain"
    assert event["stageVariables"] == {"colour": "blue"}
    assert event["queryStringParameters"] is None


def test_the_last_of_several_values_counts_and_all_are_listed(open_url: str) -> None:
    _, event = told(f"{open_url}/echo/7?q=1&q=2&empty=")
    assert event["queryStringParameters"] == {"q": "2", "empty": ""}
    assert event["multiValueQueryStringParameters"] == {"q": ["1", "2"], "empty": [""]}


def test_a_path_parameter_is_decoded_and_a_greedy_one_takes_the_rest(open_url: str) -> None:
    assert told(f"{open_url}/echo/a%20b")[1]["pathParameters"] == {"id": "a b"}
    assert told(f"{open_url}/files/a/b.txt")[1]["pathParameters"] == {"path": "a/b.txt"}


def test_a_literal_path_wins_over_a_placeholder(open_url: str) -> None:
    assert told(f"{open_url}/files/readme")[1]["resource"] == "/files/readme"


def test_the_context_says_who_asked_for_what(cloud: Cloud, open_url: str) -> None:
    status, headers, body = request(f"{open_url}/echo/7", headers={"user-agent": "curl/8"})
    context = json.loads(body)["requestContext"]
    assert status == 200
    assert context["requestId"] == headers["x-amzn-requestid"][0]
    assert context["path"] == "/live/echo/7"
    assert context["apiId"] == open_url.split("/")[-2]
    assert (context["accountId"], context["stage"], context["resourcePath"]) == (
        cloud.account,
        "live",
        "/echo/{id}",
    )
    assert (context["identity"]["sourceIp"], context["identity"]["userAgent"]) == ("127.0.0.1", "curl/8")


def test_a_signature_and_a_session_token_do_not_reach_the_function(open_url: str) -> None:
    _, event = told(f"{open_url}/echo/7", Authorization="secret", x_amz_security_token="token")
    assert [
        name for name in event["headers"] if name.lower() in ("authorization", "x-amz-security-token")
    ] == []


def test_a_binary_body_arrives_in_base64(open_url: str) -> None:
    _, event = told(f"{open_url}/echo/7", "POST", b"\x89PNG\xff", content_type="image/png")
    assert (base64.b64decode(event["body"]), event["isBase64Encoded"]) == (b"\x89PNG\xff", True)


def answer(open_url: str, document: Any, **headers: str) -> tuple[int, dict[str, list[str]], bytes]:
    named = {"x-answer": json.dumps(document), **headers}
    return request(f"{open_url}/echo/7", headers=named)


def test_headers_may_be_there_several_times(open_url: str) -> None:
    status, headers, body = answer(
        open_url,
        {
            "statusCode": "201",
            "headers": {"X-One": 1, "Set-Cookie": "lost"},
            "multiValueHeaders": {"set-cookie": ["a=1", "b=2"]},
            "body": "made",
        },
    )
    assert (status, body) == (201, b"made")
    assert (headers["x-one"], headers["set-cookie"]) == (["1"], ["a=1", "b=2"])
    assert headers["content-type"] == ["application/json"]


def test_base64_becomes_bytes_for_who_accepts_the_binary_type(open_url: str) -> None:
    document = {"statusCode": 200, "body": base64.b64encode(b"\x89PNG").decode(), "isBase64Encoded": True}
    assert answer(open_url, document, accept="image/png")[2] == b"\x89PNG"
    assert answer(open_url, document, accept="text/html")[2] == base64.b64encode(b"\x89PNG")


@pytest.mark.parametrize(
    "document",
    [
        "text",
        None,
        [],
        {},
        {"body": "no status"},
        {"statusCode": 99},
        {"statusCode": True},
        {"statusCode": "many"},
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "headers": {"a": {"b": 1}}},
        {"statusCode": 200, "headers": {"a b": "1"}},
        {"statusCode": 200, "headers": {"a": "1\r\nset-cookie: b"}},
        {"statusCode": 200, "multiValueHeaders": {"a": "b"}},
        {"statusCode": 200, "unknown": 1},
    ],
    ids=str,
)
def test_an_answer_of_another_form_is_a_bad_gateway(open_url: str, document: Any) -> None:
    status, headers, body = answer(open_url, document)
    assert (status, json.loads(body)) == BROKEN
    assert headers["x-amzn-errortype"] == ["BadGatewayException"]


def test_a_function_that_raises_is_a_bad_gateway(open_url: str) -> None:
    assert told(f"{open_url}/echo/7", x_answer="raise") == BROKEN


def test_a_function_that_takes_too_long_is_a_gateway_timeout(open_url: str) -> None:
    assert told(f"{open_url}/quick", x_answer="slow") == (504, {"message": "Endpoint request timed out"})


@pytest.mark.parametrize("path", ["/nothing", "", "/", "/echo", "/echo/1/2"])
def test_an_unknown_route_is_a_missing_token(open_url: str, path: str) -> None:
    assert told(f"{open_url}{path}") == (403, {"message": "Missing Authentication Token"})


def test_an_unknown_method_stage_or_api_is_refused(open_url: str) -> None:
    assert told(f"{open_url}/files/a", "POST") == (403, {"message": "Missing Authentication Token"})
    assert told(f"{open_url.removesuffix('live')}test/echo/7") == (403, {"message": "Forbidden"})
    assert told(f"{open_url.rpartition('/')[0][:-3]}xyz/live/echo/7") == (403, {"message": "Forbidden"})


def test_a_body_over_ten_megabytes_is_too_long(open_url: str) -> None:
    """Also where nothing is served, so that it is not Lambda's limit that is seen."""
    body = b"x" * (10 << 20)
    assert told(f"{open_url}-other/echo/7", "POST", body)[0] == 403
    assert told(f"{open_url}-other/echo/7", "POST", body + b"x") == (413, {"message": "Request Too Long"})


def test_a_body_that_lambda_does_not_take_is_too_long(open_url: str) -> None:
    assert told(f"{open_url}/echo/7", "POST", b"x" * (7 << 20)) == (413, {"message": "Request Too Long"})


def test_another_host_is_refused(open_url: str) -> None:
    status, _ = told(f"{open_url}/echo/7", Host="evil.example")
    assert status == 403


def test_without_its_permission_the_function_is_not_called(cloud: Cloud, open_url: str) -> None:
    resources = cloud.call("cloudformation", "DescribeStackResources", {"StackName": "open"})[
        "StackResources"
    ]
    physical = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in resources}
    place = {"FunctionName": physical["Echo"], "StatementId": physical["EchoQuickPermissionlive"]}
    assert told(f"{open_url}/quick")[0] in (200, 504)  # it is called
    cloud.call("lambda", "RemovePermission", place)
    assert told(f"{open_url}/quick") == (500, {"message": "Internal server error"})
