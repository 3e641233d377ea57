"""Payload templates: JSON in which `"name.$"` takes its value from a path or an intrinsic function."""

from collections.abc import Callable
from typing import Any

from stepmill.engine.errors import RUNTIME, Fault, InvalidDefinition
from stepmill.engine.jsontext import dumps

from .intrinsics import compile_call
from .jsonpath import NotFound, Path, compile_path
from .scan import PathSyntax
from .scope import Scope

Render = Callable[[Scope], Any]


def compile_template(template: Any, pointer: str) -> Render:
    """Raises: InvalidDefinition. What it gives raises Fault when a path names nothing or a function fails."""
    render = _compile(template, pointer)
    return render if render is not None else lambda _scope: template


def _compile(template: Any, pointer: str) -> Render | None:
    """None for a constant."""
    if isinstance(template, dict):
        return _compile_object(template, pointer)
    if isinstance(template, list):
        renders = [_compile(item, f"{pointer}/{index}") for index, item in enumerate(template)]
        if all(render is None for render in renders):
            return None
        pairs = list(zip(template, renders, strict=True))
        return lambda scope: [item if render is None else render(scope) for item, render in pairs]
    return None


def _compile_object(template: dict[str, Any], pointer: str) -> Render | None:
    members: list[tuple[str, Any, Render | None]] = []
    for key, item in template.items():
        if key.endswith(".$"):
            members.append((key[:-2], None, compile_field(key, item, f"{pointer}/{key}")))
        else:
            members.append((key, item, _compile(item, f"{pointer}/{key}")))
    names = [name for name, _, _ in members]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidDefinition(pointer, f"the field {twice!r} is given twice, as a value and as a path")
    if all(render is None for _, _, render in members):
        return None
    return lambda scope: {name: item if render is None else render(scope) for name, item, render in members}


def compile_field(name: str, expression: Any, pointer: str) -> Render:
    """One `"name.$": expression`."""
    if not isinstance(expression, str):
        kind = "must be a valid JSONPath or a valid intrinsic function call"
        raise InvalidDefinition(pointer, f"the value for the field {name!r} {kind}, not {expression!r}")
    try:
        if not expression.startswith("$"):
            return compile_call(expression)
        return _looked_up(name, compile_path(expression))
    except PathSyntax as error:
        raise InvalidDefinition(
            pointer, f"the value for the field {name!r} cannot be read: {error}"
        ) from None


def _looked_up(name: str, path: Path) -> Render:
    def evaluate(scope: Scope) -> Any:
        root = scope.root_of(path)
        try:
            return path.find(root)
        except NotFound:
            missing = f"The JSONPath '{path.text}' specified for the field '{name}'"
            raise Fault(RUNTIME, f"{missing} could not be found in the input '{dumps(root)}'") from None

    return evaluate
