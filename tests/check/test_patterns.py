"""Patterns that are compiled when they are used first."""

import re

import pytest

from stepmill.check.patterns import late_pattern


def test_compiles_nothing_before_it_is_used() -> None:
    late_pattern("(")


def test_a_pattern_that_is_wrong_is_told_at_its_use() -> None:
    with pytest.raises(re.error, match="unterminated subpattern"):
        late_pattern("(").search("text")


@pytest.mark.parametrize("flags", [re.NOFLAG, re.IGNORECASE], ids=["case counts", "any case"])
def test_finds_what_the_standard_finds(flags: re.RegexFlag) -> None:
    text = "ab AB b"
    late, standard = late_pattern("(a)?b", flags), re.compile("(a)?b", flags)
    for _ in range(2):  # the first use compiles, the second has it
        assert late.findall(text) == standard.findall(text)
        assert [found.span() for found in late.finditer(text)] == [
            found.span() for found in standard.finditer(text)
        ]
        assert late.sub("x", text) == standard.sub("x", text)
    for method in ("search", "match", "fullmatch"):
        ours, theirs = getattr(late, method)(text, 3), getattr(standard, method)(text, 3)
        assert (ours and ours.span()) == (theirs and theirs.span())


def test_has_the_pattern_as_it_was_written() -> None:
    assert late_pattern("a|b").pattern == "a|b"
