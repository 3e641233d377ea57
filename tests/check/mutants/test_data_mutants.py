"""Our machines with one fault each in paths, members and values. `pytest -rP` shows what survives."""

import pytest

from tests.check.mutants.excuses import excuse
from tests.check.mutants.operators import OF_DATA, mutants
from tests.check.mutants.reasons import reason
from tests.check.mutants.subject import OWN, Own
from tests.check.mutants.verdict import judge, sample

DRAWN = 100  # of all machines together


@pytest.mark.parametrize("own", OWN, ids=lambda own: own.name)
def test_the_machine_itself_has_no_finding(own: Own) -> None:
    assert own.findings(own.subject.definition) == []


def test_nearly_every_fault_in_what_flows_is_caught() -> None:
    verdict = judge(
        sample(((own, it) for own in OWN for it in mutants(own.subject.definition, OF_DATA)), DRAWN),
        lambda own, mutant: own.findings(mutant.of(own.subject.definition)),
        excuse,
        reason,
    )

    print(verdict)
    assert verdict.unexplained == []
    assert verdict.low == []
