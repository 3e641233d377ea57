"""What a tuning job shows of its training jobs: each one's summary, the counters, the best one."""

from collections.abc import Sequence
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.services.sagemaker import records

Summary = dict[str, Any]
COUNTERS = {"InProgress": "InProgress", "Stopping": "InProgress", "Completed": "Completed"}
COUNTERS |= {"Failed": "NonRetryableError", "Stopped": "Stopped"}
COPIED = ["TrainingJobName", "TrainingJobArn", "CreationTime", "TrainingStartTime", "TrainingEndTime"]
COPIED += ["TrainingJobStatus", "FailureReason"]


def summaries(cloud: Cloud, tuning: dict[str, Any]) -> list[Summary]:
    """Of the training jobs begun so far, in the order of their numbers."""
    objective = tuning["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]
    found = []
    for child in tuning["_Children"]:
        data = records.find(cloud, "TrainingJob", child["name"])
        if data is not None:
            found.append(summary(data, child["tuned"], objective))
    return found


def summary(data: dict[str, Any], tuned: dict[str, str], objective: dict[str, str]) -> Summary:
    shown: Summary = {key: data[key] for key in COPIED if key in data}
    shown["TunedHyperParameters"] = tuned
    is_running = data["TrainingJobStatus"] in ("InProgress", "Stopping")
    finals = {one["MetricName"]: one["Value"] for one in data.get("FinalMetricDataList", [])}
    if objective["MetricName"] in finals and not is_running:
        shown["FinalHyperParameterTuningJobObjectiveMetric"] = {
            **objective,
            "Value": finals[objective["MetricName"]],
        }
        shown["ObjectiveStatus"] = "Succeeded"
    else:
        shown["ObjectiveStatus"] = "Pending" if is_running else "Failed"
    return shown


def value_of(one: Summary) -> float:
    return float(one["FinalHyperParameterTuningJobObjectiveMetric"]["Value"])


def rank_of(one: Summary) -> float:
    """Smaller is better, whatever the objective's type; what is no number is the worst."""
    value = value_of(one)
    if value != value:
        return float("inf")
    is_minimised = one["FinalHyperParameterTuningJobObjectiveMetric"]["Type"] == "Minimize"
    return value if is_minimised else -value


def completed(found: Sequence[Summary]) -> list[Summary]:
    """Those that can be the best: they came to their end, and told their objective."""
    return [
        one
        for one in found
        if one["TrainingJobStatus"] == "Completed" and one["ObjectiveStatus"] == "Succeeded"
    ]


def overview(found: Sequence[Summary]) -> dict[str, Any]:
    """Counters and the best training job, as Describe and List show them."""
    status = dict.fromkeys(["Completed", "InProgress", "RetryableError", "NonRetryableError", "Stopped"], 0)
    objective = dict.fromkeys(["Succeeded", "Pending", "Failed"], 0)
    for one in found:
        status[COUNTERS[one["TrainingJobStatus"]]] += 1
        objective[one["ObjectiveStatus"]] += 1
    shown: dict[str, Any] = {"TrainingJobStatusCounters": status, "ObjectiveStatusCounters": objective}
    if best := min(completed(found), key=rank_of, default=None):
        shown["BestTrainingJob"] = best
    return shown
