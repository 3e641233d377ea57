"""TrainingJobEarlyStoppingType Auto: a training job that does worse than the median so far is stopped.

After each value of the objective, it is held against the median of the running averages that the tuning
job's completed training jobs had after as many values.
Source: https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-early-stopping.html
"""

import statistics
import threading
from collections.abc import Sequence

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError
from stepmill.cloud.services.sagemaker import jobs, records
from stepmill.cloud.services.sagemaker.jobs import Job

# One finished job is no crowd: half of all later ones would be stopped by it.
LEAST_COMPLETED = 2
MOST_VALUES = 10_000


def is_hopeless(values: Sequence[float], finished: Sequence[Sequence[float]], *, is_minimised: bool) -> bool:
    """`values` is what the running job told so far, `finished` what each completed one told in all."""
    told = [one[: len(values)] for one in finished if one]
    if not values or len(told) < LEAST_COMPLETED:
        return False
    median = statistics.median(statistics.fmean(one) for one in told)
    return values[-1] > median if is_minimised else values[-1] < median


class Objective:
    """The objective's values of one training job, as they come; none for a job that nobody tunes."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self.values: list[float] = []
        self._tuning = records.find(job.cloud, "HyperParameterTuningJob", job.data.get("_Tuning", ""))

    def hear(self, metric: str, value: float) -> None:
        if self._tuning is None or value != value:
            return
        config = self._tuning["HyperParameterTuningJobConfig"]
        objective = config["HyperParameterTuningJobObjective"]
        if metric != objective["MetricName"] or len(self.values) == MOST_VALUES:
            return
        self.values.append(value)
        if config.get("TrainingJobEarlyStoppingType") != "Auto" or self._job.wants_stop.is_set():
            return
        finished = self._job.cloud.state(Curves).finished(self._job.data["_Tuning"])
        if is_hopeless(self.values, finished, is_minimised=objective["Type"] == "Minimize"):
            stop(self._job)


def stop(job: Job) -> None:
    try:
        jobs.stop(job.cloud, job.kind, job.name)
    except AwsError:
        job.stop()  # somebody else wrote its status at this moment


class Curves:
    """What the completed training jobs of each tuning job told, read from their records once."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._known: dict[str, list[float]] = {}
        self._lock = threading.Lock()

    def finished(self, tuning: str) -> list[list[float]]:
        found = []
        data = records.find(self._cloud, "HyperParameterTuningJob", tuning) or {"_Children": []}
        for child in data["_Children"]:
            with self._lock:
                curve = self._known.get(child["name"])
            if curve is None:
                data = records.find(self._cloud, "TrainingJob", child["name"]) or {}
                if data.get("TrainingJobStatus") != "Completed":
                    continue
                curve = data.get("_Objectives", [])
                with self._lock:
                    self._known[child["name"]] = curve
            found.append(curve)
        return found
