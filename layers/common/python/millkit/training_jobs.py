"""What a finished training job says of itself."""

from __future__ import annotations

from typing import Any

from millkit import metrics
from millkit.errors import MillError


class MetricsMissing(MillError):
    """A training job that reported no metric."""


def final_metrics(sagemaker: Any, training_job_name: str) -> dict[str, float]:
    """The last value of each metric; `validation:rmse` comes as `validation_rmse`, which JSONPath can take.

    Raises:
        MetricsMissing: the job has none.
        NumberNotFinite: one is NaN or infinite.
    """
    job = sagemaker.describe_training_job(TrainingJobName=training_job_name)
    found = {
        entry["MetricName"].replace(":", "_"): metrics.finite(
            float(entry["Value"]), f"training job {training_job_name}: metric {entry['MetricName']}"
        )
        for entry in job.get("FinalMetricDataList", [])
    }
    if not found:
        raise MetricsMissing(
            f"training job {training_job_name}: reported no metrics; "
            "check that its log prints them and that AlgorithmSpecification.MetricDefinitions match"
        )
    return found
