"""Our machines with one fault each in states, fields, steps and calls. `pytest -rP` shows what survives."""

import pytest

from tests.check.mutants.excuses import excuse, reason
from tests.check.mutants.operators import OF_FORM, mutants
from tests.check.mutants.subject import OWN, Own
from tests.check.mutants.verdict import LEAST, judge, sample


@pytest.mark.parametrize("own", OWN, ids=lambda own: own.name)
def test_nearly_every_fault_in_states_and_steps_is_caught(own: Own) -> None:
    definition = own.subject.definition

    verdict = judge(
        sample(mutants(definition, OF_FORM), 120),
        lambda mutant: own.findings(mutant.of(definition)),
        lambda mutant: excuse(own, mutant),
        lambda mutant: reason(own, mutant),
    )

    print(verdict)
    assert verdict.share >= LEAST
