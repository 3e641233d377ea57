"""Parameters and answers between the JSON of a state and the shapes of the AWS API."""

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from botocore.model import Shape

from stepmill.cloud.tasks.naming import getter, pascal
from stepmill.engine.timestamps import iso

# Text members that take an object too: it goes out as JSON.
_JSON_MEMBERS = frozenset(
    {"Body", "ClientContext", "Detail", "Input", "Message", "MessageBody", "Output", "Payload", "input"}
)


class BadParameters(ValueError):
    """The parameters do not fit the operation."""


def to_api(value: Any, shape: Shape, *, is_sdk: bool, where: str = "") -> Any:
    """A state's Parameters as the API takes them. Raises: BadParameters naming the field."""
    if shape.type_name == "structure" and isinstance(value, Mapping):
        return _structure(value, shape, is_sdk, where)
    if shape.type_name == "map" and isinstance(value, Mapping):
        inner: Shape = shape.value  # type: ignore[attr-defined]
        return {
            key: to_api(item, inner, is_sdk=is_sdk, where=f"{where}.{key}") for key, item in value.items()
        }
    if shape.type_name == "list" and isinstance(value, list):
        member: Shape = shape.member  # type: ignore[attr-defined]
        return [to_api(item, member, is_sdk=is_sdk, where=f"{where}[]") for item in value]
    if shape.type_name == "blob" and isinstance(value, str):
        return value.encode()
    return value


def sdk_members(members: Iterable[str]) -> dict[str, str]:
    """The names that a member goes by in an SDK integration → the member.

    The getter's is the one that answers have. Whether classes' spelling is refused is not documented.
    """
    every = list(members)
    return {pascal(name): name for name in every} | {getter(name): name for name in every}


def _structure(value: Mapping[str, Any], shape: Shape, is_sdk: bool, where: str) -> dict[str, Any]:
    members: Mapping[str, Shape] = shape.members  # type: ignore[attr-defined]
    names = sdk_members(members) if is_sdk else {name: name for name in members}
    fields = {}
    for key, item in value.items():
        if key not in names:
            near = get_close_matches(key, names, 1) or get_close_matches(key.lower(), names, 1)
            hint = f"did you mean '{near[0]}'?" if near else f"supported: {', '.join(sorted(names))}"
            raise BadParameters(
                f"The field '{where.lstrip('.')}{'.' if where else ''}{key}' is not supported; {hint}"
            )
        if item is None:
            continue
        name = names[key]
        inner = members[name]
        if name in _JSON_MEMBERS and inner.type_name in ("string", "blob") and not isinstance(item, str):
            item = json.dumps(item, separators=(",", ":"), ensure_ascii=False)
        fields[name] = to_api(item, inner, is_sdk=is_sdk, where=f"{where}.{key}")
    return fields


def sdk_answer(answer: Any, shape: Shape | None) -> Any:
    """An answer as an aws-sdk integration gives it: the Java SDK's names, times as ISO 8601 text."""
    return _from_api(answer, shape, getter, lambda moment: iso(moment.timestamp()))


def optimised_answer(answer: Any, shape: Shape | None) -> Any:
    """An answer as an optimised integration gives it: the API's names, times as milliseconds."""
    return _from_api(answer, shape, str, lambda moment: int(moment.timestamp() * 1000))


def _from_api(
    value: Any, shape: Shape | None, rename: Callable[[str], str], moment: Callable[[datetime], Any]
) -> Any:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, bytes | bytearray):
        return _text(bytes(value))
    if hasattr(value, "read"):
        return _text(value.read())
    kind = shape.type_name if shape else ""
    if isinstance(value, Mapping) and kind == "structure":
        members: Mapping[str, Shape] = shape.members  # type: ignore[union-attr]
        return {
            rename(key): _from_api(item, members[key], rename, moment)
            for key, item in value.items()
            if key in members
        }
    if isinstance(value, Mapping) and kind == "map":
        inner: Shape = shape.value  # type: ignore[union-attr]
        return {key: _from_api(item, inner, rename, moment) for key, item in value.items()}
    if isinstance(value, list) and kind == "list":
        return [_from_api(item, shape.member, rename, moment) for item in value]  # type: ignore[union-attr]
    return value


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return base64.b64encode(content).decode()
