"""Values that Step Functions reads while a machine runs: JSONPaths, the context object, placeholders.

A path stands anywhere a value may stand; the states write `"key.$"` for it. Nobody writes `.$` by hand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, TypeGuard

from stepmill.asl import sdk
from stepmill.asl.errors import AslError

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_PATH = re.compile(r"\$(\$?[.\[]|\$?\Z|[A-Za-z_])")


def subscript(name: str | int) -> str:
    """`['name']` or `[0]`, with what would end the quoted name early escaped."""
    if isinstance(name, int):
        return f"[{name}]"
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    return f"['{escaped}']"


class Expression:
    """Text that Step Functions evaluates; `to_jsonpath()` as the SDK's placeholders have it."""

    def __init__(self, text: str) -> None:
        self.text = text

    def to_jsonpath(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and isinstance(other, Expression) and other.text == self.text

    def __hash__(self) -> int:
        return hash((type(self), self.text))


class Path(Expression):
    """A JSONPath. `p["name"]` and `p[0]` go one step down, whatever characters the name has."""

    def __init__(self, text: str) -> None:
        if not isinstance(text, str) or not _PATH.match(text):
            raise AslError(f"path({text!r}): not a JSONPath; write $.field, $$.Execution.Id or $variable")
        super().__init__(text)

    def __getitem__(self, name: str | int) -> Path:
        if isinstance(name, str) and _PLAIN_NAME.match(name):
            return Path(f"{self.text}.{name}")
        return Path(self.text + subscript(name))

    def __iter__(self) -> Any:
        # __getitem__ alone would make `list(path)` run for ever.
        raise TypeError(f"{self!r} cannot be iterated; use a Map state")


def path(text: str) -> Path:
    """A place in the state's input (`$.job.name`), the context object (`$$...`) or a variable (`$name`)."""
    return Path(text)


def context(text: str) -> Path:
    """A place in the context object, such as `$$.Execution.Id` or `$$.State.RetryCount`."""
    if not text.startswith("$$."):
        raise AslError(
            f"context({text!r}): not in the context object; write $$.Execution.Id, $$.Map.Item.Value..."
        )
    return Path(text)


def jsonata(expression: str) -> str:
    """`{% expression %}`, for states whose query language is JSONata."""
    return f"{{% {expression.strip()} %}}"


class ExecutionInput(sdk.ExecutionInput):
    """The SDK's placeholder of the execution's input, `$$.Execution.Input[...]`."""

    def _join_path(self, path: Any) -> str:
        return "".join(subscript(name) for name in path)

    def _create_variable(
        self, name: str | int, parent: sdk.Placeholder, type: type | None = None
    ) -> ExecutionInput:
        if self.immutable:
            raise AslError(f"ExecutionInput: field {name!r} is not in its schema; add it there")
        return ExecutionInput(name=name, parent=parent, type=type)


class StepInput(sdk.StepInput):
    """The SDK's placeholder of a state's output, `$[...]`; the topmost one knows the state, `source`."""

    source: sdk.State | None = None

    def _join_path(self, path: Any) -> str:
        return "".join(subscript(name) for name in path)

    def _create_variable(
        self, name: str | int, parent: sdk.Placeholder, type: type | None = None
    ) -> StepInput:
        if self.immutable:
            raise AslError(f"StepInput: field {name!r} is not in its schema; add it there")
        return StepInput(name=name, parent=parent, type=type)


Dynamic: TypeAlias = Expression | sdk.Placeholder
# Any JSON value with dynamic values anywhere inside.
Template: TypeAlias = (
    "bool | int | float | str | Dynamic | Sequence[Template] | Mapping[str, Template] | None"
)
Object: TypeAlias = Mapping[str, Template]
# A value that a Path field takes: None is ASL's null.
PathValue: TypeAlias = str | Dynamic | None


def is_dynamic(value: object) -> TypeGuard[Dynamic]:
    return isinstance(value, (Expression, sdk.Placeholder))
