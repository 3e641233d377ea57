"""The examples of the rules about permissions and wiring: the bad one has that finding and no other."""

from pathlib import Path
from typing import Any

import pytest

from stepmill.check.finding import Finding
from stepmill.check.permissions.compare import check_role
from stepmill.check.reading.context import parse_context
from stepmill.check.reading.template import Template
from stepmill.check.rule import Example, Rule
from stepmill.check.rules import iam, sam, sam_events
from stepmill.check.wiring.template import check_wiring

from .trees import written

RULES = [
    rule for family in (iam, sam, sam_events) for rule in vars(family).values() if isinstance(rule, Rule)
]


def of_example(example: Example, folder: Path) -> list[Finding]:
    written(folder, dict(example.beside))
    given = parse_context(dict(example.context))
    template = Template(folder / "template.json", example.document)
    findings = check_wiring(template, given.inputs)
    return findings + [one for machine in template.machines for one in check_role(machine, [])]


@pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
def test_an_example_shows_its_rule(rule: Rule, tmp_path: Path) -> None:
    found: list[tuple[str, Any]] = [
        (finding.rule, finding.severity) for finding in of_example(rule.bad, tmp_path)
    ]
    assert found == [(rule.id, rule.severity)]
    assert of_example(rule.good, tmp_path) == []
