"""What one check is about: a machine's definition and what is known of the world around it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from stepmill.check.records import cached_property, dataclass, field
from stepmill.check.shapes.shape import UNKNOWN, Shape

Kind: TypeAlias = Literal["STANDARD", "EXPRESS"]


@dataclass(frozen=True, slots=True)
class Contract:
    """What a Lambda function takes and gives back."""

    event: Shape = UNKNOWN
    returns: Shape = UNKNOWN


@dataclass(frozen=True, slots=True)
class Context:
    """What a definition cannot say of itself.

    input: the execution's input. lambdas: by function ARN, name or the text of a token. callbacks: by state
    name, what the holder of its task token sends back. executions: by state machine ARN, its output. written:
    the keys that the machines beside this one write; by names of `services.written`.
    """

    input: Shape = UNKNOWN
    lambdas: Mapping[str, Contract] = field(default_factory=lambda: MappingProxyType({}))
    callbacks: Mapping[str, Shape] = field(default_factory=lambda: MappingProxyType({}))
    executions: Mapping[str, Shape] = field(default_factory=lambda: MappingProxyType({}))
    written: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))

    def contract(self, function: str) -> Contract | None:
        """The contract of a function named by its ARN, ARN with a version or alias, name, or token text."""
        name = function_name(function)
        for key in (function, _unqualified(function), name):
            if key in self.lambdas:
                return self.lambdas[key]
        if name == function:
            return next((told for key, told in self.lambdas.items() if function_name(key) == name), None)
        return None


@dataclass(frozen=True, slots=True)
class Subject:
    """pointer: where the definition stands in `file`, "" when it is the whole file.

    substitutions: what is known of each `${Token}`; None for a bare file, in which a token may be any text.
    """

    definition: Any
    file: str = ""
    name: str = ""
    pointer: str = ""
    kind: Kind = "STANDARD"
    substitutions: Mapping[str, Shape] | None = None
    context: Context = field(default_factory=Context)

    @cached_property
    def text(self) -> str:
        """All the texts of the definition, one a line."""
        found: list[str] = []
        waiting = [self.definition]
        while waiting:
            value = waiting.pop()
            if isinstance(value, str):
                found.append(value)
            elif isinstance(value, dict):
                found += map(str, value)
                waiting += value.values()
            elif isinstance(value, list):
                waiting += value
        return "\n".join(found)


@dataclass(frozen=True, slots=True)
class TaskView:
    """A Task as the rules about services see it: `raw` as it is written, `arguments` as they will be sent.

    pointer: of the state. is_in_map: it runs once an item. can_repeat: a Retry or a loop may run it again.
    """

    state: str
    pointer: str
    raw: Mapping[str, Any]
    arguments: Shape
    subject: Subject
    is_in_map: bool = False
    can_repeat: bool = False


def function_name(function: str) -> str:
    """The bare name in a function's ARN, partial ARN or name; a text that is none of these as it is."""
    parts = function.split(":")
    if len(parts) >= 7 and parts[0] == "arn" and parts[5] == "function":
        return parts[6]
    if len(parts) >= 3 and parts[1] == "function":
        return parts[2]
    return parts[0] if 1 <= len(parts) <= 2 and "${" not in function else function


def _unqualified(function: str) -> str:
    parts = function.split(":")
    return ":".join(parts[:7]) if len(parts) == 8 and parts[0] == "arn" else function
