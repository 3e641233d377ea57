"""Drift of each column in CloudWatch, where users of Model Monitor look for it."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from millkit import drift_metrics


class CloudWatch:
    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.error: Exception | None = None

    def put_metric_data(self, **params: Any) -> None:
        if self.error is not None:
            raise self.error
        self.asked.append(params)


@pytest.fixture
def cloudwatch() -> CloudWatch:
    return CloudWatch()


def names(cloudwatch: CloudWatch) -> list[str]:
    return [one["MetricName"] for asked in cloudwatch.asked for one in asked["MetricData"]]


def test_a_columns_distance_has_model_monitors_names(cloudwatch: CloudWatch) -> None:
    assert drift_metrics.publish(cloudwatch, "e", "stepmill-dev-model-monitor", {"Mileage": 0.6}, 20) == 1
    assert cloudwatch.asked == [
        {
            "Namespace": "aws/sagemaker/Endpoints/data-metrics",
            "MetricData": [
                {
                    "MetricName": "feature_baseline_drift_Mileage",
                    "Dimensions": [
                        {"Name": "Endpoint", "Value": "e"},
                        {"Name": "MonitoringSchedule", "Value": "stepmill-dev-model-monitor"},
                    ],
                    "Value": 0.6,
                }
            ],
        }
    ]


@pytest.mark.parametrize(("most", "count"), [(0, 0), (3, 3), (5_000, 1_000)])
def test_the_first_columns_by_name_are_told_and_no_more_than_one_call_takes(
    cloudwatch: CloudWatch, most: int, count: int
) -> None:
    distances = {f"c{number:04}": 0.1 for number in reversed(range(1_200))}
    assert drift_metrics.publish(cloudwatch, "e", "m", distances, most) == count
    assert names(cloudwatch) == [f"feature_baseline_drift_c{number:04}" for number in range(count)]
    assert len(cloudwatch.asked) == bool(count)


def test_a_name_that_cloudwatch_would_not_take_is_made_plain(cloudwatch: CloudWatch) -> None:
    drift_metrics.publish(cloudwatch, "e", "m", {"Größe\n": 0.1, "z" * 300: 0.2}, 20)
    assert names(cloudwatch) == ["feature_baseline_drift_Gr__e_", f"feature_baseline_drift_{'z' * 232}"]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (None, ""),
        (ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutMetricData"), "AccessDenied"),
        (ReadTimeoutError(endpoint_url="https://monitoring"), "ReadTimeoutError: Read timeout on endpoint"),
        (ClientError({"Error": {"Code": "X", "Message": "y" * 5_000}}, "PutMetricData"), "y" * 900),
    ],
    ids=["taken", "denied", "no_answer", "long"],
)
def test_what_cloudwatch_does_not_take_is_told_and_stops_nothing(
    cloudwatch: CloudWatch, error: Exception | None, told: str
) -> None:
    cloudwatch.error = error
    found = drift_metrics.try_publish(cloudwatch, "e", "m", {"Mileage": 0.6}, 20)
    assert (told in found, bool(found), len(found) <= 1_000) == (True, bool(error), True)


def test_a_fault_of_our_own_is_not_taken_for_one_of_cloudwatch(cloudwatch: CloudWatch) -> None:
    cloudwatch.error = KeyError("Mileage")
    with pytest.raises(KeyError):
        drift_metrics.try_publish(cloudwatch, "e", "m", {"Mileage": 0.6}, 20)
