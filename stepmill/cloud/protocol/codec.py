"""A request's parameters as boto3 took them, and an answer as the bytes that boto3 reads."""

import uuid
from typing import Any, BinaryIO

from botocore.model import OperationModel, Shape, StructureShape

from stepmill.cloud.protocol import aws_json, aws_query, cbor, rest, smithy_cbor, xml_body
from stepmill.cloud.protocol.messages import HttpRequest, HttpResponse
from stepmill.cloud.protocol.routing import Route
from stepmill.cloud.protocol.scalars import as_bytes
from stepmill.cloud.service import Answer


def parse_request(
    model: OperationModel, route: Route, request: HttpRequest
) -> tuple[dict[str, Any], BinaryIO | None]:
    """The parameters, and the body when the operation streams it.

    Raises: AwsError for what is malformed.
    """
    shape = model.input_shape
    if shape is None:
        return {}, None
    match route.protocol or model.metadata["protocol"]:
        case "smithy-rpc-v2-cbor":
            return smithy_cbor.parse(shape, cbor.load(request.read_body())), None
        case "json":
            return aws_json.parse(shape, aws_json.load(request.read_body())), None
        case "query":
            form = {**dict(request.query), **aws_query.load(request.read_body())}
            return aws_query.parse(shape, form), None
    params = rest.parse_located(shape, request, route.labels, route.constants)
    payload = shape.serialization.get("payload")
    if payload is None:
        return params | parse_body(model, shape, request.read_body()), None
    member = shape.members[payload]
    if model.has_streaming_input:
        return params, request.body
    data = request.read_body()
    if member.type_name in ("blob", "string"):
        if data:
            params[payload] = data if member.type_name == "blob" else data.decode()
    elif data.strip():
        params[payload] = parse_document(model, member, data)
    return params, None


def parse_body(model: OperationModel, shape: StructureShape, data: bytes) -> dict[str, Any]:
    """The members that have no other location."""
    if not data.strip() or all(member.serialization.get("location") for member in shape.members.values()):
        return {}
    found = parse_document(model, shape, data)
    return {name: value for name, value in found.items() if not located(shape, name)}


def parse_document(model: OperationModel, shape: Shape, data: bytes) -> Any:
    if model.metadata["protocol"] == "rest-xml":
        return xml_body.parse(shape, xml_body.load(data))
    return aws_json.parse(shape, aws_json.load(data))


def located(shape: StructureShape, name: str) -> bool:
    return bool(shape.members[name].serialization.get("location"))


def serialise_answer(model: OperationModel, answer: Answer, protocol: str | None = None) -> HttpResponse:
    """The response to a request that went well, in the protocol it spoke (by default the service's own)."""
    response = serialise_by_protocol(model, answer, protocol or model.metadata["protocol"])
    response.headers["x-amzn-RequestId"] = str(uuid.uuid4())
    if model.metadata["protocol"] == "rest-xml":
        response.headers["x-amz-request-id"] = response.headers["x-amzn-RequestId"]
    return response


def serialise_by_protocol(model: OperationModel, answer: Answer, protocol: str) -> HttpResponse:
    shape = model.output_shape
    match protocol:
        case "smithy-rpc-v2-cbor":
            headers = {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
            document = smithy_cbor.serialise(shape, answer) if shape else {}
            return HttpResponse(200, headers, cbor.dump(document))
        case "json":
            headers = {"Content-Type": f"application/x-amz-json-{model.metadata.get('jsonVersion', '1.1')}"}
            document = aws_json.serialise(shape, answer) if shape else {}
            return HttpResponse(200, headers, aws_json.dump(document))
        case "query":
            return HttpResponse(200, {"Content-Type": "text/xml"}, query_document(model, answer))
    status = int(model.http.get("responseCode", 200))
    if shape is None:
        return HttpResponse(status)
    named, headers = rest.serialise_located(shape, answer)
    content_type, body = rest_body(model, shape, answer)
    if content_type and not any(key.lower() == "content-type" for key in headers):
        headers["Content-Type"] = content_type
    if "Content-Range" in headers:
        status = 206
    return HttpResponse(named or status, headers, body)


def query_document(model: OperationModel, answer: Answer) -> bytes:
    shape = model.output_shape
    result = ""
    if shape is not None:
        wrapper = shape.serialization.get("resultWrapper", f"{model.name}Result")
        result = xml_body.serialise(shape, answer, str(wrapper))
    space = model.metadata.get("xmlNamespace", "")
    request_id = f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata>"
    return f'<{model.name}Response xmlns="{space}">{result}{request_id}</{model.name}Response>'.encode()


def rest_body(model: OperationModel, shape: StructureShape, answer: Answer) -> tuple[str, bytes | BinaryIO]:
    """Content type (empty when the answer has no body) and body."""
    payload = shape.serialization.get("payload")
    if payload is None:
        if all(member.serialization.get("location") for member in shape.members.values()):
            return "", b""
        inside = {
            name: value
            for name, value in answer.items()
            if name in shape.members and not located(shape, name)
        }
        return document(model, shape, inside, f"{model.name}Result")
    member: Shape = shape.members[payload]
    value = answer.get(payload)
    if member.type_name not in ("blob", "string"):
        if value is None:
            return "", b""
        return document(model, member, value, str(member.serialization.get("name", payload)))
    content_type = "application/octet-stream" if member.type_name == "blob" else "text/plain"
    if value is not None and hasattr(value, "read") and model.has_streaming_output:
        stream: BinaryIO = value
        return content_type, stream
    return content_type, b"" if value is None else as_bytes(value)


def document(model: OperationModel, shape: Shape, value: Any, root: str) -> tuple[str, bytes]:
    if model.metadata["protocol"] != "rest-xml":
        return "application/json", aws_json.dump(aws_json.serialise(shape, value))
    if model.name == "GetBucketLocation":  # its one member is the root element's text
        text = f"<LocationConstraint>{value.get('LocationConstraint') or ''}</LocationConstraint>"
    else:
        text = xml_body.serialise(shape, value, root)
    return "application/xml", b'<?xml version="1.0" encoding="UTF-8"?>\n' + text.encode()
