"""Our machines with one fault each in states, fields, steps and calls. `pytest -rP` shows what survives."""

from tests.check.mutants.excuses import excuse
from tests.check.mutants.operators import OF_FORM, mutants
from tests.check.mutants.reasons import reason
from tests.check.mutants.subject import OWN
from tests.check.mutants.verdict import judge, sample

DRAWN = 120  # of all machines together


def test_nearly_every_fault_in_states_and_steps_is_caught() -> None:
    verdict = judge(
        sample(((own, it) for own in OWN for it in mutants(own.subject.definition, OF_FORM)), DRAWN),
        lambda own, mutant: own.findings(mutant.of(own.subject.definition)),
        excuse,
        reason,
    )

    print(verdict)
    assert verdict.unexplained == []
    assert verdict.low == []
