"""Whatever stands in a definition, the check comes back and points at what is there."""

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stepmill.check.finding import Findings
from stepmill.check.subject import Subject
from stepmill.check.syntax import check_syntax

ACCEPTED = sorted((Path(__file__).parents[2] / "accepted").rglob("*.json"))
ODD: tuple[Any, ...] = (
    None, True, -1, 1.5, 10**30, "", "x", "$.a", "{% a", "{% $x.( %}", "States.X(", "${T}", "é~/", [], {},
    [None], [[]], [{}], {"": {}}, {"a.$": 1}, {"Type": "Map"}, {"StartAt": 1, "States": 2},
    {"ProcessorConfig": []}, {"Next": []}, ["States.ALL", None],
)  # fmt: skip
TRIES_EACH = 12


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """(holder, key) of everything inside."""
    if isinstance(value, (dict, list)):
        for key, inner in list(value.items() if isinstance(value, dict) else enumerate(value)):
            yield value, key
            yield from places(inner)


def at_pointer(document: Any, pointer: str) -> Any:
    """Raises: KeyError, IndexError or ValueError when nothing is there."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        document = document[int(name)] if isinstance(document, list) else document[name]
    return document


@pytest.mark.parametrize("file", ACCEPTED, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_comes_back_and_points_at_what_is_there(file: Path) -> None:
    definition = json.loads(file.read_text())
    definition = definition.get("definition", definition)
    chance = random.Random(file.stem)  # noqa: S311 - the same tries each time
    for _ in range(TRIES_EACH):
        spoilt = copy.deepcopy(definition)
        holder, key = chance.choice(list(places(spoilt)))
        how = chance.randrange(3)
        if how == 0:
            del holder[key]
        elif how == 1 or isinstance(holder, list):
            holder[key] = copy.deepcopy(chance.choice(ODD))
        else:
            holder[chance.choice([f"{key}.$", key.lower(), "Next", "Type", "Retry", "Output"])] = holder.pop(
                key
            )
        findings = Findings()
        broken = check_syntax(Subject(spoilt), findings)
        for pointer in [*broken, *(found.pointer for found in findings.found)]:
            at_pointer(spoilt, pointer)
