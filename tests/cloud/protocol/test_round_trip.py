"""Every operation we implement: what botocore sends is understood, and it reads what we answer."""

import io
from typing import Any

import pytest
from botocore.awsrequest import HeadersDict
from botocore.parsers import create_parser

from stepmill.cloud import models
from stepmill.cloud.protocol.codec import parse_request, serialise_answer
from stepmill.cloud.protocol.routing import find_route
from stepmill.cloud.service import Answer
from stepmill.cloud.services import load_services
from tests.cloud.protocol import samples

OPERATIONS = [
    (name, operation) for name, service in load_services().items() for operation in service.operations
]


@pytest.mark.parametrize(("service", "operation"), OPERATIONS)
def test_a_request_made_by_botocore_is_routed_and_parsed(service: str, operation: str) -> None:
    model = models.operation_model(service, operation)
    params = samples.sample(model.input_shape) if model.input_shape else {}
    request = samples.as_request(model, params)
    if model.metadata["protocol"] == "json":
        request.headers = {"x-amz-target": f"{model.metadata['targetPrefix']}.{operation}"}
    route = find_route([service], request)
    parsed, body = parse_request(model, route, request)
    assert (route.service, route.operation) == (service, operation)
    if model.has_streaming_input:
        assert body is not None
        assert model.input_shape is not None
        parsed[model.input_shape.serialization["payload"]] = body.read()
    assert parsed == params


@pytest.mark.parametrize(("service", "operation"), OPERATIONS)
def test_an_answer_is_read_back_by_botocore(service: str, operation: str) -> None:
    model = models.operation_model(service, operation)
    if samples.has_events(model.output_shape):
        pytest.skip("event streams are not spoken")
    answer = samples.sample(model.output_shape) if model.output_shape else {}
    response = serialise_answer(model, answer)
    body = response.body if isinstance(response.body, bytes) else response.body.read()
    told = {
        "status_code": response.status,
        "headers": HeadersDict({key.lower(): value for key, value in response.headers.items()}),
        "body": io.BytesIO(body) if model.has_streaming_output else body,
        "context": {"operation_name": operation},
    }
    parsed = create_parser(model.metadata["protocol"]).parse(told, model.output_shape)  # type: ignore[arg-type]
    parsed.pop("ResponseMetadata")
    assert comparable(model, parsed) == comparable(model, expected(model, answer))


def expected(model: Any, answer: Answer) -> Answer:
    """What botocore's parser leaves to its client: this one member's text is the root element."""
    if model.name == "GetBucketLocation":
        return {}
    statuses = [
        name
        for name, member in members(model).items()
        if member.serialization.get("location") == "statusCode"
    ]
    return answer | dict.fromkeys(statuses, 3)


def members(model: Any) -> dict[str, Any]:
    return dict(model.output_shape.members) if model.output_shape else {}


def comparable(model: Any, answer: Answer) -> Answer:
    payload = model.output_shape.serialization.get("payload") if model.output_shape else None
    if payload in answer and hasattr(answer[payload], "read"):
        return answer | {payload: answer[payload].read()}
    return answer
