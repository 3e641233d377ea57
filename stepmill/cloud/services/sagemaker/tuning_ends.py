"""When a tuning job is over, and how it ends.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-progress.html
"""

from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.services.sagemaker.quotas import ENDED
from stepmill.cloud.services.sagemaker.tuning_summaries import Summary, completed, rank_of, value_of

FIRST_TRIES = 5
NONE_SUCCEEDED = (
    f"No training job succeeded after {FIRST_TRIES} attempts. For additional details, please take a look at "
    "the training job failures by listing training jobs for the hyperparameter tuning job."
)
ALL_FAILED = "All training jobs failed. Please take a look at the training jobs failures to get more details."
NO_METRIC = (
    "No objective metrics found after running {count} training jobs. Please ensure that the custom algorithm "
    "is emitting the objective metric as defined by the regular expression provided."
)


def is_reached(cloud: Cloud, data: dict[str, Any], found: list[Summary]) -> bool:
    """Is there no reason to begin more, though more are planned?"""
    limits = data["HyperParameterTuningJobConfig"]["ResourceLimits"]
    longest_s = limits.get("MaxRuntimeInSeconds")
    if longest_s is not None and cloud.clock.time() >= data["CreationTime"] + longest_s:
        return True
    ended = [one for one in found if one["TrainingJobStatus"] in ENDED]
    if len(ended) >= FIRST_TRIES and all(one["TrainingJobStatus"] == "Failed" for one in ended):
        return True
    return is_good_enough(data["HyperParameterTuningJobConfig"], found)


def is_good_enough(config: dict[str, Any], found: list[Summary]) -> bool:
    criteria = config.get("TuningJobCompletionCriteria", {})
    good = completed(found)
    target = criteria.get("TargetObjectiveMetricValue")
    if target is not None:
        is_minimised = config["HyperParameterTuningJobObjective"]["Type"] == "Minimize"
        if any(value_of(one) <= target if is_minimised else value_of(one) >= target for one in good):
            return True
    patience = criteria.get("BestObjectiveNotImproving", {}).get("MaxNumberOfTrainingJobsNotImproving")
    if patience is None or not good:
        return False
    in_order = sorted(good, key=lambda one: one.get("TrainingEndTime", 0.0))
    best = min(range(len(in_order)), key=lambda place: rank_of(in_order[place]))
    return len(in_order) - 1 - best >= int(patience)


def ending(data: dict[str, Any], found: list[Summary]) -> dict[str, Any]:
    """The last status, when no training job runs any more."""
    status = "HyperParameterTuningJobStatus"
    if data[status] == "Stopping":
        return {status: "Stopped"}
    if refusal := data.get("_Refusal"):
        return {status: "Failed", "FailureReason": refusal[:1024]}
    if completed(found):
        return {status: "Completed"}
    came_through = [one for one in found if one["TrainingJobStatus"] == "Completed"]
    if came_through:
        reason = NO_METRIC.format(count=len(found))
    else:
        reason = NONE_SUCCEEDED if len(found) >= FIRST_TRIES else ALL_FAILED
    return {status: "Failed", "FailureReason": reason}
