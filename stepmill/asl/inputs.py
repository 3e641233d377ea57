"""A machine's input model: a frozen dataclass whose fields carry their description, unit and limits.

Pydantic checks and describes it, and is imported only for that: compiling a machine does without.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import MISSING, dataclass
from typing import Any

from stepmill.asl.errors import AslError, suggest

_LIMITS = ("gt", "ge", "lt", "le", "multiple_of", "min_length", "max_length", "pattern")


def field(
    *,
    description: str,
    default: Any = MISSING,
    default_factory: Callable[[], Any] | None = None,
    unit: str | None = None,
    examples: Sequence[Any] = (),
    gt: float | None = None,
    ge: float | None = None,
    lt: float | None = None,
    le: float | None = None,
    multiple_of: float | None = None,
    min_length: int | None = None,
    max_length: int | None = None,
    pattern: str | None = None,
) -> Any:
    """A field of an input model; required without a default. The limits mean what they mean in pydantic."""
    limits = {"gt": gt, "ge": ge, "lt": lt, "le": le, "multiple_of": multiple_of}
    limits |= {"min_length": min_length, "max_length": max_length}
    facts: dict[str, Any] = {name: value for name, value in limits.items() if value is not None}
    if pattern is not None:
        facts["pattern"] = pattern
    facts |= {"description": description, "unit": unit, "examples": list(examples)}
    if default_factory is not None:
        return dataclasses.field(default_factory=default_factory, metadata=facts)
    return dataclasses.field(default=default, metadata=facts)


def defaults(model: type) -> dict[str, Any]:
    """The fields that have a default, with it: a Pass state's Result to merge the execution's input onto."""
    found = {}
    for item in _fields(model):
        if item.default is not MISSING:
            found[item.name] = item.default
        elif item.default_factory is not MISSING:
            found[item.name] = item.default_factory()
    return {name: _as_json(value) for name, value in found.items()}


def _as_json(value: Any) -> Any:
    is_model = dataclasses.is_dataclass(value) and not isinstance(value, type)
    return dataclasses.asdict(value) if is_model else value


@dataclass(frozen=True)
class InputProblem:
    """One thing wrong with an execution input."""

    field: str
    value: Any
    allowed: str

    def __str__(self) -> str:
        return f"input.{self.field}: is {self.value!r}; {self.allowed}"


def schema(model: type) -> dict[str, Any]:
    """The model's JSON Schema, with `unit` beside the description."""
    return dict(_pydantic_model(model).model_json_schema())


def check(model: type, value: object) -> list[InputProblem]:
    """The problems of an execution input, none when it is right.

    Strict: Step Functions hands the text "12" on as text, so it is no number here.
    """
    import json

    import pydantic

    try:
        text = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as error:
        return [InputProblem("$", value, f"give JSON ({error})")]
    try:
        _pydantic_model(model).model_validate_json(text, strict=True)
    except pydantic.ValidationError as error:
        return [_problem(detail, model) for detail in error.errors(include_url=False)]
    return []


def _problem(detail: Any, model: type) -> InputProblem:
    place = ".".join(str(part) for part in detail["loc"]) or "$"
    if detail["type"] == "extra_forbidden" and len(detail["loc"]) > 1:
        return InputProblem(place, detail["input"], "not a field; drop it")
    if detail["type"] == "extra_forbidden":
        known = [item.name for item in _fields(model)]
        allowed = f"not a field; allowed: {', '.join(known)}{suggest(place, known)}"
        return InputProblem(place, detail["input"], allowed)
    if detail["type"] == "missing":
        return InputProblem(place, None, "required; give it a value")
    return InputProblem(place, detail["input"], detail["msg"][0].lower() + detail["msg"][1:])


def _fields(model: type) -> tuple[dataclasses.Field[Any], ...]:
    if not dataclasses.is_dataclass(model):
        raise AslError(
            f"{model.__name__}: is no input model; declare it with @dataclass(frozen=True, kw_only=True)"
        )
    return dataclasses.fields(model)


def _pydantic_model(model: type) -> Any:
    import typing

    import pydantic

    hints = typing.get_type_hints(model, include_extras=True)
    members: dict[str, Any] = {}
    for item in _fields(model):
        facts: dict[str, Any] = {name: item.metadata[name] for name in _LIMITS if name in item.metadata}
        facts["description"] = item.metadata.get("description")
        facts["examples"] = item.metadata.get("examples") or None
        if item.metadata.get("unit"):
            facts["json_schema_extra"] = {"unit": item.metadata["unit"]}
        if item.default is not MISSING:
            facts["default"] = item.default
        elif item.default_factory is not MISSING:
            facts["default_factory"] = item.default_factory
        members[item.name] = (_nested(hints[item.name]), pydantic.Field(**facts))
    config = pydantic.ConfigDict(extra="forbid", allow_inf_nan=False, title=model.__name__)
    return pydantic.create_model(model.__name__, __config__=config, __doc__=model.__doc__, **members)


def _nested(hint: Any) -> Any:
    """The type with every input model inside it, as in `Limits | None`, keeping its limits too."""
    import typing
    from types import UnionType

    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return _pydantic_model(hint)
    origin, parts = typing.get_origin(hint), tuple(map(_nested, typing.get_args(hint)))
    if origin in (typing.Union, UnionType):
        return typing.Union[parts]  # noqa: UP007 - the types are known only now
    return origin[parts] if origin in (list, dict, tuple) else hint
