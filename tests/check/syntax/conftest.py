"""What the syntactic families say of a definition."""

from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from stepmill.check.finding import Findings
from stepmill.check.subject import Kind, Subject
from stepmill.check.syntax import check_syntax

Told: TypeAlias = Callable[..., list[tuple[str, str]]]


@pytest.fixture
def told() -> Told:
    """(rule, pointer) of each finding, in order."""

    def run(definition: Any, kind: Kind = "STANDARD", pointer: str = "") -> list[tuple[str, str]]:
        findings = Findings()
        check_syntax(Subject(definition, kind=kind, pointer=pointer), findings)
        return [(found.rule, found.pointer) for found in findings.found]

    return run


@pytest.fixture
def said() -> Callable[[Any], list[tuple[str, str]]]:
    """(message, suggestion) of each finding, in order."""

    def run(definition: Any) -> list[tuple[str, str]]:
        findings = Findings()
        check_syntax(Subject(definition), findings)
        return [(found.message, found.suggestion) for found in findings.found]

    return run
