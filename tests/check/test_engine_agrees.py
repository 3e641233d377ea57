"""What the checker lets pass never fails for its data in the engine; what it refuses for its data does."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase

from stepmill.check.permissions.views import views_of
from stepmill.check.reading.context import parse_context
from stepmill.check.subject import Subject
from stepmill.engine import InvalidDefinition, parse
from tests.check.answers import tasks_of
from tests.check.exploring import Explorer, Told
from tests.check.generated import ANYTHING, of_schema
from tests.check.mutants.operators import segments_renamed
from tests.check.mutants.subject import OWN, Own
from tests.statemachines.running import TOKENS, definition_for

RUNS = 16  # of a round


@dataclass(frozen=True)
class Explored:
    """rounds: for each state. least_entered: a little below the fewest that these rounds come to: this varies
    with the constants that hypothesis finds in what is imported; what the machine refuses and its input model
    too is never entered. far: a state that is entered only after many answers.
    """

    name: str
    rounds: float
    least_entered: int
    far: str

    @property
    def own(self) -> Own:
        return next(own for own in OWN if own.name == self.name)


EXPLORED = (
    Explored("BatchScoring", rounds=0.3, least_entered=55, far="Summarize"),
    Explored("Deployment", rounds=0.25, least_entered=95, far="MergePackage"),
    Explored("ModelMonitor", rounds=0.3, least_entered=32, far="Summarize"),
    Explored("Training", rounds=0.25, least_entered=100, far="JudgeCandidate"),
)
by_machine = pytest.mark.parametrize("explored", EXPLORED, ids=lambda explored: explored.name)
REJECTED = Path(__file__).parents[1] / "rejected" / "data_flow"


def explorer_of(own: Own, definition: dict[str, Any], tell: Told) -> Explorer:
    return Explorer(definition, of_schema(own.schema), tasks_of(own.views, definition), tell)


def definition_of(own: Own) -> dict[str, Any]:
    return definition_for(TOKENS, Path(own.source).stem)


def refuse(errors: list[str]) -> None:
    assert not errors, errors[0]


def test_every_machine_of_ours_is_run() -> None:
    assert {explored.name for explored in EXPLORED} == {own.name for own in OWN}


@by_machine
def test_no_run_of_our_machines_fails_for_its_data(explored: Explored) -> None:
    explorer = explorer_of(explored.own, definition_of(explored.own), refuse)

    explorer.explore(round(explored.rounds * len(explorer.scopes)), RUNS)

    entered = explorer.scopes.keys() & explorer.entered.keys()
    never = ", ".join(sorted(explorer.scopes.keys() - entered))
    print(f"{len(entered)} of {len(explorer.scopes)} states entered, never: {never}")
    assert len(entered) >= explored.least_entered  # else little was shown


@by_machine
def test_a_path_that_leads_nowhere_is_found_by_a_run(explored: Explored) -> None:
    definition = definition_of(explored.own)
    broken = next(
        mutant for mutant in segments_renamed(definition) if mutant.place[:2] == ("States", explored.far)
    )
    explorer = explorer_of(explored.own, broken.of(definition), refuse)
    explorer.phases = (Phase.generate,)  # to shrink it takes longer than to find it

    with pytest.raises(AssertionError, match=rf"States\.\w+.*the state '{explored.far}'"):
        explorer.explore(len(explorer.scopes), RUNS)


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


def is_run(definition: dict[str, Any]) -> bool:
    """The engine says itself what it does not run yet, such as JSONata; the form of all these is right."""
    try:
        parse(definition)
    except InvalidDefinition as error:
        if not re.search(r"not run( by this engine)? yet", str(error)):
            raise
        return False
    return True


def test_the_engine_fails_where_the_checker_says_that_a_path_is_missing() -> None:
    told = {file: json.loads(file.read_text(encoding="utf-8")) for file in sorted(REJECTED.glob("*.json"))}
    files = [
        file
        for file, case in told.items()
        if case["expect"][0]["rule"] == "path-missing" and "definition" in case and is_run(case["definition"])
    ]

    by_both = [file.stem for file in files[:26] if is_told_by_both(file)]

    assert len(by_both) >= 20
