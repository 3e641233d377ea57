"""Members that travel outside the body in rest-json and rest-xml: URI, query string, headers, status."""

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from botocore.model import ListShape, MapShape, Shape, StructureShape

from stepmill.cloud.protocol.messages import HttpRequest
from stepmill.cloud.protocol.scalars import from_text, malformed, to_text

EMPTY: Any = object()


def parse_located(
    shape: StructureShape, request: HttpRequest, labels: Mapping[str, str], constants: frozenset[str]
) -> dict[str, Any]:
    """`labels` are the raw values found in the URI; `constants` the query keys that belong to it."""
    query: dict[str, list[str]] = {}
    for key, value in request.query:
        query.setdefault(key, []).append(value)
    found = {}
    for name, member in shape.members.items():
        wire = str(member.serialization.get("name", name))
        value = EMPTY
        match member.serialization.get("location"):
            case "uri" if wire in labels:
                value = from_text(member, unquote(labels[wire]))
            case "querystring" if isinstance(member, MapShape):
                taken = {other.serialization.get("name") for other in shape.members.values()} | constants
                value = parse_query_map(member, {k: v for k, v in query.items() if k not in taken})
            case "querystring" if wire in query:
                value = parse_query_value(member, query[wire])
            case "header" if wire.lower() in request.headers:
                value = parse_header(member, request.headers[wire.lower()])
            case "headers":
                value = parse_header_map(wire.lower(), request.headers)
        if value is not EMPTY:
            found[name] = value
    return found


def parse_query_value(member: Shape, values: list[str]) -> Any:
    if isinstance(member, ListShape):
        return [from_text(member.member, value) for value in values]
    return from_text(member, values[0])


def parse_query_map(member: MapShape, query: Mapping[str, list[str]]) -> Any:
    if not query:
        return EMPTY
    return {key: parse_query_value(member.value, values) for key, values in query.items()}


def parse_header(member: Shape, text: str) -> Any:
    if isinstance(member, ListShape):
        return [from_text(member.member, item.strip()) for item in text.split(",") if item.strip()]
    if member.serialization.get("jsonvalue"):
        try:
            return json.loads(base64.b64decode(text))
        except ValueError:
            raise malformed(member, text) from None
    return from_text(member, text)


def parse_header_map(prefix: str, headers: Mapping[str, str]) -> Any:
    found = {key[len(prefix) :]: value for key, value in headers.items() if key.startswith(prefix)}
    return found or EMPTY


def serialise_located(shape: StructureShape, answer: Mapping[str, Any]) -> tuple[int | None, dict[str, str]]:
    """The status that the answer names, if any, and its headers."""
    status = None
    headers: dict[str, str] = {}
    for name, member in shape.members.items():
        value = answer.get(name)
        if value is None:
            continue
        wire = str(member.serialization.get("name", name))
        match member.serialization.get("location"):
            case "statusCode":
                status = int(value)
            case "header":
                headers[wire] = header_text(member, value)
            case "headers":
                headers.update({f"{wire}{key}": str(item) for key, item in value.items()})
    return status, headers


def header_text(member: Shape, value: Any) -> str:
    if isinstance(member, ListShape):
        return ",".join(header_text(member.member, item) for item in value)
    if member.serialization.get("jsonvalue"):
        return base64.b64encode(json.dumps(value).encode()).decode()
    return to_text(member, value, "rfc822")
