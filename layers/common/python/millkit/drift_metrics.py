"""How far each column of a window has drifted, as CloudWatch metrics with the names of Model Monitor.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-interpreting-cloudwatch.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

NAMESPACE = "aws/sagemaker/Endpoints/data-metrics"
NAME = "feature_baseline_drift_{}"
MOST_AT_ONCE = 1_000
LONGEST_NAME = 255
MOST_CHARACTERS = 1_000
_NOT_PLAIN = re.compile(r"[^ -~]")


def try_publish(
    cloudwatch: Any, endpoint: str, monitor: str, distances: Mapping[str, float], most: int
) -> str:
    """Put the distances; why CloudWatch has not taken them, or nothing. A mail must not wait for a metric."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        publish(cloudwatch, endpoint, monitor, distances, most)
    except (BotoCoreError, ClientError) as wrong:
        return f"{type(wrong).__name__}: {wrong}"[:MOST_CHARACTERS]
    return ""


def publish(cloudwatch: Any, endpoint: str, monitor: str, distances: Mapping[str, float], most: int) -> int:
    """Put the distances of the first `most` columns by name; how many there were.

    A window that is evaluated twice has its figures twice: look at their maximum, not at their sum.
    """
    dimensions = [{"Name": "Endpoint", "Value": endpoint}, {"Name": "MonitoringSchedule", "Value": monitor}]
    data = [
        {
            "MetricName": _NOT_PLAIN.sub("_", NAME.format(name))[:LONGEST_NAME],
            "Dimensions": dimensions,
            "Value": distances[name],
        }
        for name in sorted(distances)[: min(most, MOST_AT_ONCE)]
    ]
    if data:
        cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=data)
    return len(data)
