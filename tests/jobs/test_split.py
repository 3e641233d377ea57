import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from millkit.errors import DataError

from jobs.tabular.split import Fractions, split_of

FRACTIONS = Fractions(0.7, 0.15, 0.15)
ROW = st.dictionaries(st.text(min_size=1, max_size=5), st.text(max_size=5), min_size=1, max_size=4)


@given(row=ROW, seed=st.integers(), chance=st.randoms(use_true_random=False))
def test_a_row_has_its_split_whatever_the_order_of_its_columns(
    row: dict[str, str], seed: int, chance: random.Random
) -> None:
    items = list(row.items())
    chance.shuffle(items)
    padded = {name: f"  {cell} " for name, cell in items}
    assert split_of(padded, "Price", seed, FRACTIONS) == split_of(row, "Price", seed, FRACTIONS)


@given(row=ROW, seed=st.integers(), targets=st.tuples(st.text(max_size=5), st.text(max_size=5)))
def test_a_row_whose_target_was_corrected_stays_in_its_split(
    row: dict[str, str], seed: int, targets: tuple[str, str]
) -> None:
    first, corrected = ({**row, "the target": target} for target in targets)
    assert split_of(first, "the target", seed, FRACTIONS) == split_of(
        corrected, "the target", seed, FRACTIONS
    )


@given(row=ROW, seed=st.integers())
def test_a_larger_training_part_takes_no_row_away_from_training(row: dict[str, str], seed: int) -> None:
    if split_of(row, "Price", seed, Fractions(0.5, 0.25, 0.25)) == "train":
        assert split_of(row, "Price", seed, FRACTIONS) == "train"


def test_cells_do_not_run_into_each_other() -> None:
    rows = [{"a": f"{number}", "b": ""} for number in range(64)]
    moved = [{"a": "", "b": f"{number}"} for number in range(64)]
    splits = [[split_of(row, "c", 1, FRACTIONS) for row in table] for table in (rows, moved)]
    assert splits[0] != splits[1]


def test_fractions_that_make_1_are_taken() -> None:
    assert Fractions.checked(0.1, 0.2, 0.7) == Fractions(0.1, 0.2, 0.7)


@pytest.mark.parametrize(
    "parts", [(1.0, 0.0, 0.0), (0.5, 0.5, 0.5), (1.2, -0.1, -0.1), (float("nan"), 0.5, 0.5)]
)
def test_other_fractions_are_refused(parts: tuple[float, float, float]) -> None:
    with pytest.raises(DataError, match=r"^split fractions: are .*; give three above 0 that make 1$"):
        Fractions.checked(*parts)
