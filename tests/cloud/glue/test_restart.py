"""kill -9 of the cloud while a script runs: the script dies, the run is marked, the retry begins."""

import signal
import subprocess
import sys
import time
from pathlib import Path

from stepmill.cloud.cloud import Cloud
from tests.cloud.glue.things import found, until

KILLED = """
import importlib.util, pathlib, sys, time
from stepmill.cloud.cloud import Cloud
spec = importlib.util.spec_from_file_location("things", sys.argv[2])
things = importlib.util.module_from_spec(spec)
spec.loader.exec_module(things)
cloud = Cloud.start(pathlib.Path(sys.argv[1]), port=0)
things.make(cloud, "long", "import time; time.sleep(60)", MaxRetries=1)
run = things.start(cloud, "long")
things.until(cloud, "long", run, "RUNNING")
print(run, flush=True)
time.sleep(60)
"""


def test_a_run_that_the_clouds_end_interrupted_failed_and_its_retry_begins(tmp_path: Path) -> None:
    things = str(Path(__file__).with_name("things.py"))
    argv = [sys.executable, "-c", KILLED, str(tmp_path / "root"), things]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        run_id = process.stdout.readline().strip()
        process.send_signal(signal.SIGKILL)
    cloud = Cloud.start(tmp_path / "root", port=0)
    try:
        first = found(cloud, "long", run_id)
        assert first["JobRunState"] == "FAILED"
        assert first["ErrorMessage"].startswith("InternalServiceException: the embedded cloud stopped")
        again = f"{run_id}_attempt_1"
        until(cloud, "long", again, "RUNNING")
        cloud.call("glue", "BatchStopJobRun", {"JobName": "long", "JobRunIds": [again]})
        until(cloud, "long", again, "STOPPED")
    finally:
        cloud.close()


def test_closing_the_cloud_ends_the_script_long_before_its_end(tmp_path: Path) -> None:
    from tests.cloud.glue.things import make, start

    cloud = Cloud.start(tmp_path / "root", port=0)
    make(cloud, "open", "import time; time.sleep(200)")
    until(cloud, "open", start(cloud, "open"), "RUNNING")
    begun = time.monotonic()
    cloud.close()
    assert time.monotonic() - begun < 100
