"""A page of a tuning job's training jobs."""

from typing import Any

import pytest

from stepmill.cloud.service import AwsError
from stepmill.cloud.services.sagemaker.tuning_lists import page


def told(name: str, value: float | None) -> dict[str, Any]:
    one: dict[str, Any] = {"TrainingJobName": name, "TrainingJobStatus": "Completed", "CreationTime": 1.0}
    if value is None:
        return one | {"ObjectiveStatus": "Failed"}
    return one | {
        "ObjectiveStatus": "Succeeded",
        "FinalHyperParameterTuningJobObjectiveMetric": {"MetricName": "loss", "Value": value},
    }


def test_sorted_by_objective_those_without_are_left_out() -> None:
    found = [told("a", 2.0), told("b", None), told("c", 1.0)]
    by_value, more = page(found, {"SortBy": "FinalObjectiveMetricValue"})
    assert ([one["TrainingJobName"] for one in by_value], more) == (["c", "a"], {})
    by_name, _ = page(found, {})
    assert [one["TrainingJobName"] for one in by_name] == ["a", "b", "c"]


def test_a_token_of_no_page_is_refused() -> None:
    with pytest.raises(AwsError, match="NextToken is not one that this List request gave"):
        page([told("a", 1.0)], {"NextToken": "nonsense"})
