"""How a tuning job goes on: whenever one of its training jobs ends, it decides what is next.

All that it decides from is in the records, so it goes on after a restart where it stood. A training job is
written down before it is created, under an attempt of its own: none is begun twice.
"""

import hashlib
import logging
import threading
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError, Request
from stepmill.cloud.services.sagemaker import jobs, records, training
from stepmill.cloud.services.sagemaker.quotas import ENDED
from stepmill.cloud.services.sagemaker.tuning_ends import ending, is_reached
from stepmill.cloud.services.sagemaker.tuning_ranges import candidate
from stepmill.cloud.services.sagemaker.tuning_summaries import Summary, overview, summaries

log = logging.getLogger(__name__)
KIND = "HyperParameterTuningJob"
ARN = "HyperParameterTuningJobArn"
STATUS = "HyperParameterTuningJobStatus"
DETAIL_TYPE = "SageMaker HyperParameter Tuning Job State Change"
TOLD_BY_DEFINITION = ["AlgorithmSpecification", "RoleArn", "InputDataConfig", "OutputDataConfig"]
TOLD_BY_DEFINITION += ["ResourceConfig", "StoppingCondition", "VpcConfig", "EnableNetworkIsolation"]
TOLD_BY_DEFINITION += ["EnableInterContainerTrafficEncryption", "EnableManagedSpotTraining"]
TOLD_BY_DEFINITION += ["CheckpointConfig", "RetryStrategy", "Environment"]
OBJECTIVE_KEY = "_tuning_objective_metric"


class Tunings:
    """The tuning jobs of this process; each goes on in one thread at a time."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def hurry(self, name: str) -> None:
        """Let it go on soon, on the pool."""
        if not self._cloud.is_closing:
            self._cloud.pool.submit(self._go_on, name)

    def lock_of(self, name: str) -> threading.Lock:
        with self._lock:
            return self._locks.setdefault(name, threading.Lock())

    def _go_on(self, name: str) -> None:
        try:
            with self.lock_of(name):
                go_on(self._cloud, name)
        except Exception:
            if not self._cloud.is_closing:
                log.exception("tuning job %s could not go on", name)


def tell(cloud: Cloud, name: str, **changes: Any) -> dict[str, Any]:
    data = records.change(cloud, KIND, name, changes, owes_event=True)
    records.emit(cloud, KIND, name, DETAIL_TYPE, ARN)
    return data


def go_on(cloud: Cloud, name: str) -> None:
    """One step: stop, end, or begin as many training jobs as may run at once."""
    data = records.find(cloud, KIND, name)
    if data is None or data[STATUS] in ENDED:
        return
    found = summaries(cloud, data)
    if data[STATUS] == "InProgress" and not data.get("_IsOver") and is_reached(cloud, data, found):
        data = records.change(cloud, KIND, name, {"_IsOver": True})
    if data[STATUS] == "Stopping" or data.get("_IsOver"):
        stop_running(cloud, found)
    elif refusal := begin_more(cloud, name, data, found):
        data = records.change(cloud, KIND, name, {"_IsOver": True, "_Refusal": refusal})
        stop_running(cloud, found)
    data = records.find(cloud, KIND, name) or data
    found = summaries(cloud, data)
    if any(one["TrainingJobStatus"] not in ENDED for one in found):
        return
    if len(found) < data["_Planned"] and data[STATUS] == "InProgress" and not data.get("_IsOver"):
        return  # those that may not begin yet are tried again when the next one ends
    tell(
        cloud,
        name,
        **ending(data, found),
        **overview(found),
        HyperParameterTuningEndTime=cloud.clock.time(),
    )


def stop_running(cloud: Cloud, found: list[Summary]) -> None:
    for one in found:
        if one["TrainingJobStatus"] == "InProgress":
            try:
                jobs.stop(cloud, training.TRAINING, one["TrainingJobName"])
            except AwsError:
                log.debug("%s ended before it could be stopped", one["TrainingJobName"])


def begin_more(cloud: Cloud, name: str, data: dict[str, Any], found: list[Summary]) -> str | None:
    """Begin what may run beside the others. Answers why no training job can be begun at all."""
    running = sum(one["TrainingJobStatus"] not in ENDED for one in found)
    most = data["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxParallelTrainingJobs"]
    number = len(found)
    while running < min(most, running + data["_Planned"] - number):
        child = planned(cloud, name, data, number)
        data = records.find(cloud, KIND, name) or data
        try:
            begin(cloud, data, child)
        except AwsError as error:
            if error.code == "ResourceLimitExceeded" and running:
                return None
            return f"ClientError: {error.code}: {error.message}"
        running, number = running + 1, number + 1
    return None


def planned(cloud: Cloud, name: str, data: dict[str, Any], number: int) -> dict[str, Any]:
    """The training job `number`, written down before it is begun."""
    children: list[dict[str, Any]] = data["_Children"]
    if number < len(children):
        return children[number]
    mark = hashlib.sha256(f"{data[ARN]}/{data['CreationTime']}/{number}".encode()).hexdigest()[:8]
    tuned = candidate(data["HyperParameterTuningJobConfig"], data["_Seed"], number)
    child = {"name": f"{name}-{number + 1:03}-{mark}", "tuned": tuned}
    records.change(cloud, KIND, name, {"_Children": [*children, child]})
    return child


def begin(cloud: Cloud, data: dict[str, Any], child: dict[str, Any]) -> None:
    """Raises: AwsError. The service itself is the caller: who made the tuning job handed it the role."""
    more = {"TuningJobArn": data[ARN], "_Tuning": data["HyperParameterTuningJobName"]}
    params = child_params(data, child)
    training.begin(cloud, Request("CreateTrainingJob", params, attempt=f"tuning/{child['name']}"), more)


def child_params(data: dict[str, Any], child: dict[str, Any]) -> dict[str, Any]:
    definition = data["TrainingJobDefinition"]
    params = {key: definition[key] for key in TOLD_BY_DEFINITION if key in definition}
    metric = data["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]["MetricName"]
    static = definition.get("StaticHyperParameters", {})
    params["HyperParameters"] = {**static, **child["tuned"], OBJECTIVE_KEY: metric}
    params["TrainingJobName"] = child["name"]
    tags = data.get("_Tags", [])
    return params | ({"Tags": tags} if tags else {})
