"""JSON documents over botocore's shapes: the bodies of the protocols json and rest-json."""

import base64
import binascii
import json
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from stepmill.cloud.protocol.scalars import as_bytes, float_text, format_timestamp, malformed, parse_timestamp
from stepmill.cloud.service import AwsError


def load(data: bytes) -> Any:
    """Raises: AwsError SerializationException."""
    if not data.strip():
        return {}
    try:
        return json.loads(data)
    except ValueError as error:
        raise AwsError("SerializationException", f"The body is not JSON: {error}", 400) from None


_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def dump(value: Any) -> bytes:
    return _encode(value).encode()


def parse(shape: Shape, value: Any) -> Any:
    """A JSON value as boto3 would have been given it. Members that are null or unknown are left out."""
    if getattr(shape, "is_document_type", False):
        return value
    if isinstance(shape, StructureShape):
        expect(shape, value, dict)
        return {
            name: parse(member, found)
            for name, member in shape.members.items()
            if (found := value.get(wire_name(member, name))) is not None
        }
    if isinstance(shape, ListShape):
        expect(shape, value, list)
        return [parse(shape.member, item) for item in value if item is not None]
    if isinstance(shape, MapShape):
        expect(shape, value, dict)
        return {key: parse(shape.value, item) for key, item in value.items() if item is not None}
    return parse_scalar(shape, value)


def parse_scalar(shape: Shape, value: Any) -> Any:
    try:
        match shape.type_name:
            case "blob":
                return base64.b64decode(value, validate=True)
            case "timestamp":
                return parse_timestamp(value)
            case "float" | "double":
                return float(value)
            case _:
                return value
    except (TypeError, ValueError, OverflowError, binascii.Error):
        raise malformed(shape, value) from None


def expect(shape: Shape, value: Any, kind: type) -> None:
    if not isinstance(value, kind):
        raise malformed(shape, value)


def serialise(shape: Shape, value: Any) -> Any:
    """What boto3 would have returned, as a JSON value. Members that are None are left out."""
    if getattr(shape, "is_document_type", False):
        return value
    if isinstance(shape, StructureShape):
        return {
            wire_name(member, name): serialise(member, value[name])
            for name, member in shape.members.items()
            if value.get(name) is not None
        }
    if isinstance(shape, ListShape):
        return [serialise(shape.member, item) for item in value]
    if isinstance(shape, MapShape):
        return {key: serialise(shape.value, item) for key, item in value.items()}
    match shape.type_name:
        case "blob":
            return base64.b64encode(as_bytes(value)).decode()
        case "timestamp":
            return format_timestamp(shape, value, "unixtimestamp")
        case "float" | "double" if value != value or value in (float("inf"), float("-inf")):
            return float_text(value)
        case _:
            return value


def wire_name(member: Shape, name: str) -> str:
    return str(member.serialization.get("name", name))
