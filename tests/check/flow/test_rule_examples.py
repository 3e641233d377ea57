"""The examples of the rules about data: the bad one breaks its rule and no other, the good one none."""

import pytest

from stepmill.check.checker import check_machine
from stepmill.check.rule import Example, Rule
from stepmill.check.rules import budgets, data_flow, dead_ends, intrinsics
from stepmill.check.shapes.schema import of_schema
from stepmill.check.subject import Context, Subject

RULES: dict[str, Rule] = {
    rule.id: rule for module in (data_flow, dead_ends, intrinsics, budgets) for rule in module.RULES
}


def broken(example: Example) -> list[str]:
    schema = example.context.get("input", True)
    subject = Subject(dict(example.document), context=Context(input=of_schema(schema)))
    return [finding.rule for finding in check_machine(subject).found]


@pytest.mark.parametrize("name", RULES)
def test_the_bad_example_breaks_its_rule_only(name: str) -> None:
    assert broken(RULES[name].bad) == [name]


@pytest.mark.parametrize("name", RULES)
def test_the_good_example_breaks_no_rule(name: str) -> None:
    assert broken(RULES[name].good) == []
