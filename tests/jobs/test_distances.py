"""The distances against others' arithmetic: scipy's two-sample test and the formulas written out."""

import math

import numpy as np
import pytest
from scipy import stats

from jobs.monitoring import distances
from jobs.monitoring.sketch import Ranks, Sketch

CHANCE = np.random.default_rng(17)


def ranks(numbers: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> Ranks:
    sketch = Sketch()
    sketch.add(numbers)
    return sketch.ranks()


@pytest.mark.parametrize("shift", [0.0, 0.1, 0.5, 3.0])
@pytest.mark.parametrize("counts", [(30, 2_000), (2_048, 2_048)])
def test_few_numbers_are_as_far_apart_as_scipy_says(counts: tuple[int, int], shift: float) -> None:
    then, now = CHANCE.normal(size=counts[0]), CHANCE.normal(shift, size=counts[1])
    statistic = stats.ks_2samp(then, now).statistic
    assert distances.between_numbers(ranks(then), ranks(now)) == pytest.approx(statistic, abs=1e-12)


def test_many_numbers_are_nearly_as_far_apart_as_scipy_says() -> None:
    then, now = CHANCE.lognormal(size=200_000), CHANCE.lognormal(0.2, size=150_000)
    statistic = stats.ks_2samp(then, now).statistic
    assert distances.between_numbers(ranks(then), ranks(now)) == pytest.approx(statistic, abs=0.002)


def test_texts_are_as_far_apart_as_their_shares_at_most() -> None:
    assert distances.between_texts({"a": 3, "b": 1}, {"a": 1, "b": 1, "c": 2}) == 0.5


def test_what_chance_explains_is_taken_off() -> None:
    assert distances.beyond_chance(0.3, 400, 100) == pytest.approx(0.3 - 1.8 * math.sqrt(500 / 40_000))
    assert distances.beyond_chance(0.1, 50, 50) == 0.0


def test_chance_takes_off_what_the_test_of_kolmogorov_and_smirnov_calls_rare() -> None:
    assert stats.kstwobign.sf(distances.NOISE) == pytest.approx(distances.RARE, abs=0.0005)


@pytest.mark.parametrize(
    ("then", "now"),
    [
        ((1, 10), (1, 1)),
        ((10, 500), (4, 40)),
        ((500, 500), (500, 500)),
        ((3, 20_000), (9, 300)),
        ((90_000, 1_000_000), (100_200, 1_100_000)),
    ],
)
def test_cells_are_missing_by_chance_as_often_as_fishers_test_says(
    then: tuple[int, int], now: tuple[int, int]
) -> None:
    table = [[now[0], now[1] - now[0]], [then[0], then[1] - then[0]]]
    expected = stats.fisher_exact(table, alternative="greater").pvalue
    assert distances.chance_of_missing(*then, *now) == pytest.approx(expected, rel=1e-6)


def test_that_nearly_all_of_a_million_cells_went_is_never_chance() -> None:
    assert distances.chance_of_missing(10, 1_000_000, 999_000, 1_000_000) == 0.0


def test_psi_is_the_sum_over_bins() -> None:
    expected = (0.3 - 0.5) * math.log(0.3 / 0.5) + (0.7 - 0.5) * math.log(0.7 / 0.5)
    assert distances.psi(np.array([0.5, 0.5]), np.array([0.3, 0.7])) == pytest.approx(expected)


def test_an_empty_bin_counts_as_a_hundredth_of_a_percent() -> None:
    expected = (1 - 0.0001) * math.log(1 / 0.0001) * 2
    assert distances.psi(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == pytest.approx(expected)


def test_bins_are_the_tenths_of_the_baseline() -> None:
    then, now = distances.shares_of_numbers(ranks(np.arange(1000.0)), ranks(np.arange(500.0)))
    assert then == pytest.approx([0.1] * 10)
    assert now == pytest.approx([0.2] * 5 + [0.0] * 5)


def test_a_value_that_fills_many_tenths_is_one_bin() -> None:
    then, now = distances.shares_of_numbers(ranks(np.array([1.0] * 95 + [2.0] * 5)), ranks(np.array([2.0])))
    assert (then.tolist(), now.tolist()) == ([pytest.approx(0.95), pytest.approx(0.05)], [0.0, 1.0])
