"""SAM and CloudFormation templates that are right, as people write them: not a failure, and of roles that
allow no more than is needed not a warning either.

tests/accepted_templates/<name>/template.{yaml,json}, with the files that it names beside it, and where
the machines' inputs are known a context.json.
"""

import json
from collections import Counter
from pathlib import Path

import pytest

from stepmill.check.reading.context import parse_context
from stepmill.check.run import check_files

FOLDER = Path(__file__).parents[1] / "accepted_templates"
FILES = sorted(FOLDER.glob("*/template.*"))
# What allows more than it must is told, and deploys all the same.
WARNED = {"prototype_with_broad_roles": {"permission-wildcard": 2}}


def name_of(file: Path) -> str:
    return file.parent.name


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_a_correct_template_is_told_of_nothing_but_what_it_allows_too_much(file: Path) -> None:
    beside = file.with_name("context.json")
    found = check_files([file], parse_context(json.loads(beside.read_text()) if beside.exists() else {}))
    told = [f"{one.severity} {one.rule} {one.pointer} {one.message}" for one in found.findings]
    rules = Counter(one.rule for one in found.findings if one.severity != "failure")
    assert rules == WARNED.get(name_of(file), {}), "\n".join(told)
    assert len(told) == rules.total(), "\n".join(told)
    assert found.machines
    assert found.not_read == []


def test_there_are_many_of_them_and_most_allow_no_more_than_is_needed() -> None:
    names = set(map(name_of, FILES))
    assert len(FILES) == len(names) >= 29
    assert names >= WARNED.keys()
    assert len(WARNED) <= 3
