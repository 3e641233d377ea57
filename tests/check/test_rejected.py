"""Machines and templates with one fault each, tests/rejected/<family>/<mistake>.json: each told at its place.

A file holds a "definition", a "template" with the "files" beside it, or the "text" of a file that cannot be
read as data; what they are checked with ("context"); and the findings to "expect", of which "file" is named
when it is not the machine or template itself; "because" says why there are two. "repeat" keeps large texts
out of the repository: it puts a text, so many times over, at a pointer.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from stepmill.check.catalogue import all_rules
from stepmill.check.reading.context import parse_context
from stepmill.check.run import check_files

REJECTED = Path(__file__).parents[1] / "rejected"
FILES = sorted(REJECTED.glob("*/*.json"))
FAMILIES = {
    "contracts",
    "data_flow",
    "fields",
    "iam",
    "integrations",
    "intrinsics",
    "languages",
    "limits",
    "maps",
    "names",
    "parameters",
    "retries",
    "sam",
    "structure",
}


def name_of(file: Path) -> str:
    return f"{file.parent.name}/{file.stem}"


def repeat(document: Any, pointer: str, text: str, times: int) -> None:
    *parents, last = pointer.split("/")[1:]
    for part in parents:
        document = document[part]
    document[last] = text * times


def lay_out(case: dict[str, Any], folder: Path) -> Path:
    """Write what the case describes; the file to check."""
    for name, content in case.get("files", {}).items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content if isinstance(content, str) else json.dumps(content))
    document = case.get("definition", case.get("template"))
    for pointer, (text, times) in case.get("repeat", {}).items():
        repeat(document, pointer, text, times)
    main = folder / ("template.json" if "template" in case else "machine.asl.json")
    main.write_text(case["text"] if "text" in case else json.dumps(document))
    return main


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_fault_is_told_once_at_its_place(path: Path, tmp_path: Path) -> None:
    case = json.loads(path.read_text())
    main = lay_out(case, tmp_path)
    found = check_files([main], parse_context(case.get("context", {}))).findings
    told = sorted((one.rule, one.pointer, str(Path(one.file).relative_to(tmp_path))) for one in found)
    wanted = sorted((one["rule"], one["pointer"], one.get("file", main.name)) for one in case["expect"])
    assert told == wanted, "\n".join(one.message for one in found)


def test_a_fault_with_two_findings_says_why() -> None:
    cases = {name_of(file): json.loads(file.read_text()) for file in FILES}
    assert [name for name, case in cases.items() if (len(case["expect"]) > 1) != ("because" in case)] == []


def test_the_faults_are_many_and_of_every_family() -> None:
    families = Counter(file.parent.name for file in FILES)
    assert families.keys() == FAMILIES
    assert families.total() >= 250
    assert min(families.values()) >= 8


def test_every_rule_catches_a_fault() -> None:
    caught = {one["rule"] for file in FILES for one in json.loads(file.read_text())["expect"]}
    assert sorted(all_rules().keys() - caught) == []
