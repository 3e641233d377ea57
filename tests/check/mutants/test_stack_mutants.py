"""Our templates with one fault each in a machine's role or substitutions: nearly all are caught."""

import pytest

from tests.check.mutants.excuses import excuse_of_stack
from tests.check.mutants.reasons import reason_of_stack
from tests.check.mutants.stack_operators import mutants
from tests.check.mutants.subject import OWN, Own
from tests.check.mutants.verdict import judge, sample

DRAWN = 110  # of all machines together


@pytest.mark.parametrize("own", OWN, ids=lambda own: own.name)
def test_the_stack_itself_has_no_finding(own: Own) -> None:
    assert own.findings_of_stack(own.stack) == []


def test_nearly_every_fault_in_a_role_or_in_substitutions_is_caught() -> None:
    verdict = judge(
        sample(((own, mutant) for own in OWN for mutant in mutants(own.stack, own.name)), DRAWN),
        lambda own, mutant: own.findings_of_stack(mutant.of(own.stack)),
        excuse_of_stack,
        reason_of_stack,
    )

    print(verdict)
    assert verdict.unexplained == []
    assert verdict.low == []
