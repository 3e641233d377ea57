"""Definitions that are right, in the many styles in which people write them, raise no failure."""

import json
from pathlib import Path
from typing import Any

import pytest

from stepmill.check.checker import check_machine
from stepmill.check.reading.context import parse_context
from stepmill.check.rule import FAILURE
from stepmill.check.subject import Subject

FOLDER = Path(__file__).parents[1] / "accepted"
FILES = sorted(FOLDER.rglob("*.json"))


def subject_of(document: dict[str, Any], name: str) -> Subject:
    """A bare definition, or one with the context that it is checked in."""
    given = parse_context(document.get("context", {}))
    definition, kind = document.get("definition", document), given.kind or "STANDARD"
    return Subject(definition, file=name, name=name, kind=kind, context=given.context)


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_a_correct_machine_raises_no_failure(file: Path) -> None:
    found = check_machine(subject_of(json.loads(file.read_text()), file.stem)).found
    told = [f"{each.rule} {each.pointer} {each.message}" for each in found if each.severity == FAILURE]
    assert told == [], "\n".join(told)


def test_there_are_many_of_them_in_every_style() -> None:
    assert len(FILES) >= 110
    assert len({file.parent.name for file in FILES}) >= 25
