"""One small fault at a time, for what a template says of a machine: its substitutions and its role."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.check.mutants.mutation import Mutant, Place, at, drop, places, put, rename


def substitutions_changed(stack: Any, machine: str) -> Iterator[Mutant]:
    place = ("Resources", machine, "Properties", "DefinitionSubstitutions")
    for name in at(stack, place):
        yield Mutant("substitution renamed", (*place, name), f"{name}z", rename(f"{name}z"))
        yield Mutant("substitution dropped", (*place, name), str(name), drop)


def permissions_dropped(stack: Any, machine: str) -> Iterator[Mutant]:
    """Each statement, and of those with several actions or resources each one."""
    for place, statement in _statements(stack, machine):
        yield Mutant("statement dropped", place, str(statement.get("Sid")), drop)
        for field in ("Action", "Resource"):
            listed = statement[field]
            for index, item in enumerate(listed if isinstance(listed, list) else ()):
                yield Mutant(f"{field.lower()} dropped", (*place, field, index), str(item), drop)


def actions_misspelt(stack: Any, machine: str) -> Iterator[Mutant]:
    for place, statement in _statements(stack, machine):
        listed = statement["Action"]
        for index, item in enumerate(listed if isinstance(listed, list) else [listed]):
            where = (*place, "Action", index) if isinstance(listed, list) else (*place, "Action")
            yield Mutant("permission misspelt", where, f"{item}z", put(f"{item}z"))


def resources_narrowed(stack: Any, machine: str) -> Iterator[Mutant]:
    """Another name than the one that is used."""
    for place, statement in _statements(stack, machine):
        told = statement["Resource"]
        text = told.get("Fn::Sub") if isinstance(told, dict) else None
        if isinstance(text, str):
            yield Mutant("resource elsewhere", (*place, "Resource"), "z", put({"Fn::Sub": f"{text[:-1]}z"}))


def conditions_dropped(stack: Any, machine: str) -> Iterator[Mutant]:
    for place, statement in _statements(stack, machine):
        if "Condition" in statement:
            yield Mutant("condition dropped", (*place, "Condition"), "", drop)


def trust_changed(stack: Any, machine: str) -> Iterator[Mutant]:
    role = ("Resources", _role(stack, machine), "Properties", "AssumeRolePolicyDocument")
    for place, value in places(at(stack, role)):
        if place[-1] == "Service":
            yield Mutant("trust changed", (*role, *place), "lambda", put("lambda.amazonaws.com"))
        elif place[-1] == "Action" and isinstance(value, str):
            yield Mutant("trust changed", (*role, *place), f"{value}z", put(f"{value}z"))


def _role(stack: Any, machine: str) -> str:
    """The logical id in `Role: !GetAtt <id>.Arn`."""
    told = stack["Resources"][machine]["Properties"]["Role"]["Fn::GetAtt"]
    return str(told[0] if isinstance(told, list) else told.split(".")[0])


def _statements(stack: Any, machine: str) -> Iterator[tuple[Place, dict[str, Any]]]:
    policies = ("Resources", _role(stack, machine), "Properties", "Policies")
    for number, policy in enumerate(at(stack, policies)):
        for index, statement in enumerate(policy["PolicyDocument"]["Statement"]):
            yield (*policies, number, "PolicyDocument", "Statement", index), statement


OPERATORS: tuple[Callable[[Any, str], Iterator[Mutant]], ...] = (
    substitutions_changed,
    permissions_dropped,
    actions_misspelt,
    resources_narrowed,
    conditions_dropped,
    trust_changed,
)


def mutants(stack: Any, machine: str) -> Iterator[Mutant]:
    for operator in OPERATORS:
        yield from operator(stack, machine)
