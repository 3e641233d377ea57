"""Row 49: the whole cloud is killed while an execution runs; the next start finishes it, once."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import boto3
import pytest

from stepmill.cloud.cloud import Cloud
from tests.cloud.sagemaker.things import processing
from tests.cloud.states.things import ended, function, machine, start

LIMIT_S = 60.0


class Remote:
    """What the shared things need of a cloud, over HTTP: the cloud itself is another process."""

    account = "123456789012"

    def __init__(self, address: dict[str, Any]) -> None:
        self._address = address
        self._clients: dict[str, Any] = {}

    def call(self, service: str, operation: str, params: dict[str, Any] | None = None) -> Any:
        if service not in self._clients:
            self._clients[service] = boto3.client(  # type: ignore[call-overload]
                service,
                endpoint_url=self._address["endpoint_url"],
                region_name=self._address["region"],
                aws_access_key_id=self._address["access_key_id"],
                aws_secret_access_key=self._address["secret_access_key"],
            )
        return self._clients[service]._make_api_call(operation, params or {})

    def close(self) -> None:
        for client in self._clients.values():
            client.close()


@contextmanager
def running(root: Path) -> Iterator[SimpleNamespace]:
    """`stepmill up` as a process of its own; killed at the end, children and all."""
    argv = [sys.executable, "-m", "stepmill.cli", "up", "--no-deploy", "--root", str(root), "--port", "0"]
    address = root / "cloud.json"
    address.unlink(missing_ok=True)
    with (root.parent / "up.log").open("ab") as log:
        process = subprocess.Popen(argv, stdout=log, stderr=log)
    deadline = time.monotonic() + LIMIT_S
    while not address.exists():
        assert process.poll() is None, (root.parent / "up.log").read_text()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    remote = Remote(json.loads(address.read_text()))
    try:
        yield SimpleNamespace(cloud=cast(Cloud, remote), process=process)
    finally:
        remote.close()
        process.kill()
        process.wait()


def definition(lambda_arn: str, job: dict[str, Any]) -> dict[str, Any]:
    invoke = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "TimeoutSeconds": 60}
    invoke["Parameters"] = {"FunctionName": lambda_arn, "Payload": {"a": 1}}
    wait = {"Type": "Task", "Resource": "arn:aws:states:::sagemaker:createProcessingJob.sync"}
    return {
        "StartAt": "First",
        "States": {
            "First": {**invoke, "Next": "Job"},
            "Job": {**wait, "TimeoutSeconds": 60, "Parameters": job, "ResultPath": "$.job", "Next": "Last"},
            "Last": {**invoke, "ResultSelector": {"got.$": "$.Payload.got"}, "End": True},
        },
    }


def events(cloud: Cloud, execution: str) -> list[str]:
    params = {"executionArn": execution, "maxResults": 1000}
    return [one["type"] for one in cloud.call("stepfunctions", "GetExecutionHistory", params)["events"]]


@pytest.mark.parametrize(
    ("event", "times"),
    [("TaskStarted", 1), ("TaskScheduled", 2), ("TaskSubmitted", 1), ("TaskSucceeded", 2)],
)
def test_a_killed_cloud_finishes_its_execution_with_one_job(tmp_path: Path, event: str, times: int) -> None:
    root = tmp_path / ".stepmill"
    root.mkdir()
    with running(root) as first:
        slow = (
            "import time\ndef handler(event, context):\n    time.sleep(0.4)\n    return {'got': event['a']}"
        )
        job = processing(first.cloud, "only-one", "import time; time.sleep(0.5)")
        arn = machine(first.cloud, "survives", definition(function(first.cloud, "slow", slow), job))
        execution = start(first.cloud, arn)
        deadline = time.monotonic() + LIMIT_S
        while events(first.cloud, execution).count(event) < times:
            assert time.monotonic() < deadline
        os.kill(first.process.pid, signal.SIGKILL)
    with running(root) as second:
        done = ended(second.cloud, execution, LIMIT_S)
        assert (done["status"], json.loads(done.get("output", "{}"))) == ("SUCCEEDED", {"got": 1}), done
        told = events(second.cloud, execution)
        jobs = second.cloud.call("sagemaker", "ListProcessingJobs")["ProcessingJobSummaries"]
    assert [(one["ProcessingJobName"], one["ProcessingJobStatus"]) for one in jobs] == [
        ("only-one", "Completed")
    ]
    assert {one: told.count(one) for one in ("TaskScheduled", "TaskSubmitted", "TaskSucceeded")} == {
        "TaskScheduled": 3,
        "TaskSubmitted": 1,
        "TaskSucceeded": 3,
    }
    assert (told[0], told[-1]) == ("ExecutionStarted", "ExecutionSucceeded")
