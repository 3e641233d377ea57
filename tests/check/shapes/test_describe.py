"""Shapes in words."""

import pytest

from stepmill.check.shapes.describe import available_paths, describe, kind_of
from stepmill.check.shapes.shape import (
    NEVER,
    NULL,
    UNKNOWN,
    Member,
    Object,
    Shape,
    String,
    closed,
    of_value,
    union,
)

WORDS: dict[str, Shape] = {
    "any value": UNKNOWN,
    "a text or null": union((String(), NULL)),
    'the text "a"': of_value("a"),
    "an object with a, b": closed(a=NULL, b=NULL),
    "an empty object": closed(),
    "an object": Object({}, UNKNOWN),
}


@pytest.mark.parametrize("words", WORDS)
def test_a_shape_is_said_as(words: str) -> None:
    assert describe(WORDS[words]) == words


def test_the_kind_leaves_the_members_out() -> None:
    assert kind_of(union((closed(a=NULL), of_value("x")))) == "an object or a text"


def test_paths_one_step_on_and_those_with_the_wanted_name_are_available() -> None:
    shape = Object(
        {
            "task": Member(closed(status=NULL, other=NULL)),
            "odd name": Member(NULL),
            "gone": Member(NEVER),
            "list": Member(of_value([{"status": 1}])),
        }
    )
    assert available_paths(shape, "$", "status") == (
        "$.task.status",
        "$.list[0].status",
        "$.task",
        "$['odd name']",
        "$.list",
    )
