"""Forms over botocore's shapes: the requests of the query protocol."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from botocore.model import ListShape, MapShape, Shape, StructureShape

from stepmill.cloud.protocol.scalars import from_text
from stepmill.cloud.service import AwsError


def load(data: bytes) -> dict[str, str]:
    """Raises: AwsError MalformedInput."""
    try:
        return dict(parse_qsl(data.decode(), keep_blank_values=True))
    except (UnicodeDecodeError, ValueError) as error:
        raise AwsError("MalformedInput", f"The body is not a form: {error}", 400) from None


def parse(shape: Shape, form: Mapping[str, str]) -> dict[str, Any]:
    """The parameters as boto3 would have been given them."""
    found = parse_at(shape, "", dict(form))
    return found if isinstance(found, dict) else {}


def parse_at(shape: Shape, path: str, form: dict[str, str]) -> Any:
    """The value whose keys begin with `path`; None when there is none."""
    if isinstance(shape, StructureShape):
        return parse_structure(shape, path, form)
    if isinstance(shape, ListShape):
        return parse_list(shape, path, form)
    if isinstance(shape, MapShape):
        return parse_map(shape, path, form)
    return from_text(shape, form[path]) if path in form else None


def parse_structure(shape: StructureShape, path: str, form: dict[str, str]) -> dict[str, Any] | None:
    inner = below(form, path)
    if not inner and path:
        return None
    found = {}
    for name, member in shape.members.items():
        wire = flat_list_name(member) or str(member.serialization.get("name", name))
        value = parse_at(member, f"{path}.{wire}" if path else wire, inner)
        if value is not None:
            found[name] = value
    return found


def flat_list_name(member: Shape) -> str | None:
    """A flattened list with a named member goes under the member's name."""
    if isinstance(member, ListShape) and member.serialization.get("flattened"):
        name: str | None = member.member.serialization.get("name")
        return name
    return None


def parse_list(shape: ListShape, path: str, form: dict[str, str]) -> list[Any] | None:
    inner = below(form, path)
    if not inner:
        return [] if form.get(path) == "" else None
    prefix = path
    if not shape.serialization.get("flattened"):
        prefix = f"{path}.{shape.member.serialization.get('name', 'member')}"
    return [parse_at(shape.member, f"{prefix}.{n}", inner) for n in numbers(inner, prefix)]


def parse_map(shape: MapShape, path: str, form: dict[str, str]) -> dict[str, Any] | None:
    inner = below(form, path)
    if not inner:
        return None
    prefix = path if shape.serialization.get("flattened") else f"{path}.entry"
    key_name = shape.key.serialization.get("name", "key")
    value_name = shape.value.serialization.get("name", "value")
    return {
        inner[f"{prefix}.{n}.{key_name}"]: parse_at(shape.value, f"{prefix}.{n}.{value_name}", inner)
        for n in numbers(inner, prefix)
        if f"{prefix}.{n}.{key_name}" in inner
    }


def below(form: dict[str, str], path: str) -> dict[str, str]:
    return {key: value for key, value in form.items() if key.startswith(f"{path}.")} if path else form


def numbers(form: dict[str, str], prefix: str) -> list[int]:
    pattern = re.compile(re.escape(prefix) + r"\.(\d{1,6})(?:\.|$)")
    return sorted({int(match[1]) for key in form if (match := pattern.match(key))})
