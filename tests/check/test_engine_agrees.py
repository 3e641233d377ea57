"""What the checker lets pass never fails for its data in the engine; what it refuses for its data does."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from stepmill.check.permissions.views import views_of
from stepmill.check.reading.context import parse_context
from stepmill.check.subject import Subject
from tests.check.answers import tasks_of
from tests.check.exploring import Explorer, Told
from tests.check.generated import ANYTHING, of_schema
from tests.check.mutants.operators import segments_renamed
from tests.check.mutants.subject import OWN, Own
from tests.statemachines.running import TOKENS, definition_for

# Of the others little is reached: a package of the registry that tells all that is asked is never drawn, and
# batch scoring reads settings as JSON that anybody may have written.
EXPLORED = tuple(own for own in OWN if own.name in ("Training", "ModelMonitor"))
ROUNDS = 0.2  # for each state
RUNS = 16  # of each round
# A share of the states: those that refuse what the input model refuses too are a tenth and more of a machine.
LEAST_ENTERED = 0.6
# What the engine does not run yet.
NOT_RUN = ('"JSONata"', '"Assign"', '.waitForTaskToken"', '"DISTRIBUTED"')
REJECTED = Path(__file__).parents[1] / "rejected" / "data_flow"


def explorer_of(own: Own, definition: dict[str, Any], tell: Told) -> Explorer:
    return Explorer(definition, of_schema(own.schema), tasks_of(own.views, definition), tell)


def definition_of(own: Own) -> dict[str, Any]:
    return definition_for(TOKENS, Path(own.source).stem)


def refuse(errors: list[str]) -> None:
    assert not errors, errors[0]


@pytest.mark.parametrize("own", EXPLORED, ids=lambda own: own.name)
def test_no_run_of_our_machines_fails_for_its_data(own: Own) -> None:
    explorer = explorer_of(own, definition_of(own), refuse)

    explorer.explore(round(ROUNDS * len(explorer.scopes)), RUNS)

    never = sorted(explorer.scopes.keys() - explorer.entered.keys())
    print(f"{len(explorer.entered)} of {len(explorer.scopes)} states entered, never: {', '.join(never)}")
    assert len(explorer.entered) > LEAST_ENTERED * len(explorer.scopes)  # else little was shown


def test_a_path_that_leads_nowhere_is_found_by_a_run() -> None:
    own = next(own for own in OWN if own.name == "Training")
    definition = definition_of(own)
    broken = next(
        mutant
        for mutant in segments_renamed(definition)
        if mutant.place[:2] == ("States", "CheckData") and "config" in mutant.note
    )

    with pytest.raises(AssertionError, match=r"States\.Runtime|States\.ParameterPathFailure"):
        explorer_of(own, broken.of(definition), refuse).explore(2, RUNS)


def errors_of(file: Path) -> list[str]:
    told = json.loads(file.read_text(encoding="utf-8"))
    definition, schema = told["definition"], told.get("context", {}).get("input")
    subject = Subject(definition, context=parse_context(told.get("context", {}), file.name).context)
    inputs = ANYTHING if schema is None else of_schema(schema)
    errors: list[str] = []
    Explorer(definition, inputs, tasks_of(views_of(subject), definition), errors.extend).explore(3, 12)
    return errors


def is_told_by_both(file: Path) -> bool:
    """The engine fails in the very state of the path that the checker calls missing."""
    place = json.loads(file.read_text(encoding="utf-8"))["expect"][0]["pointer"].split("/")
    state = [name for above, name in pairwise(place) if above == "States"][-1]
    return any(f"the state '{state}'" in error for error in errors_of(file))


def test_the_engine_fails_where_the_checker_says_that_a_path_is_missing() -> None:
    texts = {file: file.read_text(encoding="utf-8") for file in sorted(REJECTED.glob("*.json"))}
    files = [
        file
        for file, text in texts.items()
        if json.loads(text)["expect"][0]["rule"] == "path-missing"
        and not any(word in text for word in NOT_RUN)
    ]

    told = [file.stem for file in files[:26] if is_told_by_both(file)]

    assert len(told) >= 20
