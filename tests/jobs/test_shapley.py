"""Shapley values against their definition, a sum over all subsets, and against linear models."""

import math
from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from jobs.monitoring.shapley import Coalitions, coalitions, solve

CHANCE = np.random.default_rng(23)
Model = Callable[[Any], Any]


def value(model: Model, row: Any, background: Any, mask: Any) -> float:
    return float(model(np.where(mask, row, background)).mean())


def by_definition(model: Model, row: Any, background: Any) -> list[float]:
    """Source: https://doi.org/10.1515/9781400881970-018"""
    width = len(row)
    found = [0.0] * width
    for place in range(width):
        others = [other for other in range(width) if other != place]
        for size in range(width):
            weight = math.factorial(size) * math.factorial(width - size - 1) / math.factorial(width)
            for chosen in combinations(others, size):
                mask = np.isin(np.arange(width), chosen)
                before = value(model, row, background, mask)
                mask[place] = True
                found[place] += weight * (value(model, row, background, mask) - before)
    return found


def solved(model: Model, rows: Any, background: Any, asked: Coalitions) -> Any:
    values = [[value(model, row, background, mask) for mask in asked.masks] for row in rows]
    return solve(asked, values, float(model(background).mean()), model(rows))


def crooked(rows: Any) -> Any:
    return rows[:, 0] * rows[:, 1] + np.sin(rows[:, 2]) * rows[:, 0] ** 2 + np.maximum(rows[:, -1], 0)


def linear(rows: Any) -> Any:
    return 3 + rows @ np.arange(1.0, rows.shape[1] + 1)


@pytest.mark.parametrize("width", [3, 4, 5, 6])
def test_with_all_coalitions_the_values_are_those_of_the_definition(width: int) -> None:
    rows, background = CHANCE.normal(size=(3, width)), CHANCE.normal(size=(7, width))
    found = solved(crooked, rows, background, coalitions(width, 2**width, seed=1))
    assert found == pytest.approx(np.array([by_definition(crooked, row, background) for row in rows]))


@pytest.mark.parametrize("limit", [24, 60, 200])
def test_a_linear_model_is_explained_exactly_by_a_sample(limit: int) -> None:
    rows, background = CHANCE.normal(size=(5, 12)), CHANCE.normal(size=(4, 12))
    expected = (rows - background.mean(axis=0)) * np.arange(1.0, 13.0)
    assert solved(linear, rows, background, coalitions(12, limit, seed=1)) == pytest.approx(expected)


@pytest.mark.parametrize("limit", [24, 100, 400, 4_094])
def test_values_add_up_to_the_answer_less_the_expected_one(limit: int) -> None:
    rows, background = CHANCE.normal(size=(4, 12)), CHANCE.normal(size=(5, 12))
    found = solved(crooked, rows, background, coalitions(12, limit, seed=1))
    assert found.sum(axis=1) == pytest.approx(crooked(rows) - crooked(background).mean())


def test_a_sample_comes_near_the_exact_values() -> None:
    rows, background = CHANCE.normal(size=(6, 10)), CHANCE.normal(size=(5, 10))
    exact = solved(crooked, rows, background, coalitions(10, 1_022, seed=1))
    near = solved(crooked, rows, background, coalitions(10, 300, seed=1))
    assert np.abs(near - exact).max() < 0.05 * np.abs(exact).max()


def test_one_column_did_it_all() -> None:
    found = solve(coalitions(1, 2, seed=1), np.empty((2, 0)), 5.0, np.array([7.0, 4.0]))
    assert found.tolist() == [[2.0], [-1.0]]


@pytest.mark.parametrize(("width", "limit"), [(2, 4), (5, 30), (5, 20), (9, 100), (30, 400)])
def test_each_coalition_has_its_complement_and_none_is_empty_full_or_twice(width: int, limit: int) -> None:
    asked = coalitions(width, limit, seed=3)
    rows = {tuple(mask) for mask in asked.masks.tolist()}
    assert len(rows) == len(asked.masks) <= limit
    assert {tuple(not is_in for is_in in row) for row in rows} == rows
    assert {0, width}.isdisjoint(asked.masks.sum(axis=1).tolist())
    assert (asked.weights > 0).all()


def test_the_weights_of_a_sample_are_those_of_all() -> None:
    whole, sample = coalitions(12, 5_000, seed=1), coalitions(12, 200, seed=1)
    assert sample.weights.sum() == pytest.approx(whole.weights.sum())


def test_the_same_seed_draws_the_same() -> None:
    first, second = coalitions(20, 100, seed=4), coalitions(20, 100, seed=4)
    assert first.masks.tolist() == second.masks.tolist()
    assert coalitions(20, 100, seed=5).masks.tolist() != first.masks.tolist()
