"""An error as the service's protocol words it, so that boto3 reads back its code, message and members."""

import uuid
from typing import Any
from xml.sax.saxutils import escape

from botocore.model import ServiceModel, StructureShape

from stepmill.cloud.protocol import aws_json, cbor, xml_body
from stepmill.cloud.protocol.messages import HttpResponse
from stepmill.cloud.service import AwsError

# SQS's codes from the time of its query protocol, which its model no longer has.
UNMODELLED_CODES = {
    "QueueDoesNotExist": "AWS.SimpleQueueService.NonExistentQueue",
    "QueueNameExists": "QueueAlreadyExists",
    "PurgeQueueInProgress": "AWS.SimpleQueueService.PurgeQueueInProgress",
    "QueueDeletedRecently": "AWS.SimpleQueueService.QueueDeletedRecently",
    "BatchEntryIdsNotDistinct": "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
    "EmptyBatchRequest": "AWS.SimpleQueueService.EmptyBatchRequest",
    "TooManyEntriesInBatchRequest": "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
}


def serialise_error(
    service: ServiceModel,
    error: AwsError,
    method: str = "POST",
    *,
    is_cbor: bool = False,
    protocol: str | None = None,
) -> HttpResponse:
    """`protocol` is what the request spoke; by default the service's own."""
    protocol = protocol or service.metadata["protocol"]
    if method == "HEAD" or error.status == 304:
        response = HttpResponse(error.status)
    elif is_cbor:
        response = cbor_response(service, error)
    elif protocol == "rest-xml":
        response = HttpResponse(
            error.status, {"Content-Type": "application/xml"}, rest_xml_body(service, error)
        )
    elif protocol in ("query", "ec2"):
        response = HttpResponse(error.status, {"Content-Type": "text/xml"}, query_body(service, error))
    else:
        response = json_response(service, error)
    request_id = str(uuid.uuid4())
    response.headers |= {"x-amzn-RequestId": request_id, "x-amz-request-id": request_id}
    return response


def cbor_response(service: ServiceModel, error: AwsError) -> HttpResponse:
    shape = error_shape(service, error.code)
    headers = {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
    if "awsQueryCompatible" in service.metadata:
        fault = "Sender" if error.status < 500 else "Receiver"
        headers["x-amzn-query-error"] = f"{wire_code(shape, error.code)};{fault}"
    body = {"__type": shape.name if shape else error.code, **members(shape, error)}
    return HttpResponse(error.status, headers, cbor.dump(body))


def error_shape(service: ServiceModel, code: str) -> StructureShape | None:
    """The modelled exception whose name or code on the wire is `code`."""
    for shape in service.error_shapes:
        if isinstance(shape, StructureShape) and code in (shape.name, wire_code(shape, code)):
            return shape
    return None


def json_response(service: ServiceModel, error: AwsError) -> HttpResponse:
    shape = error_shape(service, error.code)
    name = shape.name if shape else error.code
    body: dict[str, Any] = {"__type": name, **members(shape, error)}
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": name}
    if "awsQueryCompatible" in service.metadata:
        fault = "Sender" if error.status < 500 else "Receiver"
        headers["x-amzn-query-error"] = f"{wire_code(shape, error.code)};{fault}"
    if service.metadata["protocol"] == "json":
        headers["Content-Type"] = f"application/x-amz-json-{service.metadata.get('jsonVersion', '1.1')}"
    return HttpResponse(error.status, headers, aws_json.dump(body))


def members(shape: StructureShape | None, error: AwsError) -> dict[str, Any]:
    """The error's own members in the shape's spelling; the message always."""
    if shape is None:
        return {"message": error.message, **error.extra}
    name = next((member for member in shape.members if member.lower() == "message"), "message")
    found: dict[str, Any] = aws_json.serialise(shape, {name: error.message, **error.extra})
    return {"message": error.message, **found} if name not in shape.members else found


def wire_code(shape: StructureShape | None, code: str) -> str:
    if shape is None:
        return code
    return str(shape.metadata.get("error", {}).get("code") or UNMODELLED_CODES.get(shape.name, shape.name))


def query_body(service: ServiceModel, error: AwsError) -> bytes:
    shape = error_shape(service, error.code)
    fault = "Sender" if error.status < 500 else "Receiver"
    inner = f"<Type>{fault}</Type>{xml_members(shape, wire_code(shape, error.code), error)}"
    space = service.metadata.get("xmlNamespace", "")
    request_id = f"<RequestId>{uuid.uuid4()}</RequestId>"
    return f'<ErrorResponse xmlns="{space}"><Error>{inner}</Error>{request_id}</ErrorResponse>'.encode()


def rest_xml_body(service: ServiceModel, error: AwsError) -> bytes:
    inner = xml_members(error_shape(service, error.code), error.code, error)
    request_id = f"<RequestId>{uuid.uuid4()}</RequestId>"
    if service.service_name == "s3":
        text = f"<Error>{inner}{request_id}</Error>"
    else:
        text = f"<ErrorResponse><Error>{inner}</Error>{request_id}</ErrorResponse>"
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + text.encode()


def xml_members(shape: StructureShape | None, code: str, error: AwsError) -> str:
    text = f"<Code>{escape(code)}</Code><Message>{escape(xml_body.clean(error.message))}</Message>"
    for name, value in error.extra.items():
        if shape is not None and name in shape.members:
            text += xml_body.serialise(shape.members[name], value, name)
        else:
            text += f"<{name}>{escape(xml_body.clean(str(value)))}</{name}>"
    return text
