"""A SAM or CloudFormation template and the state machines in it, those of nested stacks included.

Does not read what lies in S3, and of a definition that depends on a condition takes the first form.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from stepmill.check.finding import Findings, pointer
from stepmill.check.reading.template_definition import Inlined, definition_in, read_definition
from stepmill.check.reading.template_functions import resolve
from stepmill.check.reading.template_scope import Scope, beside
from stepmill.check.reading.template_values import SYMBOL, UNRESOLVED, alternatives, shape_of
from stepmill.check.records import dataclass, replace
from stepmill.check.shapes.shape import Shape, String
from stepmill.check.subject import Context, Kind, Subject

MACHINES = ("AWS::Serverless::StateMachine", "AWS::StepFunctions::StateMachine")
# The properties that hold a definition, by where they take it from.
INLINE = ("Definition", "DefinitionString")
FILES = ("DefinitionUri", "DefinitionS3Location")


@dataclass(frozen=True)
class Machine:
    """A state machine resource. subject: None when its definition cannot be had.

    problems: of the definition's file. definition_file: where the template says that it lies, there or not.
    is_filled: the template gives DefinitionSubstitutions. own_tokens: what its functions within became.
    filled: the tokens that its definition had and that have become numbers or truths.
    """

    scope: Scope
    logical_id: str
    subject: Subject | None
    definition_file: Path | None
    problems: Findings
    is_filled: bool
    own_tokens: frozenset[str] = frozenset()
    filled: frozenset[str] = frozenset()

    @property
    def pointer(self) -> str:
        return pointer("Resources", self.logical_id)

    @property
    def is_sam(self) -> bool:
        return str(self.scope.resources[self.logical_id]["Type"]) == MACHINES[0]

    @property
    def properties(self) -> dict[str, Any]:
        return self.scope.properties(self.logical_id)

    def value(self, name: str) -> Any:
        """A property, resolved; None when it is not given."""
        told = self.properties.get(name)
        return None if told is None else resolve(told, self.scope)

    def in_context(self, context: Context) -> Subject | None:
        return replace(self.subject, context=context) if self.subject else None


class Template:
    """file: as the user named it; nested templates and definitions are named likewise."""

    def __init__(self, file: Path, document: Mapping[str, Any]) -> None:
        self.root = Scope(file, document)

    @cached_property
    def machines(self) -> list[Machine]:
        """Of the root first, then of each nested stack, in the order of the files."""
        return list(machines_of(self.root))

    def machine(self, name: str) -> Machine | None:
        """By its logical id; the first when nested stacks repeat one."""
        return next((machine for machine in self.machines if machine.logical_id == name), None)


def machines_of(root: Scope) -> Iterator[Machine]:
    for scope in root.tree():
        yield from _machines(scope)


def _machines(scope: Scope) -> Iterator[Machine]:
    for name in scope.of_type(*MACHINES):
        problems = Findings()
        filled = scope.properties(name).get("DefinitionSubstitutions")
        substitutions = _substitutions(scope, scope.properties(name))
        found, file = _definition(scope, name, substitutions, problems)
        subject = _made(scope, name, found, substitutions)
        own = frozenset(found.tokens) if found else frozenset()
        became = found.filled if found else frozenset[str]()
        yield Machine(scope, name, subject, file, problems, isinstance(filled, dict), own, became)


def _definition(
    scope: Scope, name: str, substitutions: Mapping[str, Shape], problems: Findings
) -> tuple[Inlined | None, Path | None]:
    """The definition, and the file where the template says that it lies."""
    properties = scope.properties(name)
    for key in INLINE:
        if key in properties:
            place = pointer("Resources", name, "Properties", key)
            found = definition_in(properties[key], scope, place, substitutions, problems)
            return found, found.file if found else None
    for key in FILES:
        told = resolve(properties.get(key), scope)
        if isinstance(told, str) and "://" not in told and "${" not in told:
            file = beside(scope.file, told)
            found = read_definition(file, scope, substitutions, problems) if file.is_file() else None
            return found, file
    return None, None


def _made(
    scope: Scope, name: str, found: Inlined | None, substitutions: Mapping[str, Shape]
) -> Subject | None:
    if found is None:
        return None
    return Subject(
        definition=found.definition,
        file=str(found.file or scope.file),
        name=name,
        pointer="" if found.file else found.pointer,
        kind=_kind(scope, name),
        substitutions={**_symbols(substitutions.values(), scope), **found.tokens, **substitutions},
    )


def _symbols(shapes: Iterable[Shape], scope: Scope) -> dict[str, Shape]:
    """What is known of the symbols that the values of tokens hold in turn."""
    names: dict[str, None] = {}
    for shape in shapes:
        for value in sorted(shape.values or ()) if isinstance(shape, String) else ():
            names |= dict.fromkeys(SYMBOL.findall(value))
    return {name: shape_of("${" + name + "}", scope.symbols) for name in names}


def _kind(scope: Scope, name: str) -> Kind:
    properties = scope.properties(name)
    told = resolve(properties.get("Type", properties.get("StateMachineType")), scope)
    return "EXPRESS" if alternatives(told)[0] == "EXPRESS" else "STANDARD"


def _substitutions(scope: Scope, properties: Mapping[str, Any]) -> dict[str, Shape]:
    told = properties.get("DefinitionSubstitutions")
    if not isinstance(told, dict):
        return {}
    values = {token: resolve(value, scope) for token, value in told.items()}
    return {
        token: shape_of(UNRESOLVED if value is None else value, scope.symbols)
        for token, value in values.items()
    }
