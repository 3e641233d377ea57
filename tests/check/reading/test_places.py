"""The line that a finding is told with."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stepmill.check.finding import pointer
from stepmill.check.reading.places import Places

JSON = """
{
  "Comment": "braces } ] \\" , in a text",
  "States": {
    "a/b~c": {"Type": "Pass",
      "Next": "d"},
    "Map": {
      "List": [1, [2],
        {"x": null}]
    }
  }, "Empty": {}, "None": [ ]
}
"""
YAML = """
StartAt: Only
States:
  Only:
    Type: Choice
    Choices:
      - Next: a
      - Next: b
"""


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("", 1),
        ("/Comment", 3),
        ("/States/a~1b~0c", 5),
        ("/States/a~1b~0c/Next", 6),
        ("/States/Map/List/0", 8),
        ("/States/Map/List/1/0", 8),
        ("/States/Map/List/2/x", 9),
        ("/Empty", 11),
        ("/None", 11),
    ],
)
def test_finds_the_line_of_a_member_in_json(place: str, line: int) -> None:
    assert Places(JSON).line(place) == line


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("/States/Gone/Type", 4),
        ("/States/Map/List/7", 8),
        ("/States/Map/List/x", 8),
        ("/Comment/0", 3),
        ("/Empty/x", 11),
        ("/None/0", 11),
    ],
)
def test_a_place_that_is_not_there_is_told_by_its_holder(place: str, line: int) -> None:
    assert Places(JSON).line(place) == line


def test_finds_the_line_of_a_member_in_yaml() -> None:
    assert Places(YAML).line("/States/Only/Choices/1/Next") == 8


def test_finds_the_line_behind_a_token_without_quotes() -> None:
    assert Places('{\n "TimeoutSeconds": ${Longest},\n "States": {}}').line("/States") == 3


@pytest.mark.parametrize("text", ["", "{", '{"a"', '{"a" "b"}', "[1 2]", '{"a": 1,', "{a: 1}", "- : ["])
def test_a_text_that_is_broken_has_its_first_line(text: str) -> None:
    assert Places(text).line("/b/0") == 1


def test_json_has_the_same_lines_by_either_reader() -> None:
    machine = Path(__file__).parents[3] / "statemachines" / "compiled" / "training.asl.json"
    text = machine.read_text()
    as_json, as_yaml = Places(text), Places("# A comment makes it YAML.\n" + text)
    places = _pointers(text)[::9]
    assert len(places) > 100
    assert [as_json.line(place) + 1 for place in places] == [as_yaml.line(place) for place in places]


def _pointers(text: str) -> list[str]:
    found, waiting = [], list(_members("", json.loads(text)))
    while waiting:
        place, value = waiting.pop()
        found.append(place)
        waiting += _members(place, value)
    return found


def _members(place: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield place + pointer(name), item
    if isinstance(value, list):
        for position, item in enumerate(value):
            yield place + pointer(position), item
