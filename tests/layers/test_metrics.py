import math
from typing import Any

import pytest
from millkit import metrics


def test_rmse_is_the_root_of_the_mean_square() -> None:
    assert metrics.rmse([3.0, -4.0, 0.0, 0.0]) == 2.5


@pytest.mark.parametrize("errors", [[], [math.nan], [math.inf, 1.0], [1e200, 1e200]])
def test_rmse_of_nothing_or_of_no_finite_numbers_is_an_error(errors: list[float]) -> None:
    with pytest.raises(metrics.NumberNotFinite, match=r"^RMSE: is nan; a model that gives no finite figure"):
        metrics.rmse(errors)


def test_a_finite_figure_passes_the_check() -> None:
    assert metrics.finite(-1.5, "m") == -1.5


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_figure_that_is_not_finite_is_named(value: float) -> None:
    with pytest.raises(metrics.NumberNotFinite, match=rf"^metric x: is {value}; "):
        metrics.finite(value, "metric x")


@pytest.mark.parametrize("value", [1, 4000, 0.5])
def test_a_positive_number_is_a_limit(value: float) -> None:
    assert metrics.limit(value, "rmse_limit") == float(value)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("4000", "rmse_limit is '4000', not a number; give one above 0, for instance 4000"),
        (None, "rmse_limit is None, not a number; give one above 0, for instance 4000"),
        (True, "rmse_limit is True, not a number; give one above 0, for instance 4000"),
        ([], "rmse_limit is [], not a number; give one above 0, for instance 4000"),
        (0, "rmse_limit is 0; give a number above 0, for instance 4000"),
        (-1.0, "rmse_limit is -1.0; give a number above 0, for instance 4000"),
        (math.nan, "rmse_limit is nan; give a number above 0, for instance 4000"),
        (math.inf, "rmse_limit is inf; give a number above 0, for instance 4000"),
    ],
)
def test_a_limit_that_is_no_positive_number_is_named_with_its_value(value: Any, said: str) -> None:
    with pytest.raises(metrics.LimitInvalid) as caught:
        metrics.limit(value, "rmse_limit")
    assert str(caught.value) == said
