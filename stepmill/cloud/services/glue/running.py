"""The runs of this process: each one a thread of the pool that watches a boxed script."""

import logging
import shutil
import threading
from typing import TYPE_CHECKING, Any

from stepmill.cloud.sandbox.run import Run
from stepmill.cloud.services.glue import records
from stepmill.cloud.services.glue.outcomes import RunFailed, RunStopped, RunTimedOut
from stepmill.cloud.services.glue.python_shell import perform

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

log = logging.getLogger(__name__)
LONGEST_MESSAGE = 4000


class JobRun:
    """One run under way; `data` is its record when it began."""

    def __init__(self, cloud: "Cloud", job: str, run_id: str) -> None:
        self.cloud = cloud
        self.id = run_id
        self.data: dict[str, Any] = records.find(cloud, job, run_id)
        self.folder = cloud.root / "glue" / run_id
        self.wants_stop = threading.Event()
        self.is_closing = False
        self._run: Run | None = None
        self._lock = threading.Lock()

    def log(self, kind: str, lines: list[str]) -> None:
        """`kind` is output or error: a log group each, as AWS has them."""
        self.cloud.log(f"{self.data['LogGroupName']}/{kind}", self.id, lines)

    def watch(self, run: Run) -> int:
        """Wait for the script; its exit code. Raises: RunStopped, RunTimedOut, RunFailed (a full disk)."""
        with self._lock:
            self._run = run
            if self.wants_stop.is_set():
                run.stop()
        ended = run.wait()
        match ended.reason:
            case "stopped":
                raise RunStopped
            case "timed_out":
                raise RunTimedOut
            case "disk_full" | "files_full":
                raise RunFailed("the disk of the run is full: it holds 20 GB and 100,000 files")
        return ended.exit_code

    def stop(self) -> None:
        self.wants_stop.set()
        with self._lock:
            if self._run is not None:
                self._run.stop()

    def conclude(self) -> tuple[str, str]:
        """Do the work; answer the last state and its message."""
        try:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True)
            perform(self)
        except RunStopped:
            return "STOPPED", ""
        except RunTimedOut:
            return "TIMEOUT", f"Job run exceeded its Timeout of {self.data['Timeout']} minutes"
        except RunFailed as failed:
            return "FAILED", str(failed)[:LONGEST_MESSAGE]
        except Exception as error:
            if not self.is_closing:
                log.exception("Glue job run %s failed inside the embedded cloud", self.id)
            return "FAILED", f"InternalServiceException: {type(error).__name__}: {error}"[:LONGEST_MESSAGE]
        return "SUCCEEDED", ""


class Running:
    def __init__(self, cloud: "Cloud") -> None:
        self._cloud = cloud
        self._runs: dict[str, JobRun] = {}
        self._lock = threading.Lock()
        self._is_closing = False

    def launch(self, job: str, run_id: str) -> None:
        """Safe to call again for a run under way: the same request may come twice."""
        with self._lock:
            if self._is_closing or run_id in self._runs:
                return
            run = JobRun(self._cloud, job, run_id)
            if run.data["JobRunState"] != "STARTING":
                return
            self._runs[run_id] = run
            self._cloud.pool.submit(self._perform, run)

    def stop(self, run_id: str) -> None:
        with self._lock:
            run = self._runs.get(run_id)
        if run is not None:
            run.stop()

    def close(self) -> None:
        """End the children; the records stay under way, and the next start says what became of them."""
        with self._lock:
            self._is_closing = True
            runs = list(self._runs.values())
        for run in runs:
            run.is_closing = True
            run.stop()

    def _perform(self, run: JobRun) -> None:
        retry = None
        try:
            state, message = run.conclude()
            if not run.is_closing:
                if message:
                    run.log("error", [message])
                retry = records.end(self._cloud, run.id, state, message)
        except Exception:
            if not run.is_closing:
                log.exception("Glue job run %s: its end could not be written", run.id)
        finally:
            shutil.rmtree(run.folder, ignore_errors=True)
            with self._lock:
                self._runs.pop(run.id, None)
        if retry is not None:
            self.launch(run.data["JobName"], retry)
