"""PutMetricData."""

import math
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.cloudwatch.recorder import Recorder
from stepmill.cloud.services.cloudwatch.summary import Summary
from stepmill.cloud.services.cloudwatch.tables import (
    SERVICE,
    Metric,
    bad_combination,
    bad_value,
    metric_of,
    seconds_of,
)

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

# Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
MOST_METRICS = 1000
MOST_VALUES = 150
OLDEST_S = 14 * 86_400
NEWEST_S = 2 * 3600
LARGEST = 2.0**360


@SERVICE.operation("PutMetricData")
def put_metric_data(cloud: "Cloud", request: Request) -> Answer:
    """All values or none: a request with a bad one changes nothing."""
    params = request.params
    namespace = params["Namespace"]
    if namespace.startswith("AWS/"):
        raise bad_value("The value AWS/ for parameter Namespace is invalid.")
    if params.get("EntityMetricData"):
        raise bad_value("EntityMetricData is not supported by the embedded cloud; give MetricData")
    data = params.get("MetricData", [])
    if not data:
        raise AwsError("MissingParameter", "At least one of MetricData or EntityMetricData is required.")
    if len(data) > MOST_METRICS:
        raise bad_value(f"MetricData has {len(data)} members; at most {MOST_METRICS} are allowed")
    now_s = cloud.clock.time()
    read = [read_datum(namespace, datum, number, now_s) for number, datum in enumerate(data, start=1)]
    recorder = cloud.state(Recorder)
    for metric, when_s, unit, summary in read:
        recorder.add_summary(metric, when_s, unit, summary)
    recorder.flush()
    return {}


def read_datum(
    namespace: str, datum: dict[str, Any], number: int, now_s: float
) -> tuple[Metric, float, str, Summary]:
    """Raises: AwsError that names the member of MetricData."""
    where = f"MetricData.member.{number}"
    when_s = seconds_of(datum["Timestamp"]) if "Timestamp" in datum else now_s
    if not now_s - OLDEST_S <= when_s <= now_s + NEWEST_S:
        raise bad_value(
            f"The parameter {where}.Timestamp must specify a time no more than two weeks in the past "
            "and no more than two hours in the future."
        )
    return metric_of(datum, namespace), when_s, datum.get("Unit", "None"), read_values(datum, where)


def read_values(datum: dict[str, Any], where: str) -> Summary:
    given = [key for key in ("Value", "Values", "StatisticValues") if key in datum]
    if len(given) != 1:
        raise bad_combination(f"{where} must have one of Value, Values and StatisticValues; it has {given}")
    summary = Summary()
    if "StatisticValues" in datum:
        stats = datum["StatisticValues"]
        keys = ("SampleCount", "Sum", "Minimum", "Maximum")
        count, total, low, high = (number_at(stats[key], f"{where}.StatisticValues.{key}") for key in keys)
        if count <= 0 or low > high:
            raise bad_value(f"{where}.StatisticValues: SampleCount {count}, Minimum {low}, Maximum {high}")
        summary.merge(Summary(count, total, low, high, None))
        return summary
    values = datum.get("Values", [datum.get("Value")])
    counts = datum.get("Counts", [1.0] * len(values))
    if len(counts) != len(values) or not 1 <= len(values) <= MOST_VALUES:
        raise bad_value(
            f"{where} has {len(values)} Values and {len(counts)} Counts; as many of each, 1 to {MOST_VALUES}"
        )
    for value, times in zip(values, counts, strict=True):
        if not times > 0:
            raise bad_value(f"{where}.Counts has {times}; a count is above 0")
        summary.add(number_at(value, f"{where}.Value"), number_at(times, f"{where}.Counts"))
    return summary


def number_at(value: float, where: str) -> float:
    if not math.isfinite(value) or abs(value) > LARGEST:
        raise bad_value(f"The value {value} for parameter {where} is invalid.")
    return float(value)
