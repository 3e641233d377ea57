"""Every rule: what it says of itself, and that its examples are what it says."""

from __future__ import annotations

import importlib
import json
from collections import Counter
from pathlib import Path
from pkgutil import iter_modules

import pytest

from stepmill.check import rules
from stepmill.check.catalogue import all_rules
from stepmill.check.finding import Finding
from stepmill.check.reading.context import parse_context
from stepmill.check.rule import FAILURE, WARNING, Example, Rule
from stepmill.check.run import check_files

RULES = [pytest.param(rule, id=rule.id) for rule in all_rules().values()]
FAMILIES = {path.stem for path in (Path(__file__).parents[1] / "rejected").iterdir()}


def findings(example: Example, folder: Path) -> list[Finding]:
    for name, document in example.beside.items():
        (folder / name).write_text(json.dumps(document))
    file = folder / ("template.json" if example.is_template else "machine.asl.json")
    file.write_text(example.text or json.dumps(example.document))
    return check_files([file], parse_context(dict(example.context))).findings


@pytest.mark.parametrize("rule", RULES)
def test_the_wrong_example_has_this_fault_and_no_other(rule: Rule, tmp_path: Path) -> None:
    assert [one.rule for one in findings(rule.bad, tmp_path)] == [rule.id]


@pytest.mark.parametrize("rule", RULES)
def test_the_right_example_has_no_fault(rule: Rule, tmp_path: Path) -> None:
    assert [one.message for one in findings(rule.good, tmp_path)] == []


@pytest.mark.parametrize("rule", RULES)
def test_the_wrong_example_is_of_the_rules_severity(rule: Rule, tmp_path: Path) -> None:
    assert {one.severity for one in findings(rule.bad, tmp_path)} == {rule.severity}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_says_what_is_wrong_why_and_who_says_so(rule: Rule) -> None:
    assert rule.severity in (FAILURE, WARNING)
    assert rule.family in FAMILIES
    assert rule.line.endswith(".")
    assert rule.paragraph.endswith(".")
    assert rule.source.startswith("https://")
    assert rule.id == rule.id.lower().replace("_", "-").replace(" ", "-")


def test_an_id_and_a_line_stand_for_one_rule() -> None:
    modules = [
        importlib.import_module(f"{rules.__name__}.{found.name}") for found in iter_modules(rules.__path__)
    ]
    written = {id(one): one for module in modules for one in vars(module).values() if isinstance(one, Rule)}
    ids, lines = (
        Counter(rule.id for rule in written.values()),
        Counter(rule.line for rule in written.values()),
    )
    assert [text for text, count in (ids + lines).items() if count > 1] == []
