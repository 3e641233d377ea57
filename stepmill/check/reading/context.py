"""The context file: what an ASL file or a template cannot say of the world around it, as JSON.

{"type": "STANDARD" | "EXPRESS", "input": <JSON Schema>, "lambdas": {<ARN or name>: {"event", "returns"}},
 "callbacks": {<state>: <schema>}, "executions": {<machine's ARN>: {"returns": <schema>}},
 "inputs": {<logical id of a template's machine>: <schema of its input>}}

Every key may be left out. What is not given is unknown, and nothing unknown is a finding.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

from stepmill.check.records import dataclass, field, replace
from stepmill.check.shapes.schema import of_schema
from stepmill.check.shapes.shape import UNKNOWN, Shape
from stepmill.check.subject import Context, Contract, Kind

LIMIT_BYTES = 16 * 1024 * 1024
KEYS = ("type", "input", "lambdas", "callbacks", "executions", "inputs")
TYPES = ("object", "array", "string", "number", "integer", "boolean", "null")
# Keywords of JSON Schema that hold one schema or a list of them, and those that hold them by name.
SCHEMAS = (
    "additionalProperties",
    "allOf",
    "anyOf",
    "contains",
    "else",
    "if",
    "items",
    "not",
    "oneOf",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedProperties",
)
NAMED_SCHEMAS = ("$defs", "definitions", "dependentSchemas", "patternProperties", "properties")


class ContextInvalid(Exception):
    """The context file is not what it should be; the message says where and what is allowed."""


@dataclass(frozen=True, slots=True)
class Given:
    """A context file's content. kind: None when it does not say. inputs: of a template's machines."""

    kind: Kind | None = None
    context: Context = field(default_factory=Context)
    inputs: Mapping[str, Shape] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, logical_id: str) -> Context:
        """The context of one machine of a template."""
        if logical_id in self.inputs:
            return replace(self.context, input=self.inputs[logical_id])
        return self.context


def read_context(path: Path) -> Given:
    """Raises: ContextInvalid."""
    try:
        if path.stat().st_size > LIMIT_BYTES:
            raise ContextInvalid(f"{path}: is larger than {LIMIT_BYTES} bytes; give a smaller one")
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ContextInvalid(f"{path}: cannot be read ({error.strerror}); give a JSON file") from error
    except (ValueError, RecursionError) as error:
        raise ContextInvalid(f"{path}: is not JSON ({error}); give a JSON file") from error
    return parse_context(document, str(path))


def parse_context(document: Any, where: str = "context") -> Given:
    """Raises: ContextInvalid."""
    given = _members(document, where, KEYS)
    kind = given.get("type")
    if kind not in (None, *get_args(Kind)):
        raise ContextInvalid(f"{where}: type is {kind!r}; give STANDARD or EXPRESS")
    lambdas = {
        name: _contract(contract, f"{where}: lambdas.{name}")
        for name, contract in _object(given.get("lambdas", {}), f"{where}: lambdas").items()
    }
    executions = {
        arn: _execution(told, f"{where}: executions.{arn}")
        for arn, told in _object(given.get("executions", {}), f"{where}: executions").items()
    }
    context = Context(
        input=_schema(given.get("input"), f"{where}: input"),
        lambdas=lambdas,
        callbacks=_schemas(given, "callbacks", where),
        executions=executions,
    )
    return Given(kind, context, _schemas(given, "inputs", where))


def _contract(value: Any, where: str) -> Contract:
    told = _members(value, where, ("event", "returns"))
    event, returns = (_schema(told.get(key), f"{where}.{key}") for key in ("event", "returns"))
    return Contract(event, returns)


def _execution(value: Any, where: str) -> Shape:
    return _schema(_members(value, where, ("returns",)).get("returns"), f"{where}.returns")


def _members(value: Any, where: str, allowed: tuple[str, ...]) -> dict[str, Any]:
    told = _object(value, where)
    for key in told:
        if key not in allowed:
            raise ContextInvalid(f"{where}: {key!r} is no key; allowed: {', '.join(allowed)}")
    return told


def _schemas(given: Mapping[str, Any], key: str, where: str) -> dict[str, Shape]:
    held = _object(given.get(key, {}), f"{where}: {key}")
    return {name: _schema(schema, f"{where}: {key}.{name}") for name, schema in held.items()}


def _schema(value: Any, where: str) -> Shape:
    if value is None:
        return UNKNOWN
    if not isinstance(value, dict | bool):
        raise ContextInvalid(f"{where}: is {json.dumps(value)[:60]}; give a JSON Schema")
    _check_types(value, where)
    return of_schema(value)


def _check_types(schema: Any, where: str) -> None:
    """Raises: ContextInvalid where a schema, or one within it, is of a type that JSON does not have."""
    waiting = [(schema, where)]
    while waiting:
        one, here = waiting.pop()
        if not isinstance(one, dict):
            continue
        told = one.get("type", [])
        for kind in told if isinstance(told, list) else [told]:
            if kind not in TYPES:
                raise ContextInvalid(
                    f"{here}.type: {json.dumps(kind)[:60]} is no type; allowed: {', '.join(TYPES)}"
                )
        waiting += _within(one, here)


def _within(schema: dict[str, Any], where: str) -> Iterator[tuple[Any, str]]:
    """The schemas in a schema; what stands in `enum`, `const` or `default` is none."""
    for key in SCHEMAS:
        value = schema.get(key)
        for index, item in enumerate(value if isinstance(value, list) else [value]):
            yield item, f"{where}.{key}.{index}" if isinstance(value, list) else f"{where}.{key}"
    for key in NAMED_SCHEMAS:
        named = schema.get(key)
        for name, item in named.items() if isinstance(named, dict) else ():
            yield item, f"{where}.{key}.{name}"


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ContextInvalid(f"{where}: is {json.dumps(value)[:60]}; give an object")
    return value
