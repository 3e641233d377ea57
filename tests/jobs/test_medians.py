"""The median of numbers that are in a file is the one that statistics.median finds in memory."""

import math
from collections.abc import Sequence
from statistics import median
from tempfile import TemporaryFile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.tabular.medians import BLOCK, Numbers

LARGEST, TINIEST = 1.7976931348623157e308, 5e-324
CHANCE = np.random.default_rng(7)
finite = st.floats(allow_nan=False, allow_infinity=False)
# statistics.median adds the two in the middle, which beyond these may be infinite.
summable = st.floats(min_value=-LARGEST / 2, max_value=LARGEST / 2)


def found(values: Sequence[float]) -> float | None:
    with TemporaryFile() as file:
        numbers = Numbers(file)
        for value in values:
            numbers.add(value)
        return numbers.median()


# Each of several blocks, and a rest in memory.
COLUMNS = {
    "rising": [float(n) for n in range(3 * BLOCK + 1)],
    "falling": [float(-n) for n in range(3 * BLOCK)],
    "all_equal": [0.1] * (2 * BLOCK + 7),
    "three_different": CHANCE.choice([4.0, 6.0, 8.0], 5 * BLOCK).tolist(),
    "half_and_half": [1.0, 2.0] * BLOCK,
    "half_and_half_and_one": [*[1.0, 2.0] * BLOCK, 2.0],
    "normal": CHANCE.normal(size=3 * BLOCK + 2).tolist(),
    "of_all_sizes": [(-1) ** n * 10**power for n, power in enumerate(CHANCE.uniform(-300, 300, 9_999))],
    "the_tiniest": [TINIEST * factor for factor in CHANCE.integers(-9, 9, 2 * BLOCK + 1).tolist()],
    "neighbours": [math.nextafter(0.3, side) for side in CHANCE.choice([0.0, 1.0], 2 * BLOCK)],
    "full_blocks": CHANCE.random(2 * BLOCK).tolist(),
    "one_block_less_one": CHANCE.random(BLOCK - 1).tolist(),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_the_median_of_many_blocks_is_exact(name: str) -> None:
    assert found(COLUMNS[name]) == median(COLUMNS[name])


@given(st.lists(summable | st.sampled_from([0.0, -0.0, 1.0]), min_size=1))
def test_the_median_of_a_few_numbers_is_exact(values: list[float]) -> None:
    assert found(values) == median(values)


@given(st.lists(finite, min_size=1, max_size=9), st.integers(BLOCK, 2 * BLOCK))
def test_the_order_of_the_numbers_does_not_matter(values: list[float], count: int) -> None:
    repeated = [values[n % len(values)] for n in range(count)]
    assert found(repeated) == found(sorted(repeated)) == found(sorted(repeated, reverse=True))


def test_of_no_numbers_there_is_no_median() -> None:
    assert found([]) is None


@pytest.mark.parametrize(
    ("values", "middle"),
    [([LARGEST], LARGEST), ([LARGEST, LARGEST], LARGEST), ([1e308, 1.2e308], 1.1e308)],
    ids=["one", "two_equal", "two"],
)
def test_the_median_of_huge_numbers_is_finite(values: list[float], middle: float) -> None:
    assert found(values) == middle


def test_columns_that_share_a_file_keep_their_numbers_apart() -> None:
    with TemporaryFile() as file:
        columns = [Numbers(file) for _ in range(3)]
        for n in range(2 * BLOCK + 1):
            for place, column in enumerate(columns):
                column.add(place * 1e6 + n)
        assert [column.median() for column in columns] == [BLOCK, 1e6 + BLOCK, 2e6 + BLOCK]
