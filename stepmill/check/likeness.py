"""Words that are nearly the same, as `difflib` finds them; it is loaded when there are such words."""

from __future__ import annotations

from collections.abc import Iterable


def close_matches(word: str, known: Iterable[str], count: int = 1, *, cutoff: float) -> list[str]:
    """The known words nearest to this one, the best first. cutoff: 1 lets only the same word pass."""
    likely = [each for each in known if _most_alike(word, each) >= cutoff]
    if not likely:
        return []
    from difflib import get_close_matches

    return get_close_matches(word, likely, count, cutoff)


def nearest(word: str, known: Iterable[str], *, cutoff: float) -> str:
    """The known word that seems meant, "" for none: the same in other letter case before all others."""
    names = list(known)
    same = next((name for name in names if name.casefold() == word.casefold()), "")
    return same or next(iter(close_matches(word, names, cutoff=cutoff)), "")


def _most_alike(word: str, other: str) -> float:
    """What difflib's ratio cannot exceed: the letters that both have, in any order."""
    length = len(word) + len(other)
    if not length:
        return 1
    return 2 * sum(min(word.count(letter), other.count(letter)) for letter in set(word)) / length
