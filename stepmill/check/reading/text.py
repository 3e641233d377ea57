"""A file's text as plain data: JSON or YAML, with keys that are given twice told.

Does not know what the data means. YAML's short tags of CloudFormation become their long form.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from stepmill.check.finding import Findings, pointer
from stepmill.check.patterns import late_pattern
from stepmill.check.rules.structure import FILE_UNREADABLE, KEY_REPEATED

LARGEST_BYTES = 5_000_000
MOST_VALUES = 1_000_000
DEEPEST = 200
# A JSON text, or a token outside of any.
_UNQUOTED = late_pattern(r'"(?:[^"\\]|\\.)*"|\$\{[^}"]*\}')
_TOO_DEEP = f"is nested more than {DEEPEST} levels deep"


class Unreadable(Exception):
    """What is wrong with a text, and where."""

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        place = f"line {line}, column {column}: " if line else ""
        super().__init__(place + message)


def read_file(path: Path, findings: Findings) -> Any:
    """The file's data; None with a finding when it cannot be read."""
    try:
        size_bytes = path.stat().st_size
        if size_bytes > LARGEST_BYTES:
            raise Unreadable(f"{size_bytes} bytes are more than the {LARGEST_BYTES} that are read")
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError, Unreadable) as error:
        _tell_unreadable(findings, path.name, error)
        return None
    return read_text(text, path.name, findings)


def read_text(text: str, name: str, findings: Findings) -> Any:
    """`name` tells by its ending how to read; without .json, .yaml or .yml the first character does."""
    read = _read_yaml if _is_yaml(text, name) else _read_json
    try:
        data, repeated = read(text)
        if data is None:
            raise Unreadable("holds nothing")
        _bound(data)
    except (ValueError, RecursionError, Unreadable) as error:
        _tell_unreadable(findings, name, error)
        return None
    for place, key in _pointers(data, repeated):
        findings.add(
            KEY_REPEATED,
            place,
            f"{name}: key {key!r} is given twice in one object; keep one, the earlier is lost",
        )
    return data


def _is_yaml(text: str, name: str) -> bool:
    if name.lower().endswith((".yaml", ".yml")):
        return True
    return not name.lower().endswith(".json") and text.lstrip()[:1] not in ("{", "[")


def _tell_unreadable(findings: Findings, name: str, error: Exception) -> None:
    what = _TOO_DEEP if isinstance(error, RecursionError) else str(error)
    findings.add(FILE_UNREADABLE, "", f"{name}: {what}; it must be a JSON or YAML text")


Repeated = list[tuple[dict[str, Any], str]]


def _read_json(text: str) -> tuple[Any, Repeated]:
    repeated: Repeated = []

    def build(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            repeated.extend((found, name) for name in found if names.count(name) > 1)
        return found

    def refuse(constant: str) -> Any:
        raise Unreadable(f"{constant} is no JSON number")

    try:
        return json.loads(text, object_pairs_hook=build, parse_constant=refuse), repeated
    except json.JSONDecodeError as error:
        quoted = with_quotes(text)
        if quoted != text:
            return _read_json(quoted)
        raise Unreadable(error.msg, error.lineno, error.colno) from error


def with_quotes(text: str) -> str:
    """JSON with tokens for numbers or arrays, `"TimeoutSeconds": ${Longest}`, as plain JSON."""
    return _UNQUOTED.sub(_quoted, text)


def _quoted(found: re.Match[str]) -> str:
    return found[0] if found[0].startswith('"') else f'"{found[0]}"'


def _read_yaml(text: str) -> tuple[Any, Repeated]:
    import yaml

    from stepmill.check.reading.yaml_loader import Loader, is_deeper, may_end_the_process

    try:
        if may_end_the_process(text) and is_deeper(text, DEEPEST):
            raise Unreadable(_TOO_DEEP)
        loader = Loader(text)
        try:
            return loader.get_single_data(), loader.repeated
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = error.problem or error.context or "is no YAML"
        raise Unreadable(what, mark.line + 1 if mark else 0, mark.column + 1 if mark else 0) from error
    except yaml.YAMLError as error:
        raise Unreadable(" ".join(str(error).split())) from error


def _bound(data: Any) -> None:
    """Raises: Unreadable when the data is too deep or, with YAML's aliases written out, too large to walk."""
    waiting = [(data, 0)]
    count = 0
    while waiting:
        value, depth = waiting.pop()
        count += 1
        if depth > DEEPEST:
            raise Unreadable(_TOO_DEEP)
        if count > MOST_VALUES:
            raise Unreadable(f"holds more than {MOST_VALUES} values")
        if isinstance(value, dict):
            waiting.extend((item, depth + 1) for item in value.values())
        elif isinstance(value, list):
            waiting.extend((item, depth + 1) for item in value)


def _pointers(data: Any, repeated: Repeated) -> Iterator[tuple[str, str]]:
    """The places of the objects in which a key is repeated."""
    if not repeated:
        return
    keys: dict[int, list[str]] = {}
    for found, key in repeated:
        keys.setdefault(id(found), []).append(key)
    waiting: list[tuple[Any, str]] = [(data, "")]
    while waiting:
        value, place = waiting.pop()
        if isinstance(value, dict):
            yield from ((place + pointer(key), key) for key in keys.get(id(value), ()))
        waiting.extend((item, place + pointer(name)) for name, item in _members(value))


def _members(value: Any) -> Iterable[tuple[str | int, Any]]:
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()
