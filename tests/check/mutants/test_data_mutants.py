"""Our machines with one fault each in paths, members and values. `pytest -rP` shows what survives."""

import pytest

from tests.check.mutants.excuses import excuse, reason
from tests.check.mutants.operators import OF_DATA, mutants
from tests.check.mutants.subject import OWN, Own
from tests.check.mutants.verdict import LEAST, judge, sample


@pytest.mark.parametrize("own", OWN, ids=lambda own: own.name)
def test_the_machine_itself_has_no_finding(own: Own) -> None:
    assert own.findings(own.subject.definition) == []


@pytest.mark.parametrize("own", OWN, ids=lambda own: own.name)
def test_nearly_every_fault_in_what_flows_is_caught(own: Own) -> None:
    definition = own.subject.definition

    verdict = judge(
        sample(mutants(definition, OF_DATA), 90),
        lambda mutant: own.findings(mutant.of(definition)),
        lambda mutant: excuse(own, mutant),
        lambda mutant: reason(own, mutant),
    )

    print(verdict)
    assert verdict.share >= LEAST
