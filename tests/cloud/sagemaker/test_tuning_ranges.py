"""The values that are tried: inside their ranges, on their scale, the same for the same seed."""

from typing import Any

import pytest

from stepmill.cloud.service import AwsError
from stepmill.cloud.services.sagemaker.tuning_ranges import candidate, check_ranges

DRAWS = 2000


def drawn(kind: str, **one: Any) -> list[str]:
    config = {"Strategy": "Random", "ParameterRanges": {f"{kind}ParameterRanges": [{"Name": "x", **one}]}}
    return [candidate(config, 3, number)["x"] for number in range(DRAWS)]


def below(values: list[str], limit: float) -> float:
    return sum(float(value) < limit for value in values) / len(values)


@pytest.mark.parametrize(
    ("scaling", "low", "high", "limit", "share"),
    [
        ("Auto", "0", "10", 5.0, 0.5),
        ("Linear", "1", "100", 10.9, 0.1),
        ("Logarithmic", "0.001", "1000", 1.0, 0.5),
        ("Logarithmic", "1e-5", "1e-1", 1e-4, 0.25),
        ("ReverseLogarithmic", "0", "0.99", 0.9, 0.5),
    ],
)
def test_numbers_are_spread_over_their_scale(
    scaling: str, low: str, high: str, limit: float, share: float
) -> None:
    values = drawn("Continuous", MinValue=low, MaxValue=high, ScalingType=scaling)
    assert all(float(low) <= float(value) <= float(high) for value in values)
    assert below(values, limit) == pytest.approx(share, abs=0.04)


def test_integers_reach_both_ends() -> None:
    assert set(drawn("Integer", MinValue="-1", MaxValue="2")) == {"-1", "0", "1", "2"}
    values = drawn("Integer", MinValue="1", MaxValue="1000", ScalingType="Logarithmic")
    assert min(map(int, values)) == 1
    assert below(values, 31.6) == pytest.approx(0.5, abs=0.04)
    assert set(drawn("Integer", MinValue="1", MaxValue="2", ScalingType="Logarithmic")) == {"1", "2"}


def test_a_range_of_one_value_gives_it() -> None:
    for value in ("0.1", "5.7", "0.007"):
        assert set(drawn("Continuous", MinValue=value, MaxValue=value, ScalingType="Logarithmic")) == {value}
    assert set(drawn("Categorical", Values=["only"])) == {"only"}


def test_the_same_number_has_the_same_values_whatever_was_tried_before() -> None:
    ranges = {"IntegerParameterRanges": [{"Name": "x", "MinValue": "1", "MaxValue": "9999"}]}
    config = {"Strategy": "Bayesian", "ParameterRanges": ranges}
    assert candidate(config, 1, 5) == candidate(config, 1, 5)
    assert candidate(config, 1, 5) != candidate(config, 1, 6)
    assert candidate(config, 1, 5) != candidate(config, 2, 5)


def ranges(kind: str, *several: dict[str, Any]) -> dict[str, Any]:
    return {f"{kind}ParameterRanges": [{"Name": "x", **one} for one in several]}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "ParameterRanges has 0 ranges; 1 to 30 are allowed"),
        ({"AutoParameters": [{"Name": "x", "ValueHint": "1"}]}, "AutoParameters is not supported"),
        (
            ranges("Continuous", {"MinValue": "2", "MaxValue": "1"}),
            "ParameterRanges: x: MinValue 2 is above MaxValue 1",
        ),
        (
            ranges("Continuous", {"MinValue": "a", "MaxValue": "1"}),
            "ParameterRanges: x: MinValue 'a' is not a number",
        ),
        (
            ranges("Continuous", {"MinValue": "0", "MaxValue": "inf"}),
            "ParameterRanges: x: MaxValue 'inf' is not a number",
        ),
        (
            ranges("Integer", {"MinValue": "1.5", "MaxValue": "2"}),
            "ParameterRanges: x: MinValue '1.5' is not an integer",
        ),
        (
            ranges("Continuous", {"MinValue": "0", "MaxValue": "1", "ScalingType": "Logarithmic"}),
            "ParameterRanges: x: Logarithmic scaling needs values above 0; MinValue is 0",
        ),
        (
            ranges("Continuous", {"MinValue": "0", "MaxValue": "1", "ScalingType": "ReverseLogarithmic"}),
            "ReverseLogarithmic scaling is for continuous values from 0 to below 1",
        ),
        (
            ranges("Integer", {"MinValue": "0", "MaxValue": "0", "ScalingType": "ReverseLogarithmic"}),
            "ReverseLogarithmic scaling is for continuous values from 0 to below 1",
        ),
        (ranges("Categorical", {"Values": ["a", "a"]}), "ParameterRanges: x has a value twice: a, a"),
        (
            ranges("Categorical", {"Values": ["a"]}, {"Values": ["b"]}),
            "x is in CategoricalParameterRanges and in another range",
        ),
    ],
)
def test_refuses_a_range_that_cannot_be_drawn_from(given: dict[str, Any], message: str) -> None:
    with pytest.raises(AwsError) as caught:
        check_ranges(given, {}, "Random")
    assert (caught.value.code, message in caught.value.message) == ("ValidationException", True)


def test_refuses_a_value_that_is_static_too() -> None:
    with pytest.raises(AwsError, match="x is in CategoricalParameterRanges and in StaticHyperParameters"):
        check_ranges(ranges("Categorical", {"Values": ["a"]}), {"x": "1"}, "Random")


def test_a_grid_takes_categories_only() -> None:
    with pytest.raises(AwsError, match="Grid takes CategoricalParameterRanges only"):
        check_ranges(ranges("Integer", {"MinValue": "1", "MaxValue": "2"}), {}, "Grid")
