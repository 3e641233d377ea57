"""Our templates with one fault each in a machine's role or substitutions: nearly all are caught."""

import pytest

from tests.check.mutants.stack_operators import mutants
from tests.check.mutants.subject import OWN, Own
from tests.check.mutants.verdict import LEAST, judge, sample


@pytest.mark.parametrize("own", OWN, ids=lambda own: own.name)
def test_the_stack_itself_has_no_finding(own: Own) -> None:
    assert own.findings_of_stack(own.stack) == []


@pytest.mark.parametrize("own", OWN, ids=lambda own: own.name)
def test_nearly_every_fault_in_a_role_or_in_substitutions_is_caught(own: Own) -> None:
    verdict = judge(
        sample(mutants(own.stack, own.name), 50),
        lambda mutant: own.findings_of_stack(mutant.of(own.stack)),
        lambda _: "",
        lambda _: "UNEXPLAINED",
    )

    print(verdict)
    assert verdict.share >= LEAST
