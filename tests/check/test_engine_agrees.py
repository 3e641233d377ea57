"""What the checker lets pass never fails for its data in the engine; what it refuses for its data does."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest

from stepmill.check.permissions.views import views_of
from stepmill.check.reading.context import parse_context
from stepmill.check.subject import Subject
from tests.check.answers import tasks_of
from tests.check.exploring import Seen, explore
from tests.check.generated import ANYTHING, of_schema, samples
from tests.check.mutants.subject import OWN, Own
from tests.statemachines.conftest import TOKENS, definition_for

RUNS = 700
INPUTS = 60  # so many of the runs are from the start
# What the engine does not run yet.
NOT_RUN = ('"JSONata"', '"Assign"', '.waitForTaskToken"', '"DISTRIBUTED"')
REJECTED = Path(__file__).parents[1] / "rejected" / "data_flow"


@pytest.mark.parametrize("own", OWN, ids=lambda own: own.name)
def test_no_run_of_our_machines_fails_for_its_data(own: Own) -> None:
    definition = definition_for(TOKENS)
    inputs = samples(of_schema(own.schema), INPUTS)

    seen = explore(definition, inputs, tasks_of(own.views, definition), RUNS)

    assert seen.errors == []
    assert len(seen.entered) > len(definition["States"]) / 2  # else little was shown


def runs_of(file: Path) -> Seen:
    told = json.loads(file.read_text(encoding="utf-8"))
    definition, schema = told["definition"], told.get("context", {}).get("input")
    subject = Subject(definition, context=parse_context(told.get("context", {}), file.name).context)
    inputs = samples(ANYTHING if schema is None else of_schema(schema), 10)
    return explore(definition, inputs, tasks_of(views_of(subject), definition), 80)


def is_told_by_both(file: Path) -> bool:
    """The engine fails in the very state of the path that the checker calls missing."""
    place = json.loads(file.read_text(encoding="utf-8"))["expect"][0]["pointer"].split("/")
    state = [name for above, name in pairwise(place) if above == "States"][-1]
    return any(f"the state '{state}'" in error for error in runs_of(file).errors)


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
