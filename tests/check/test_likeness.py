"""What is nearly the same word."""

import difflib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepmill.check.likeness import close_matches, nearest

WORDS = st.text("abAB", max_size=8)


@given(
    word=WORDS,
    known=st.lists(WORDS, max_size=12),
    count=st.integers(1, 4),
    cutoff=st.sampled_from([0.4, 0.6, 0.7, 1]),
)
def test_finds_what_difflib_finds(word: str, known: list[str], count: int, cutoff: float) -> None:
    assert close_matches(word, known, count, cutoff=cutoff) == difflib.get_close_matches(
        word, known, count, cutoff
    )


@pytest.mark.parametrize(("word", "near"), [("Ressource", ["Resource"]), ("Nxt", ["Next"]), ("Comment", [])])
def test_a_misspelt_field_is_near_to_the_field(word: str, near: list[Any]) -> None:
    assert close_matches(word, ["Resource", "Next", "Type"], cutoff=0.7) == near


def test_the_same_word_in_other_letters_is_nearer_than_one_spelled_otherwise() -> None:
    assert nearest("COMPLETED", ["COMPLETE", "Completed"], cutoff=0.6) == "Completed"
    assert nearest("Complete", ["Failed", "Completed"], cutoff=0.6) == "Completed"
    assert nearest("Complete", ["Failed"], cutoff=0.6) == ""
