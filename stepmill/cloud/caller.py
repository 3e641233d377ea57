"""One call, whoever makes it: checked against model and policies, then answered by us or by moto."""

import io
from typing import TYPE_CHECKING, Any, BinaryIO

from botocore.model import OperationModel

from stepmill.cloud import models
from stepmill.cloud.service import Answer, AwsError, Later, Operation, Principal, Request

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud


def call(
    cloud: "Cloud",
    service: str,
    operation: str,
    params: dict[str, Any],
    principal: Principal,
    attempt: str | None,
    body: BinaryIO | None,
) -> Answer:
    """The in-process call behind `Cloud.call`. A streaming member of the answer is always a file object."""
    model = models.operation_model(service, operation)
    params, body = split_body(model, params, body)
    ours = find_operation(cloud, service, operation)
    if ours is None:
        cloud.authority.check(service, operation, None, params, principal)
        params = with_body(model, params, body)
        models.validate(model, params)
        answer = cloud.moto.call(service, operation, params)
        cloud.authority.forget_on_write(service, operation)
        return answer
    answer = handle(cloud, service, ours, Request(operation, params, principal, attempt, body))
    return with_open_stream(model, answer)


def handle(cloud: "Cloud", service: str, operation: Operation, request: Request) -> Answer:
    """Check a parsed request and let our handler answer it."""
    begun = begin(cloud, service, operation, request)
    return begun.make() if isinstance(begun, Later) else begun


def begin(cloud: "Cloud", service: str, operation: Operation, request: Request) -> Answer | Later:
    """`handle` for those who must not wait."""
    model = models.operation_model(service, operation.name)
    models.validate(model, with_body(model, request.params, request.body))
    cloud.authority.check(service, operation.name, operation, request.params, request.principal)
    return operation.handler(cloud, request)


def find_operation(cloud: "Cloud", service: str, operation: str) -> Operation | None:
    ours = cloud.services.get(service)
    return ours.operations.get(operation) if ours else None


def with_body(model: OperationModel, params: dict[str, Any], body: BinaryIO | None) -> dict[str, Any]:
    """The parameters as the model knows them: some bodies are required members."""
    return params if body is None else {**params, body_member(model): body}


def body_member(model: OperationModel) -> str:
    """The name of the streaming member of the input. Raises: AwsError when the operation takes no body."""
    shape = model.input_shape
    if shape is None or not model.has_streaming_input:
        raise AwsError("ValidationException", f"{model.name} takes no body")
    return str(shape.serialization["payload"])


def split_body(
    model: OperationModel, params: dict[str, Any], body: BinaryIO | None
) -> tuple[dict[str, Any], BinaryIO | None]:
    """Take a streaming member out of the parameters: handlers find it as `Request.body`."""
    if not model.has_streaming_input:
        return params, body
    params = dict(params)
    given = params.pop(body_member(model), None)
    if isinstance(given, str):
        given = given.encode()
    if isinstance(given, bytes | bytearray):
        given = io.BytesIO(given)
    return params, body if given is None else given


def with_open_stream(model: OperationModel, answer: Answer) -> Answer:
    if not model.has_streaming_output or model.output_shape is None:
        return answer
    member = str(model.output_shape.serialization["payload"])
    if isinstance(answer.get(member), bytes | bytearray):
        return {**answer, member: io.BytesIO(answer[member])}
    return answer
