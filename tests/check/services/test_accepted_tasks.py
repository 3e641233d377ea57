"""Correct tasks in the styles in which people write them: nothing is said of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.check.services.conftest import Check

ACCEPTED: dict[str, tuple[str, Any]] = json.loads(
    Path(__file__).with_name("accepted_tasks.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", ACCEPTED)
def test_says_nothing_of_a_correct_task(check: Check, name: str) -> None:
    resource, parameters = ACCEPTED[name]
    assert [(it.rule, it.pointer, it.message) for it in check(resource, parameters)] == []
