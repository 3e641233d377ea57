"""CBOR documents over botocore's shapes: the bodies of Smithy's RPC protocol."""

from datetime import datetime
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from stepmill.cloud.protocol.aws_json import expect
from stepmill.cloud.protocol.scalars import as_bytes, malformed, parse_timestamp

KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "blob": (bytes,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "timestamp": (datetime, int, float),
}


def parse(shape: Shape, value: Any) -> Any:
    """A value as boto3 would have been given it; members that are null or unknown are left out.

    Raises: AwsError SerializationException.
    """
    if isinstance(shape, StructureShape):
        expect(shape, value, dict)
        return {
            name: parse(member, found)
            for name, member in shape.members.items()
            if (found := value.get(name)) is not None
        }
    if isinstance(shape, ListShape):
        expect(shape, value, list)
        return [parse(shape.member, item) for item in value if item is not None]
    if isinstance(shape, MapShape):
        expect(shape, value, dict)
        return {key: parse(shape.value, item) for key, item in value.items() if item is not None}
    return parse_scalar(shape, value)


def parse_scalar(shape: Shape, value: Any) -> Any:
    if not isinstance(value, KINDS[shape.type_name]):
        raise malformed(shape, value)
    match shape.type_name:
        case "timestamp":
            return value if isinstance(value, datetime) else parse_timestamp(value)
        case "float" | "double":
            return float(str(value))
        case _:
            return value


def serialise(shape: Shape, value: Any) -> Any:
    """What boto3 would have returned, for `cbor.dump`. Members that are None are left out."""
    if isinstance(shape, StructureShape):
        return {
            name: serialise(member, value[name])
            for name, member in shape.members.items()
            if value.get(name) is not None
        }
    if isinstance(shape, ListShape):
        return [serialise(shape.member, item) for item in value]
    if isinstance(shape, MapShape):
        return {key: serialise(shape.value, item) for key, item in value.items()}
    match shape.type_name:
        case "blob":
            return as_bytes(value)
        case "timestamp":
            return value if isinstance(value, datetime) else parse_timestamp(value)
        case "float" | "double":
            return float(value)
        case _:
            return value
