"""The training machine's role: what the compiled machine needs, and nothing else."""

import re
from collections.abc import Callable
from typing import Any

from tests.statemachines.conftest import COMPILED

from .deployment import Stack
from .needs import of_machine
from .policies import idle, lacking, listed, statements

Stacks = dict[str, Stack]
Machine = Callable[[Stacks], dict[str, Any]]


def test_allows_exactly_what_the_compiled_machine_needs(stacks: Stacks, machine: Machine) -> None:
    given = statements(stacks["tabular"], "TrainingRole", foreign=stacks)
    needs = of_machine(stacks["tabular"], machine(stacks))
    assert lacking(given, needs) == []
    assert list(idle(given, needs)) == []


def test_a_missing_statement_is_noticed_whichever_it_is(aws: Stacks, machine: Machine) -> None:
    given = statements(aws["tabular"], "TrainingRole", foreign=aws)
    needs = of_machine(aws["tabular"], machine(aws))
    unnoticed = [s["Sid"] for s in given if not lacking([other for other in given if other is not s], needs)]
    assert unnoticed == []


def test_a_missing_action_is_noticed_whichever_it_is(aws: Stacks, machine: Machine) -> None:
    given = statements(aws["tabular"], "TrainingRole", foreign=aws)
    needs = of_machine(aws["tabular"], machine(aws))
    for statement in given:
        for action in listed(statement["Action"]):
            fewer = {**statement, "Action": [a for a in listed(statement["Action"]) if a != action]}
            rest = [fewer if other is statement else other for other in given]
            assert lacking(rest, needs), f"{statement['Sid']}: {action}"


def test_passes_roles_to_sagemaker_only(stacks: Stacks) -> None:
    given = statements(stacks["tabular"], "TrainingRole", foreign=stacks)
    [passing] = [statement for statement in given if "iam:PassRole" in listed(statement["Action"])]
    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    assert all(":role/stepmill-prod-" in arn for arn in passing["Resource"])


def test_every_token_of_the_machine_is_filled(aws: Stacks) -> None:
    [(_, properties)] = aws["tabular"].resources("AWS::Serverless::StateMachine")

    tokens = set(re.findall(r"\$\{(\w+)\}", COMPILED.read_text()))
    assert tokens == set(properties["DefinitionSubstitutions"])
