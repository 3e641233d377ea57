"""A cloud whose clock stands still until it is moved, and what the tests ask of its CloudWatch."""

from datetime import UTC, datetime
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.services.cloudwatch.watching import evaluate
from stepmill.engine.clock import VirtualClock

# 2026-03-04 05:00:00 UTC, the start of an hour.
START_S = 1_772_600_400.0
ENDPOINT = [{"Name": "EndpointName", "Value": "cars"}]


def at(offset_s: float) -> datetime:
    return datetime.fromtimestamp(START_S + offset_s, UTC)


def put(cloud: Cloud, value: float, name: str = "Errors", **more: Any) -> None:
    datum = {"MetricName": name, "Value": value, "Dimensions": ENDPOINT, **more}
    cloud.call("cloudwatch", "PutMetricData", {"Namespace": "Mill", "MetricData": [datum]})


def alarm(name: str, **more: Any) -> dict[str, Any]:
    return {
        "AlarmName": name,
        "Namespace": "Mill",
        "MetricName": "Errors",
        "Dimensions": ENDPOINT,
        "Statistic": "Average",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 0.5,
        "ComparisonOperator": "GreaterThanThreshold",
        **more,
    }


def put_alarm(cloud: Cloud, name: str, **more: Any) -> None:
    cloud.call("cloudwatch", "PutMetricAlarm", alarm(name, **more))


def described(cloud: Cloud, name: str) -> dict[str, Any]:
    (found,) = cloud.call("cloudwatch", "DescribeAlarms", {"AlarmNames": [name]})["MetricAlarms"]
    return dict(found)


def state(cloud: Cloud, name: str) -> str:
    return str(described(cloud, name)["StateValue"])


def advance(cloud: Cloud, clock: VirtualClock, seconds: float) -> None:
    """Move the clock, and evaluate once it has moved."""
    clock.advance(seconds)
    evaluate(cloud)
