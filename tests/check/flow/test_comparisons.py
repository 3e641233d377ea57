"""What a comparison says of the values for which it holds, and of the others."""

from typing import Any

import pytest

from stepmill.check.flow.comparisons import Parts, compare, divide, matches, of_kind
from stepmill.check.shapes.shape import (
    NEVER,
    NULL,
    UNKNOWN,
    Boolean,
    Number,
    Shape,
    String,
    of_value,
    union,
)

AB = String(frozenset({"a", "b"}), 1, 1)

DIVIDED: dict[str, tuple[Shape, Any, Parts]] = {
    "a known text": (AB, compare("String", "Equals", of_value("a")), Parts(of_value("a"), of_value("b"))),
    "a text that it cannot be": (AB, compare("String", "Equals", of_value("c")), Parts(NEVER, AB)),
    "a text that it must be": (
        of_value("a"),
        compare("String", "Equals", of_value("a")),
        Parts(of_value("a"), NEVER),
    ),
    "a longer text": (
        String(None, 0, 2),
        compare("String", "Equals", of_value("abc")),
        Parts(NEVER, String(None, 0, 2)),
    ),
    "a number as a text": (Number(), compare("String", "Equals", of_value("a")), Parts(NEVER, Number())),
    "anything": (UNKNOWN, compare("String", "Equals", of_value("a")), Parts(of_value("a"), UNKNOWN)),
    "texts in order": (AB, compare("String", "LessThan", of_value("b")), Parts(of_value("a"), of_value("b"))),
    "one of several texts": (
        AB,
        compare("String", "Equals", of_value("b")),
        Parts(of_value("b"), of_value("a")),
    ),
    "a text against other texts": (
        AB,
        compare("String", "Equals", String(frozenset({"b", "c"}), 1, 1)),
        Parts(of_value("b"), AB),
    ),
    "a pattern": (AB, matches("a*"), Parts(of_value("a"), of_value("b"))),
    "a pattern of everything": (String(), matches("*"), Parts(String(), NEVER)),
    "a pattern with a star in it": (
        String(frozenset({"a*", "ab"}), 2, 2),
        matches("a\\*"),
        Parts(of_value("a*"), of_value("ab")),
    ),
    "a bound inside": (
        Number(None, 0, 10),
        compare("Numeric", "LessThan", of_value(5)),
        Parts(Number(None, 0, 5), Number(None, 5, 10)),
    ),
    "a bound outside": (
        Number(None, 0, 4),
        compare("Numeric", "GreaterThanEquals", of_value(5)),
        Parts(NEVER, Number(None, 0, 5 - 1)),
    ),
    "a number beyond its bounds": (
        Number(None, 1, None),
        compare("Numeric", "Equals", of_value(0)),
        Parts(NEVER, Number(None, 1, None)),
    ),
    "either truth": (
        Boolean(),
        compare("Boolean", "Equals", Boolean(True)),
        Parts(Boolean(True), Boolean(False)),
    ),
    "one truth": (Boolean(False), compare("Boolean", "Equals", Boolean(True)), Parts(NEVER, Boolean(False))),
    "a kind": (union((NULL, String())), of_kind("IsNull", wanted=True), Parts(NULL, String())),
    "not a kind": (union((NULL, String())), of_kind("IsString", wanted=False), Parts(NULL, String())),
    "a moment": (
        String(frozenset({"2026-11-22T05:41:00Z", "now"}), 3, 20),
        of_kind("IsTimestamp", wanted=True),
        Parts(of_value("2026-11-22T05:41:00Z"), of_value("now")),
    ),
    "a moment against another": (
        AB,
        compare("Timestamp", "LessThan", of_value("2026-11-22T05:41:00Z")),
        Parts(AB, AB),
    ),
}


@pytest.mark.parametrize("name", DIVIDED)
def test_a_comparison_divides(name: str) -> None:
    shape, by, parts = DIVIDED[name]
    assert divide(shape, by) == parts
