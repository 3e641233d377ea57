"""The life of a job, whatever its kind: taken in, run on the pool, stopped, ended, taken up again after a
restart.
"""

import logging
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.sandbox.run import Ended, Run
from stepmill.cloud.service import Answer, AwsError, Principal, Request
from stepmill.cloud.services.sagemaker import records
from stepmill.cloud.services.sagemaker.quotas import ENDED, has_capacity
from stepmill.cloud.services.sagemaker.service import SERVICE, invalid
from stepmill.cloud.services.sagemaker.transfer import TransferFailed

log = logging.getLogger(__name__)
LONGEST_REASON = 1024
NAME_TAKEN = (
    "Job name must be unique within an AWS account and region, "
    "and a job with this name already exists ({arn})"
)


class JobFailed(Exception):
    """The text is the job's FailureReason."""


class JobStopped(Exception):
    """Somebody asked for it, or its time was over; `secondary` is what training shows in SecondaryStatus."""

    def __init__(self, secondary: str = "Stopped") -> None:
        super().__init__(secondary)
        self.secondary = secondary


@dataclass(frozen=True)
class Kind:
    """`noun` is TrainingJob, ProcessingJob or TransformJob; `perform` does the work and raises JobFailed or
    JobStopped.
    """

    noun: str
    arn_part: str
    perform: "Callable[[Job], None]"
    missing: str

    @property
    def title(self) -> str:
        return self.noun.removesuffix("Job")

    @property
    def detail_type(self) -> str:
        return f"SageMaker {self.title} Job State Change"

    @property
    def log_group(self) -> str:
        return f"/aws/sagemaker/{self.noun}s"


class Job:
    """One run of a job. `data` is its record when the run began."""

    def __init__(self, cloud: Cloud, kind: Kind, name: str) -> None:
        self.cloud = cloud
        self.kind = kind
        self.name = name
        self.data: dict[str, Any] = records.find(cloud, kind.noun, name) or {}
        self.principal = Principal(self.data["_RoleArn"], "SageMaker")
        self.folder = cloud.root / "sagemaker" / kind.noun / name
        self.wants_stop = threading.Event()
        self.is_closing = False
        self._run: Run | None = None
        self._lock = threading.Lock()

    @property
    def opt_ml(self) -> Path:
        return self.folder / "ml"

    @property
    def scratch(self) -> Path:
        return self.folder / "root"

    def log(self, lines: list[str], stream: str = "algo-1") -> None:
        self.cloud.log(self.kind.log_group, f"{self.name}/{stream}", lines)

    def change(self, **changes: Any) -> None:
        """Write to the record and tell the world."""
        self.data = records.change(self.cloud, self.kind.noun, self.name, changes, owes_event=True)
        records.emit(self.cloud, self.kind.noun, self.name, self.kind.detail_type, f"{self.kind.noun}Arn")

    def watch(self, run: Run) -> Ended:
        """Wait for a boxed command, so that a stop reaches it."""
        with self._lock:
            self._run = run
            if self.wants_stop.is_set():
                run.stop()
        return run.wait()

    def stop(self) -> None:
        self.wants_stop.set()
        with self._lock:
            if self._run is not None:
                self._run.stop()

    def check_stop(self) -> None:
        """Raises: JobStopped; called between the phases of a job."""
        if self.wants_stop.is_set():
            raise JobStopped


class Jobs:
    """The jobs that run in this process."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._running: dict[tuple[str, str], Job] = {}
        self._lock = threading.Lock()
        self._is_closing = False

    def launch(self, kind: Kind, name: str) -> None:
        job = Job(self._cloud, kind, name)
        with self._lock:
            if self._is_closing:
                return
            self._running[kind.noun, name] = job
            self._cloud.pool.submit(self._perform, job)

    def stop(self, kind: Kind, name: str) -> None:
        with self._lock:
            job = self._running.get((kind.noun, name))
        if job is not None:
            job.stop()

    def close(self) -> None:
        """End the children; the records stay in progress, so the next start runs the jobs again."""
        with self._lock:
            self._is_closing = True
            jobs = list(self._running.values())
        for job in jobs:
            job.is_closing = True
            job.stop()

    def _perform(self, job: Job) -> None:
        try:
            ending = conclude(job)
            if not job.is_closing:
                job.change(**ending)
                shutil.rmtree(job.folder, ignore_errors=True)
        except Exception:
            if not job.is_closing:
                log.exception("%s %s: its end could not be written", job.kind.noun, job.name)
        finally:
            with self._lock:
                self._running.pop((job.kind.noun, job.name), None)


def conclude(job: Job) -> dict[str, Any]:
    """Do the work; answer the last changes to the record."""
    title, status = job.kind.title, f"{job.kind.noun}Status"
    shutil.rmtree(job.folder, ignore_errors=True)
    job.opt_ml.mkdir(parents=True)
    ending: dict[str, Any] = {}
    try:
        if not has_capacity(job.cloud, job.data["_Instance"]):
            raise JobFailed(
                "CapacityError: Unable to provision requested ML compute capacity. Please retry using a "
                "different ML "
                "instance type."
            )
        job.kind.perform(job)
        ending[status] = secondary = "Completed"
    except JobStopped as stopped:
        ending[status], secondary = "Stopped", stopped.secondary
    except (JobFailed, TransferFailed) as failed:
        ending |= {status: "Failed", "FailureReason": str(failed)[:LONGEST_REASON]}
        secondary = "Failed"
    except Exception as error:
        if not job.is_closing:
            log.exception("%s %s failed inside the embedded cloud", job.kind.noun, job.name)
        reason = f"InternalServerError: {type(error).__name__}: {error}"
        ending |= {status: "Failed", "FailureReason": reason[:LONGEST_REASON]}
        secondary = "Failed"
    now = job.cloud.clock.time()
    ending[f"{title}EndTime"] = now
    if title == "Training":
        ending |= finished_training(job, secondary, ending.get("FailureReason", ""), now)
    return ending


def finished_training(job: Job, secondary: str, reason: str, now: float) -> dict[str, Any]:
    took = int(now - job.data.get("TrainingStartTime", now))
    return {
        "SecondaryStatus": secondary,
        "SecondaryStatusTransitions": transitions(job.data, secondary, reason, now),
        "TrainingTimeInSeconds": took,
        "BillableTimeInSeconds": took,
    }


def transitions(data: dict[str, Any], status: str, message: str, now: float) -> list[dict[str, Any]]:
    """The list with the last entry closed and a new one begun; a final status begins and ends at once."""
    known = [dict(one) for one in data.get("SecondaryStatusTransitions", [])]
    if known:
        known[-1].setdefault("EndTime", now)
    entry = {"Status": status, "StartTime": now, "StatusMessage": message}
    if status in ENDED | {"MaxRuntimeExceeded"}:
        entry["EndTime"] = now
    return [*known, entry]


def create(cloud: Cloud, kind: Kind, request: Request, data: dict[str, Any], taken: str) -> Answer:
    """Take a job in and begin it. The same attempt asked again gets the same ARN and no second run."""
    name, arn_key = request.params[f"{kind.noun}Name"], f"{kind.noun}Arn"
    arn = cloud.arn("sagemaker", f"{kind.arn_part}/{name}")
    now = cloud.clock.time()
    data = {
        **data,
        arn_key: arn,
        f"{kind.noun}Status": "InProgress",
        "CreationTime": now,
        "LastModifiedTime": now,
    }
    error = AwsError("ResourceInUse", taken.format(arn=arn), 400)
    if records.add(cloud, kind.noun, name, data, request.attempt, error):
        if request.params.get("Tags"):
            records.add_tags(cloud, arn, request.params["Tags"])
        records.change(cloud, kind.noun, name, {}, owes_event=True)
        records.emit(cloud, kind.noun, name, kind.detail_type, arn_key)
        cloud.state(Jobs).launch(kind, name)
    return {arn_key: arn}


def known(cloud: Cloud, kind: Kind, name: str) -> dict[str, Any]:
    """Raises: AwsError ValidationException, as AWS words it for the kind of job."""
    data = records.find(cloud, kind.noun, name)
    if data is None:
        arn = cloud.arn("sagemaker", f"{kind.arn_part}/{name}")
        raise invalid(kind.missing.format(name=name, arn=arn))
    return data


def stop(cloud: Cloud, kind: Kind, name: str) -> Answer:
    """A job that is being stopped stays so; one that has ended cannot be stopped."""
    status = f"{kind.noun}Status"
    data = known(cloud, kind, name)
    if data[status] in ENDED:
        raise invalid(
            f"The request was rejected because the {kind.title.lower()} job is in status {data[status]}."
        )
    if data[status] == "InProgress":
        changes: dict[str, Any] = {status: "Stopping"}
        if kind.title == "Training":
            changes["SecondaryStatus"] = "Stopping"
            changes["SecondaryStatusTransitions"] = transitions(data, "Stopping", "", cloud.clock.time())
        records.change(cloud, kind.noun, name, changes, owes_event=True)
        records.emit(cloud, kind.noun, name, kind.detail_type, f"{kind.noun}Arn")
    cloud.state(Jobs).stop(kind, name)
    return {}


def resume(cloud: Cloud, kind: Kind) -> None:
    """After a start: owed events go out, what ran is run again from clean, what was being stopped is
    stopped.
    """
    for name in records.owing(cloud, kind.noun):
        records.emit(cloud, kind.noun, name, kind.detail_type, f"{kind.noun}Arn")
    for name in records.names(cloud, kind.noun):
        data = records.find(cloud, kind.noun, name) or {}
        if data[f"{kind.noun}Status"] == "InProgress":
            cloud.state(Jobs).launch(kind, name)
        elif data[f"{kind.noun}Status"] == "Stopping":
            job = Job(cloud, kind, name)
            now = cloud.clock.time()
            ending: dict[str, Any] = {f"{kind.noun}Status": "Stopped", f"{kind.title}EndTime": now}
            if kind.title == "Training":
                ending |= finished_training(job, "Stopped", "", now)
            job.change(**ending)


@SERVICE.on_stop
def close_jobs(cloud: Cloud) -> None:
    cloud.state(Jobs).close()
