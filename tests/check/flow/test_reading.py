"""What a path finds in a shape, and where it ends."""

import pytest

from stepmill.check.flow.paths import parse_path
from stepmill.check.flow.places import put, refine, without
from stepmill.check.flow.reading import MAYBE, NOWHERE, Reading, follow
from stepmill.check.shapes.shape import (
    NEVER,
    NULL,
    UNKNOWN,
    Array,
    Boolean,
    Member,
    Number,
    Object,
    Presence,
    Shape,
    String,
    closed,
    of_value,
    union,
)

ONE = of_value(1)
OPTIONAL = Object({"a": Member(ONE, Presence.MAYBE)})
LIKELY = Object({"a": Member(ONE, Presence.LIKELY)})
PAIR = of_value([1, "x"])

FOUND: dict[str, tuple[Shape, str, Reading]] = {
    "a member": (closed(a=closed(b=ONE)), "$.a.b", Reading(ONE)),
    "a member of anything": (UNKNOWN, "$.a.b", Reading(UNKNOWN)),
    "a member that is not there": (
        closed(a=closed(b=ONE)),
        "$.a.c",
        Reading(UNKNOWN, NOWHERE, 1, closed(b=ONE)),
    ),
    "a member of a text": (closed(a=String()), "$.a.b", Reading(UNKNOWN, NOWHERE, 1, String())),
    "a member of an array": (closed(a=PAIR), "$.a.b", Reading(UNKNOWN, NOWHERE, 1, PAIR)),
    "an optional member": (OPTIONAL, "$.a", Reading(ONE, MAYBE, 0, OPTIONAL)),
    "an optional member of a service": (LIKELY, "$.a", Reading(ONE)),
    "a member of an open object": (Object({}, ONE), "$.a", Reading(ONE)),
    "a member known to be absent": (
        Object({"a": Member(NEVER, Presence.MAYBE)}, UNKNOWN),
        "$.a",
        Reading(UNKNOWN, NOWHERE, 0, Object({"a": Member(NEVER, Presence.MAYBE)}, UNKNOWN)),
    ),
    "a member of what may be null": (
        closed(a=union((NULL, closed(b=ONE)))),
        "$.a.b",
        Reading(ONE, MAYBE, 1, union((NULL, closed(b=ONE)))),
    ),
    "an item by position": (PAIR, "$[1]", Reading(of_value("x"))),
    "the last item": (PAIR, "$[-1]", Reading(of_value("x"))),
    "an item too far": (PAIR, "$[2]", Reading(UNKNOWN, NOWHERE, 0, PAIR)),
    "an item of an array of any length": (Array(ONE), "$[7]", Reading(ONE)),
    "all items": (Array(closed(b=ONE)), "$[*].b", Reading(Array(ONE))),
    "all items of nothing": (closed(), "$.a[*]", Reading(Array(UNKNOWN), NOWHERE, 0, closed())),
    "what only some items have": (Array(union((closed(b=ONE), NULL))), "$[*].b", Reading(Array(ONE))),
    "every depth": (closed(a=ONE), "$..a", Reading(Array(UNKNOWN))),
}


@pytest.mark.parametrize("name", FOUND)
def test_reading(name: str) -> None:
    shape, path, reading = FOUND[name]
    got = follow(shape, parse_path(path).steps)
    if reading.lack == NOWHERE:
        assert (got.lack, got.at, got.holder) == (reading.lack, reading.at, reading.holder)
    else:
        assert got == reading


PUT: dict[str, tuple[Shape, tuple[str | int, ...], Reading]] = {
    "beside": (closed(a=NULL), ("b",), Reading(closed(a=NULL, b=ONE))),
    "in place of": (closed(a=NULL), ("a",), Reading(closed(a=ONE))),
    "objects on the way are made": (closed(), ("a", "b"), Reading(closed(a=closed(b=ONE)))),
    "into what is not known": (UNKNOWN, ("a",), Reading(Object({"a": Member(ONE)}, UNKNOWN))),
    "into an array": (PAIR, ("a",), Reading(UNKNOWN, NOWHERE, 0, PAIR)),
    "into a text on the way": (closed(a=String()), ("a", "b"), Reading(UNKNOWN, NOWHERE, 0, String())),
    "into what may be null": (
        closed(a=union((NULL, closed()))),
        ("a", "b"),
        Reading(closed(a=closed(b=ONE)), MAYBE, 0, NULL),
    ),
    "into an optional object": (
        Object({"a": Member(closed(c=NULL), Presence.MAYBE)}),
        ("a", "b"),
        Reading(closed(a=union((closed(c=NULL, b=ONE), closed(b=ONE))))),
    ),
}


@pytest.mark.parametrize("name", PUT)
def test_a_value_is_put(name: str) -> None:
    shape, keys, reading = PUT[name]
    assert put(shape, keys, ONE) == reading


def test_refining_drops_the_alternatives_in_which_nothing_is_left() -> None:
    shape = union((closed(kind=of_value("a"), x=NULL), closed(kind=of_value("b"))))
    only_a = refine(shape, ("kind",), lambda kind: kind if kind == of_value("a") else NEVER)
    assert only_a == closed(kind=of_value("a"), x=NULL)


def test_a_member_that_was_tested_is_there() -> None:
    assert refine(OPTIONAL, ("a",), lambda shape: shape) == closed(a=ONE)


def test_refining_an_unknown_value_tells_what_it_has() -> None:
    assert refine(UNKNOWN, ("a",), lambda _: Boolean(True)) == Object({"a": Member(Boolean(True))}, UNKNOWN)


def test_an_item_that_was_tested_is_there() -> None:
    assert refine(Array(Number()), (0,), lambda shape: shape) == Array(Number())
    assert refine(Array(Number()), (0,), lambda _: ONE) == Array(Number(), (ONE,), 1)


def test_without_a_member_the_optional_one_is_gone_and_the_certain_alternative_falls_away() -> None:
    assert without(union((OPTIONAL, closed(a=ONE))), ("a",)) == closed()


def test_without_a_member_an_open_object_is_known_to_lack_it() -> None:
    absent = without(Object({}, UNKNOWN), ("a",))
    assert absent == Object({"a": Member(NEVER, Presence.MAYBE)}, UNKNOWN)
