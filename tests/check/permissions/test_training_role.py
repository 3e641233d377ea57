"""The role of the training machine in the repository's own templates."""

from collections.abc import Iterator
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from stepmill.check.finding import Findings
from stepmill.check.permissions.compare import check_role, deployment_of
from stepmill.check.permissions.derive import derive
from stepmill.check.permissions.grants import matches_action, meets
from stepmill.check.permissions.patterns import covers
from stepmill.check.permissions.roles import is_distinct, role_of
from stepmill.check.permissions.views import views_of
from stepmill.check.reading.template import Machine, Template
from stepmill.check.reading.text import read_file
from stepmill.check.subject import TaskView

ROOT = Path(__file__).parents[3]


def training(change: Any = None) -> Machine:
    """change: is done to the document of the tabular stack."""
    file = ROOT / "template.yaml"
    template = Template(file, read_file(file, Findings()))
    if change is not None:
        change(template.root.children["Tabular"].document)
    machine = template.machine("Training")
    assert machine is not None
    return machine


@pytest.fixture(scope="module")
def views() -> list[TaskView]:
    subject = training().subject
    assert subject is not None
    return views_of(subject)


def statements(document: Any) -> list[dict[str, Any]]:
    policies = document["Resources"]["TrainingRole"]["Properties"]["Policies"]
    found: list[dict[str, Any]] = policies[0]["PolicyDocument"]["Statement"]
    return found


def test_the_role_allows_what_is_needed_and_nothing_else(views: list[TaskView]) -> None:
    assert check_role(training(), views) == []


def test_no_statement_reaches_further_than_some_need(views: list[TaskView]) -> None:
    machine = training()
    role = role_of(machine)
    assert machine.subject is not None
    assert role is not None
    needs = derive(machine.subject, views, deployment_of(machine)).needs
    distinct = partial(is_distinct, role.scope)
    wide = [
        (action.text, resource.text)
        for grant in role.grants.found
        for action in grant.actions
        for resource in grant.resources
        if not any(
            matches_action(action.text, need.action)
            and (covers(need.resource, resource.text) or meets(resource.text, need.resource, distinct))
            for need in needs
        )
    ]
    assert wide == []


def narrowed(document: Any) -> Iterator[tuple[str, Any]]:
    """Every way to take one thing away from the role."""
    for index, statement in enumerate(statements(document)):
        yield f"{statement['Sid']}", partial(_without_statement, index)
        for key in ("Action", "Resource"):
            listed = statement[key]
            for place in range(len(listed)) if isinstance(listed, list) else ():
                yield f"{statement['Sid']}.{key}.{place}", partial(_without_item, index, key, place)


def _without_statement(index: int, document: Any) -> None:
    del statements(document)[index]


def _without_item(index: int, key: str, place: int, document: Any) -> None:
    del statements(document)[index][key][place]


def test_whatever_is_taken_away_is_noticed(views: list[TaskView]) -> None:
    document = deepcopy(training().scope.document)
    unnoticed = []
    for name, change in narrowed(document):
        found = check_role(training(change), views)
        if [finding.rule for finding in found] != ["permission-missing"] * len(found) or not found:
            unnoticed.append((name, found))
    assert unnoticed == []
