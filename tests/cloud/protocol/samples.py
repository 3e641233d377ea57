"""A value for every shape, and the request that botocore makes of it."""

import io
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape
from botocore.serialize import create_serializer

from stepmill.cloud.protocol.messages import HttpRequest

WHEN = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
SCALARS: dict[str, Any] = {
    "boolean": True,
    "integer": 3,
    "long": 4_000_000_000,
    "float": 1.5,
    "double": -2.25,
    "blob": b"\x00\xffblob",
    "timestamp": WHEN,
}


def sample(shape: Shape, depth: int = 0) -> Any:
    """Every member present; recursion ends at depth 5."""
    if getattr(shape, "is_document_type", False):
        return {"any": ["thing", 1]}
    if isinstance(shape, StructureShape):
        members = dict(list(shape.members.items())[:1]) if shape.is_tagged_union else shape.members
        return {name: member_sample(member, depth) for name, member in members.items() if fits(member, depth)}
    if isinstance(shape, ListShape):
        return [sample(shape.member, depth + 1) for _ in range(2)]
    if isinstance(shape, MapShape):
        return {key_sample(shape): sample(shape.value, depth + 1)}
    if shape.type_name in SCALARS:
        return SCALARS[shape.type_name]
    return enum(shape)[0] if enum(shape) else "größe <&> 'a' + b/c"


def enum(shape: Shape) -> list[str]:
    return list(getattr(shape, "enum", []))


def fits(member: Shape, depth: int) -> bool:
    return depth < 5 or not isinstance(member, StructureShape | ListShape | MapShape)


def member_sample(member: Shape, depth: int) -> Any:
    """Headers carry ASCII only."""
    if member.serialization.get("location") in ("header", "headers"):
        if isinstance(member, MapShape):
            return {"owner": "someone else"}
        if isinstance(member, ListShape):
            return ["one", "two"]
        if member.type_name == "string" and not enum(member):
            return {"a": [1]} if member.serialization.get("jsonvalue") else "plain text"
    return sample(member, depth + 1)


def key_sample(shape: MapShape) -> str:
    return enum(shape.key)[0] if enum(shape.key) else "the key"


def has_events(shape: Shape | None) -> bool:
    members = shape.members.values() if isinstance(shape, StructureShape) else ()
    return any(member.serialization.get("eventstream") for member in members)


def as_request(model: OperationModel, params: dict[str, Any]) -> HttpRequest:
    """What botocore's own serialiser sends."""
    made = create_serializer(model.metadata["protocol"], include_validation=False).serialize_to_request(
        params, model
    )
    path, _, constants = made["url_path"].partition("?")
    body = made["body"]
    if isinstance(body, dict):
        body = urlencode(body)
    data = body.encode() if isinstance(body, str) else body
    query = made["query_string"]
    pairs = urlencode(query, doseq=True) if isinstance(query, dict) else str(query)
    headers = {key.lower(): str(value) for key, value in made["headers"].items()}
    return HttpRequest(
        made["method"], path, "&".join(filter(None, [constants, pairs])), headers, io.BytesIO(data)
    )
