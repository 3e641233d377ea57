"""Log lines of SageMaker jobs while a machine waits for them."""

import json
import threading
from typing import Any

from botocore.exceptions import ClientError
from rich.console import Console

_GROUPS = {
    "TrainingJobArn": "/aws/sagemaker/TrainingJobs",
    "ProcessingJobArn": "/aws/sagemaker/ProcessingJobs",
    "TransformJobArn": "/aws/sagemaker/TransformJobs",
}
_POLL_S = 0.5


class JobLogs:
    """One thread reads the logs of every job that has begun, until `close`."""

    def __init__(self, logs: Any, console: Console) -> None:
        self._logs = logs
        self._console = console
        self._jobs: dict[tuple[str, str], int] = {}  # group, stream prefix → next time in ms
        self._seen: set[str] = set()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="job-logs", daemon=True)
        self._thread.start()

    def began(self, _state: str, details: dict[str, Any]) -> None:
        """A state has submitted a job: follow its log."""
        output = json.loads(details.get("output", "{}"))
        for field, group in _GROUPS.items():
            if field in output:
                with self._lock:
                    self._jobs[group, str(output[field]).rpartition("/")[2]] = 0

    def close(self) -> None:
        self._over.set()
        self._thread.join()
        self._read()

    def _run(self) -> None:
        while not self._over.wait(_POLL_S):
            self._read()

    def _read(self) -> None:
        with self._lock:
            jobs = dict(self._jobs)
        for (group, job), since_ms in jobs.items():
            request = {"logGroupName": group, "logStreamNamePrefix": job, "startTime": since_ms}
            try:
                events = self._logs.filter_log_events(**request)["events"]
            except ClientError as error:
                if error.response["Error"]["Code"] != "ResourceNotFoundException":
                    raise
                continue  # the job has not written yet
            for event in events:
                if event["eventId"] not in self._seen:
                    self._seen.add(event["eventId"])
                    self._console.print(f"           │ {event['message']}", markup=False, style="dim")
                    with self._lock:
                        self._jobs[group, job] = max(self._jobs[group, job], event["timestamp"])
