"""Limits, and the examples of the rules."""

from collections.abc import Callable
from typing import Any

import pytest

from stepmill.check.finding import Findings
from stepmill.check.reading.text import read_text
from stepmill.check.rule import Example, Rule
from stepmill.check.rules import fields, languages, limits, maps, retries, structure
from stepmill.check.subject import Subject
from stepmill.check.syntax import check_syntax

Told = Callable[..., list[tuple[str, str]]]

RULES = [
    rule
    for family in (structure, fields, languages, retries, maps, limits)
    for rule in vars(family).values()
    if isinstance(rule, Rule)
]
SYNTACTIC_LIMITS = {"definition-too-large", "wait-too-long", "express-too-long", "timeout-too-long"}
HERE = [rule for rule in RULES if rule.family != "limits" or rule.id in SYNTACTIC_LIMITS]


def found_in(example: Example) -> list[str]:
    findings = Findings()
    document = read_text(example.text, "m.json", findings) if example.text else dict(example.document)
    if document is not None:
        kind = example.context.get("type", "STANDARD")
        check_syntax(Subject(document, kind=kind), findings)
    return [finding.rule for finding in findings.found]


@pytest.mark.parametrize("rule", HERE, ids=lambda rule: rule.id)
def test_the_examples_of_a_rule_show_it_and_nothing_else(rule: Rule) -> None:
    assert (found_in(rule.bad), found_in(rule.good)) == ([rule.id], [])


def wait(seconds: Any) -> dict[str, Any]:
    return {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": seconds, "End": True}}}


def test_a_wait_ends_before_its_execution_does(told: Told) -> None:
    assert told(wait(31_536_000)) == []
    assert told(wait(31_536_001)) == [("wait-too-long", "/States/A/Seconds")]
    assert told(wait(300), "EXPRESS") == []
    assert told(wait(301), "EXPRESS") == [("express-too-long", "/States/A/Seconds")]
    assert told(wait(100_000_000)) == [("field-value", "/States/A/Seconds")]


def test_the_default_timeout_may_be_written_out(told: Told) -> None:
    assert told({**wait(1), "TimeoutSeconds": 99_999_999}) == []
    assert told({**wait(1), "TimeoutSeconds": 100_000_000}) == [("timeout-too-long", "/TimeoutSeconds")]


def test_a_definition_is_measured_without_its_indentation(told: Told) -> None:
    left = 1_048_576 - len(
        '{"Comment":"","StartAt":"A","States":{"A":{"Type":"Wait","Seconds":1,"End":true}}}'
    )
    assert told({"Comment": "ä" * left, **wait(1)}) == []
    assert told({"Comment": "ä" * (left + 1), **wait(1)}) == [("definition-too-large", "")]
