from itertools import permutations
from typing import Any

import numpy as np
import pytest

from jobs.monitoring.column_profile import MAX_TEXTS, Profile

NUMBERS = np.random.default_rng(3).normal(50, 20, size=2_000).round(1)
TEXTS = {"Saab": 5, "Buick": 3, "7": 2}
LIKE_TEXTS = {"7": 2}


def of_numbers(*values: float) -> Profile:
    profile = Profile("Price")
    profile.add_missing(1)
    profile.add_numbers(np.array(values))
    return profile


def of_texts(counts: dict[str, int], *, as_text: bool = False) -> Profile:
    profile = Profile("Price", as_text=as_text)
    profile.add_missing(2)
    profile.add_texts(list(counts), list(counts.values()))
    return profile


def told(profile: Profile) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is written of it; the order in which a sketch keeps numbers says nothing."""
    statistics = profile.statistics()
    if profile.is_numeric:
        sketch = statistics["numerical_statistics"]["distribution"]["kll"]["sketch"]
        sketch["data"] = [sorted(level) for level in sketch["data"]]
    return statistics, profile.constraints()


@pytest.mark.parametrize("cut", [1, 700, 1_999])
def test_merged_parts_of_numbers_are_the_whole(cut: int) -> None:
    """2,000 numbers are kept as they are, so that the sketches are the same too."""
    merged = of_numbers(*NUMBERS[:cut])
    merged.merge(of_numbers(*NUMBERS[cut:]))
    whole = of_numbers(*NUMBERS)
    whole.add_missing(1)
    statistics, constraints = told(whole)
    numeric = statistics["numerical_statistics"]
    numeric |= {name: pytest.approx(numeric[name], rel=1e-12) for name in ("mean", "sum", "std_dev")}
    assert told(merged) == (statistics, constraints)


def test_merged_parts_of_texts_are_the_whole() -> None:
    merged = of_texts({"Saab": 4, "Buick": 3})
    merged.merge(of_texts({"Saab": 1, "7": 2}))
    whole = of_texts(TEXTS)
    whole.add_missing(2)
    assert told(merged) == told(whole)


@pytest.mark.parametrize(
    ("first", "second"),
    [(MAX_TEXTS // 2 + 1, MAX_TEXTS // 2 + 1), (MAX_TEXTS + 1, 1), (1, MAX_TEXTS + 1)],
    ids=["together", "before", "after"],
)
def test_of_too_many_texts_in_parts_none_is_kept(first: int, second: int) -> None:
    merged = of_texts({f"a{number}": 1 for number in range(first)})
    merged.merge(of_texts({f"b{number}": 1 for number in range(second)}))
    assert (merged.is_capped, merged.counts, merged.present) == (True, {}, first + second)


@pytest.mark.parametrize("kind", ["numbers", "texts", "digits"])
def test_a_part_without_any_value_merges_with_either_kind(kind: str) -> None:
    def made() -> Profile:
        if kind == "numbers":
            return of_numbers(1, 2.5)
        return of_texts(TEXTS) if kind == "texts" else of_texts(LIKE_TEXTS, as_text=True)

    first, second, whole = made(), Profile("Price"), made()
    first.merge(Profile("Price"))
    second.merge(made())
    assert told(first) == told(second) == told(whole)


MIXED = of_numbers(1, 2)
MIXED.add_texts(["Saab"], [1])
MANY = of_texts({f"a{number}": 1 for number in range(MAX_TEXTS + 1)})


@pytest.mark.parametrize(
    ("first", "second"),
    list(permutations([of_numbers(1, 2), of_texts(TEXTS)]))
    + list(permutations([of_numbers(1, 2), of_texts(LIKE_TEXTS, as_text=True)]))
    + list(permutations([MIXED, of_texts(TEXTS)]))
    + list(permutations([of_numbers(1, 2), MANY])),
    ids=["numbers", "texts", "numbers_digits", "digits", "both", "texts_both", "numbers_many", "many"],
)
def test_raises_when_numbers_meet_texts_and_changes_nothing(first: Profile, second: Profile) -> None:
    before = (first.missing, first.present, dict(first.counts))
    with pytest.raises(ValueError, match="column Price: numbers meet texts"):
        first.merge(second)
    assert (first.missing, first.present, first.counts) == before
