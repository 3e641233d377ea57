"""Scalars as text: booleans, numbers, timestamps and blobs, in the forms that AWS's protocols use."""

import base64
import binascii
import math
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from botocore.model import Shape

from stepmill.cloud.service import AwsError

Json = Any


def from_text(shape: Shape, text: str) -> Any:
    """A scalar of a URI, query string, header, form or XML element.

    Raises: AwsError SerializationException.
    """
    try:
        match shape.type_name:
            case "boolean":
                return {"true": True, "false": False}[text.strip().lower()]
            case "integer" | "long":
                return int(text)
            case "float" | "double":
                return float(text)
            case "timestamp":
                return parse_timestamp(text)
            case "blob":
                return base64.b64decode(text, validate=True)
            case _:
                return text
    except (KeyError, ValueError, binascii.Error):
        raise malformed(shape, text) from None


def to_text(shape: Shape, value: Any, timestamp_format: str) -> str:
    match shape.type_name:
        case "boolean":
            return "true" if value else "false"
        case "float" | "double":
            return float_text(value)
        case "timestamp":
            return str(format_timestamp(shape, value, timestamp_format))
        case "blob":
            return base64.b64encode(as_bytes(value)).decode()
        case _:
            return str(value)


def float_text(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(float(value))


def as_bytes(value: Any) -> bytes:
    if isinstance(value, str):
        return value.encode()
    if hasattr(value, "read"):
        data: bytes = value.read()
        return data
    return bytes(value)


def parse_timestamp(value: Any) -> datetime:
    """From epoch seconds, ISO 8601 or RFC 822. Raises: ValueError."""
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    text = str(value).strip()
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except ValueError:
        pass  # not epoch seconds: one of the two written forms
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        parsed = parsedate_to_datetime(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def format_timestamp(shape: Shape, value: Any, default: str) -> str | float | int:
    """`value` is a datetime, or epoch seconds; a naive datetime is UTC."""
    if not isinstance(value, datetime):
        value = parse_timestamp(value)
    if value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    value = value.astimezone(UTC)
    match shape.serialization.get("timestampFormat", default):
        case "unixtimestamp":
            seconds: float = round(value.timestamp(), 3)
            return int(seconds) if seconds.is_integer() else seconds
        case "rfc822":
            return format_datetime(value.replace(microsecond=0), usegmt=True)
        case _:
            return str(value.isoformat(timespec="milliseconds")).replace("+00:00", "Z")


def malformed(shape: Shape, value: Any) -> AwsError:
    return AwsError("SerializationException", f"{shape.name}: {value!r:.100} is not a {shape.type_name}", 400)
