"""What a training may be told in free form, and how the rest is refused."""

from typing import Any

import pytest
from millkit import hyperparameters
from millkit.hyperparameters import InputInvalid

RANGES = {
    "ContinuousParameterRanges": [{"Name": "eta", "MinValue": "0.05", "MaxValue": "0.5"}],
    "CategoricalParameterRanges": [{"Name": "booster", "Values": ["gbtree", "dart"]}],
}
TUNING = {
    "strategy": "Random",
    "max_jobs": 6,
    "parallel_jobs": 2,
    "early_stopping": "Off",
    "ranges": RANGES,
}
GOOD: dict[str, Any] = {
    "hyperparameters": {"num_round": "300", "columns": '{"a":1}'},
    "training_instance_types": ["ml.m5.large"],
    "tuning": TUNING,
}


def test_texts_are_taken_with_or_without_a_tuning() -> None:
    hyperparameters.check(GOOD)
    hyperparameters.check(GOOD | {"tuning": None, "hyperparameters": {}})


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"hyperparameters": {"num_round": 300}}, "hyperparameters.num_round is 300; give a text"),
        ({"hyperparameters": {"a": {"b": None}}}, "hyperparameters.a.b is null; give a text"),
        ({"training_instance_types": ["a", 1]}, "training_instance_types[1] is 1; give a text"),
        ({"tuning": TUNING | {"max_jobs": 1.5}}, "tuning.max_jobs is 1.5; give a whole number"),
        ({"tuning": TUNING | {"parallel_jobs": 2.0}}, "tuning.parallel_jobs is 2.0; give a whole number"),
        (
            {"tuning": TUNING | {"ranges": {"IntegerParameterRanges": [{"Name": "d", "MinValue": 3}]}}},
            "tuning.ranges.IntegerParameterRanges[0].MinValue is 3; give a text",
        ),
        (
            {"tuning": TUNING | {"ranges": {"Integers": []}}},
            "tuning.ranges.Integers is []; give lists as CategoricalParameterRanges, "
            "ContinuousParameterRanges, IntegerParameterRanges",
        ),
        (
            {"tuning": TUNING | {"ranges": {"IntegerParameterRanges": {}}}},
            "tuning.ranges.IntegerParameterRanges is {}; give lists as CategoricalParameterRanges, "
            "ContinuousParameterRanges, IntegerParameterRanges",
        ),
    ],
    ids=["number", "null", "instances", "jobs", "parallel", "range", "kind", "list"],
)
def test_anything_else_is_refused_by_its_place_and_value(given: dict[str, Any], words: str) -> None:
    with pytest.raises(InputInvalid) as caught:
        hyperparameters.check(GOOD | given)
    assert str(caught.value) == f"training: input.{words}"
