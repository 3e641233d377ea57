"""The role of each machine: what the compiled machine needs, and nothing else."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.statemachines.running import compiled

from .deployment import MACHINES, Stack
from .needs import of_machine
from .policies import Need, idle, lacking, listed, statements

Stacks = dict[str, Stack]
Machine = Callable[..., dict[str, Any]]


def role_of(stacks: Stacks, name: str) -> list[dict[str, Any]]:
    stack, logical_id = MACHINES[name]
    return statements(stacks[stack], f"{logical_id}Role", foreign=stacks)


def needs_of(stacks: Stacks, machine: Machine, name: str) -> set[Need]:
    return of_machine(stacks[MACHINES[name][0]], machine(stacks, name))


@pytest.mark.parametrize("name", MACHINES)
def test_allows_exactly_what_the_compiled_machine_needs(stacks: Stacks, machine: Machine, name: str) -> None:
    given, needs = role_of(stacks, name), needs_of(stacks, machine, name)
    assert lacking(given, needs) == []
    assert list(idle(given, needs)) == []


@pytest.mark.parametrize("name", MACHINES)
def test_a_missing_statement_is_noticed_whichever_it_is(aws: Stacks, machine: Machine, name: str) -> None:
    given, needs = role_of(aws, name), needs_of(aws, machine, name)
    unnoticed = [s["Sid"] for s in given if not lacking([other for other in given if other is not s], needs)]
    assert unnoticed == []


@pytest.mark.parametrize("name", MACHINES)
def test_a_missing_action_is_noticed_whichever_it_is(aws: Stacks, machine: Machine, name: str) -> None:
    given, needs = role_of(aws, name), needs_of(aws, machine, name)
    for statement in given:
        for action in listed(statement["Action"]):
            fewer = {**statement, "Action": [a for a in listed(statement["Action"]) if a != action]}
            rest = [fewer if other is statement else other for other in given]
            assert lacking(rest, needs), f"{statement['Sid']}: {action}"


@pytest.mark.parametrize("name", MACHINES)
def test_passes_roles_to_sagemaker_only(stacks: Stacks, name: str) -> None:
    given = role_of(stacks, name)
    [passing] = [statement for statement in given if "iam:PassRole" in listed(statement["Action"])]
    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    assert all(":role/stepmill-prod-" in arn for arn in listed(passing["Resource"]))


@pytest.mark.parametrize("name", MACHINES)
def test_every_token_of_a_machine_is_filled(aws: Stacks, name: str) -> None:
    [(_, properties)] = aws[MACHINES[name][0]].resources("AWS::Serverless::StateMachine")

    tokens = set(re.findall(r"\$\{(\w+)\}", compiled(name).read_text()))
    assert tokens == set(properties["DefinitionSubstitutions"])
