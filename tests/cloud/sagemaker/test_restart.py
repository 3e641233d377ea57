"""kill -9 and restart: jobs run again, endpoints serve again, nothing outlives the cloud."""

import io
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stepmill.cloud.cloud import Cloud
from tests.cloud.sagemaker.things import XGBOOST, ended, put, role, script, settled

KILLED = """
import importlib.util, pathlib, sys, time
from stepmill.cloud.cloud import Cloud
spec = importlib.util.spec_from_file_location("things", sys.argv[2])
things = importlib.util.module_from_spec(spec)
spec.loader.exec_module(things)
cloud = Cloud.start(pathlib.Path(sys.argv[1]), port=0)
exec(sys.argv[3])
print("ready", flush=True)
time.sleep(60)
"""


@contextmanager
def killed_cloud(root: Path, source: str) -> Iterator[None]:
    """Another process whose cloud does what the source says, killed at the end of the block."""
    argv = [sys.executable, "-c", KILLED, str(root), str(Path(__file__).with_name("things.py")), source]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            yield
        finally:
            process.send_signal(signal.SIGKILL)


def running(marker: str) -> list[int]:
    """Processes with the marker in their command line, this test's own helper left out."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if marker.encode() in line and b"importlib.util" not in line:
            found.append(int(process.name))
    return found


def wait_until(condition: Any, timeout_s: float = 30) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def test_a_job_under_way_dies_with_the_cloud_and_runs_again_at_the_next_start(tmp_path: Path) -> None:
    marker = f"marker_{tmp_path.name}"
    source = f"{marker} = 1; import time; time.sleep(5); open('/opt/ml/model/m', 'w').write('m')"
    create = f'params = things.script(cloud, "again", {source!r})\n'
    create += 'cloud.call("sagemaker", "CreateTrainingJob", params, attempt="token-1")'
    with killed_cloud(tmp_path / "root", create):
        wait_until(lambda: running(marker))
    wait_until(lambda: not running(marker))
    cloud = Cloud.start(tmp_path / "root", port=0)
    try:
        found = cloud.call("sagemaker", "DescribeTrainingJob", {"TrainingJobName": "again"})
        assert found["TrainingJobStatus"] == "InProgress"
        (job,) = cloud.call("sagemaker", "ListTrainingJobs")["TrainingJobSummaries"]
        params = script(cloud, "again", source)
        answer = cloud.call("sagemaker", "CreateTrainingJob", params, attempt="token-1")
        assert answer["TrainingJobArn"] == job["TrainingJobArn"]
        assert ended(cloud, "TrainingJob", "again")["TrainingJobStatus"] == "Completed"
    finally:
        cloud.close()
    assert running(marker) == []


def archive(name: str, content: bytes) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as tar:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return data.getvalue()


def booster() -> bytes:
    import numpy
    import xgboost

    data = xgboost.DMatrix(numpy.array([[0.0], [1.0]]), label=numpy.array([1.0, 3.0]))
    return bytes(xgboost.train({"nthread": 1, "min_child_weight": 0}, data, 20).save_raw(raw_format="ubj"))


def test_an_endpoint_serves_again_after_a_restart_even_without_its_configuration(tmp_path: Path) -> None:
    cloud = Cloud.start(tmp_path / "root", port=0)
    try:
        container = {
            "Image": XGBOOST,
            "ModelDataUrl": put(cloud, "m.tar.gz", archive("xgboost-model", booster())),
        }
        params = {"ModelName": "m", "ExecutionRoleArn": role(cloud), "PrimaryContainer": container}
        cloud.call("sagemaker", "CreateModel", params)
        variant = {
            "VariantName": "v",
            "ModelName": "m",
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 1,
        }
        config = {"EndpointConfigName": "c", "ProductionVariants": [variant]}
        cloud.call("sagemaker", "CreateEndpointConfig", config)
        cloud.call("sagemaker", "CreateEndpoint", {"EndpointName": "e", "EndpointConfigName": "c"})
        assert settled(cloud, "e")["EndpointStatus"] == "InService"
        before = predict(cloud)
        cloud.call("sagemaker", "DeleteEndpointConfig", {"EndpointConfigName": "c"})
        cloud.call("sagemaker", "DeleteModel", {"ModelName": "m"})
    finally:
        cloud.close()
    cloud = Cloud.start(tmp_path / "root", port=0)
    try:
        assert predict(cloud) == before
    finally:
        cloud.close()


def predict(cloud: Cloud) -> bytes:
    from stepmill.cloud.services.sagemaker.serving import Endpoints

    wait_until(lambda: cloud.state(Endpoints).server("e", "v") is not None)
    params = {"EndpointName": "e", "Body": b"1\n", "ContentType": "text/csv"}
    body: bytes = cloud.call("sagemaker-runtime", "InvokeEndpoint", params)["Body"].read()
    return body
