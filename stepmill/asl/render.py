"""From values with paths inside to plain ASL: payload templates, paths, static JSON.

`where` is `States.<Name>: <Field>`; problems add the place inside the field to it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from stepmill.asl.errors import AslError
from stepmill.asl.expressions import is_dynamic
from stepmill.asl.intrinsics import Intrinsic, array

# Tried before Mapping, which is slow to ask for: most values are one of these.
_PLAIN = (str, bool, int)


def holds_dynamic(value: object) -> bool:
    """Whether a path or placeholder lies anywhere inside."""
    if value is None or isinstance(value, _PLAIN):
        return False
    if is_dynamic(value):
        return True
    if isinstance(value, (list, tuple)):
        return any(holds_dynamic(item) for item in value)
    return isinstance(value, Mapping) and any(holds_dynamic(item) for item in value.values())


def template(value: object, where: str) -> Any:
    """A payload template: `{"a": path("$.x")}` becomes `{"a.$": "$.x"}` at any depth."""
    if value is None or isinstance(value, _PLAIN):
        return value
    if is_dynamic(value):
        raise AslError(f"{where} is a path where ASL wants an object; write {{'name': {value!r}}}")
    if isinstance(value, (list, tuple)):
        return [_item(item, f"{where}[{index}]") for index, item in enumerate(value)]
    return _object(value, where) if isinstance(value, Mapping) else static(value, where)


def _item(value: object, where: str) -> Any:
    if is_dynamic(value):
        raise AslError(f"{where} is a path in a list that has no name of its own; put the list under a name")
    return template(value, where)


def _object(value: Mapping[Any, Any], where: str) -> dict[str, Any]:
    rendered: dict[str, Any] = {}
    for key, item in value.items():
        if not isinstance(key, str):
            raise AslError(f"{where} has the name {key!r}; names are strings in JSON")
        name, text = _entry(key, item, f"{where}.{key}")
        other = name.removesuffix(".$") if name.endswith(".$") else name + ".$"
        if name in rendered or other in rendered:
            raise AslError(f"{where} has {key.removesuffix('.$')!r} twice, fixed and as a path; keep one")
        rendered[name] = text
    return rendered


def _entry(key: str, item: object, where: str) -> tuple[str, Any]:
    """The rendered name and value of one member of an object."""
    if isinstance(item, (list, tuple)) and any(is_dynamic(part) for part in _leaves(item)):
        if any(isinstance(part, Mapping) and holds_dynamic(part) for part in _leaves(item)):
            raise AslError(
                f"{where} mixes paths with objects that hold paths in one list; "
                "build the objects in a Pass state first"
            )
        item = array(*item)
    if is_dynamic(item):
        return key.removesuffix(".$") + ".$", item.to_jsonpath()
    if key.endswith(".$"):
        if not isinstance(item, str) or not item.startswith(("$", "States.")):
            raise AslError(f"{where} is {item!r}, not a path; drop the .$ or give a path")
        return key, item
    return key, template(item, where)


def _leaves(items: object) -> list[object]:
    """The members of a list and of the lists in it."""
    if not isinstance(items, (list, tuple)):
        return [items]
    return [leaf for item in items for leaf in _leaves(item)]


def static(value: object, where: str) -> Any:
    """Plain JSON: no paths, only finite numbers, only string names."""
    if value is None or isinstance(value, _PLAIN):
        return value
    if is_dynamic(value):
        raise AslError(f"{where} holds {value!r}, which is not evaluated there; give a plain value")
    if isinstance(value, (list, tuple)):
        return [static(item, f"{where}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, float):
        if not math.isfinite(value):
            raise AslError(f"{where} is {value!r}, which JSON does not have; use a finite number")
        return value
    if not isinstance(value, Mapping):
        raise AslError(f"{where} is {value!r} of type {type(value).__name__}; use a JSON value or a path")
    wrong = [key for key in value if not isinstance(key, str)]
    if wrong:
        raise AslError(f"{where} has the name {wrong[0]!r}; names are strings in JSON")
    return {key: static(item, f"{where}.{key}") for key, item in value.items()}


def path_text(value: object, where: str, *, intrinsics: bool = False) -> str | None:
    """The text of a Path field: text that begins with `$`, a path or a placeholder; None is ASL's null."""
    if value is None:
        return None
    if isinstance(value, Intrinsic) and not intrinsics:
        raise AslError(f"{where} is {value.text}, a function; only a path may stand there")
    text = value.to_jsonpath() if is_dynamic(value) else value
    if isinstance(text, str) and text.startswith("$"):
        return text
    if intrinsics and isinstance(text, str) and text.startswith("States."):
        return text
    raise AslError(f"{where} is {text!r}, not a path; begin it with $")


def reference_text(value: object, where: str) -> str | None:
    """The text of a ResultPath: one node to write to, so no context object, function, filter or wildcard."""
    text = path_text(value, where)
    if text is not None and (
        text.startswith("$$") or any(mark in text for mark in ("*", "..", "?", ":", ","))
    ):
        raise AslError(
            f"{where} is {text!r}, which does not name one place to write to; use a form such as $.name"
        )
    return text
