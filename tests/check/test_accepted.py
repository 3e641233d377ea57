"""Definitions that are right, in the many styles in which people write them, raise no failure."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stepmill.check.checker import check_machine
from stepmill.check.reading.context import parse_context
from stepmill.check.rule import FAILURE
from stepmill.check.run import check_files
from stepmill.check.services.integrations import OPTIMISED
from stepmill.check.services.resources import Integration, resource
from stepmill.check.subject import Subject

FOLDER = Path(__file__).parents[1] / "accepted"
FILES = sorted(FOLDER.rglob("*.json"))
IN_YAML = sorted(FOLDER.rglob("*.y*ml"))


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


@pytest.mark.parametrize("file", IN_YAML, ids=lambda file: file.stem)
def test_a_correct_machine_in_yaml_raises_nothing(file: Path) -> None:
    assert [(one.rule, one.pointer) for one in check_files([file], parse_context({})).findings] == []


def calls(definition: Any, language: str = "JSONPath") -> Iterator[tuple[Integration, str]]:
    """Every call of a service of its own integration, with the query language of its state."""
    for state in definition["States"].values():
        own = state.get("QueryLanguage", definition.get("QueryLanguage", language))
        called = resource(state.get("Resource", ""))
        if isinstance(called, Integration) and not called.is_sdk:
            yield called, own
        inner = definition.get("QueryLanguage", language)
        for below in (*state.get("Branches", ()), state.get("ItemProcessor"), state.get("Iterator")):
            yield from calls(below, inner) if below else ()


def read(file: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(file.read_text())
    return document


CALLS = {file: list(calls(read(file).get("definition", read(file)))) for file in FILES}


@pytest.mark.parametrize("service", OPTIMISED)
def test_every_integration_has_several_one_of_them_in_jsonata(service: str) -> None:
    used = {file: [one for one in found if one[0].service == service] for file, found in CALLS.items()}
    assert sum(map(bool, used.values())) >= 4
    assert "JSONata" in {language for found in used.values() for _, language in found}


@pytest.mark.parametrize("service", [it for it, told in OPTIMISED.items() if any(map(any, told.values()))])
def test_every_integration_that_can_wait_does_so_somewhere(service: str) -> None:
    assert any(call.service == service and call.pattern for found in CALLS.values() for call, _ in found)


def test_there_are_many_of_them_in_every_style() -> None:
    assert len(FILES) >= 220
    assert len(IN_YAML) >= 3
    assert len({file.parent.name for file in FILES}) >= 30
    assert sum("context" in read(file) for file in FILES) >= 25
