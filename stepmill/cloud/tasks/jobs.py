"""SageMaker jobs that a task waits for (.sync): begun once, then listened for."""

import json
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stepmill.cloud import models
from stepmill.cloud.service import AwsError, Principal
from stepmill.cloud.tasks.failures import THROTTLES, failure
from stepmill.cloud.tasks.resources import Call
from stepmill.cloud.tasks.shapes import optimised_answer
from stepmill.engine.task import TaskReport

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

# Completion comes as an event; a job is also looked at this often, so that no lost event hangs a machine.
LOOK_AGAIN_S = 60.0
_FIRST_BACKOFF_S = 0.5
_LONGEST_BACKOFF_S = 20.0


@dataclass(frozen=True)
class JobKind:
    name: str  # Training, Processing, Transform

    @property
    def event(self) -> str:
        return f"SageMaker {self.name} Job State Change"

    @property
    def name_field(self) -> str:
        return f"{self.name}JobName"

    @property
    def status_field(self) -> str:
        return f"{self.name}JobStatus"


KINDS = {f"Create{name}Job": JobKind(name) for name in ("Training", "Processing", "Transform")}


@dataclass
class Watch:
    """One job that a task waits for."""

    call: Call
    kind: JobKind
    job_name: str
    principal: Principal
    report: TaskReport
    forget: Callable[[], None]
    is_begun: bool = False  # the call that begins the job was answered
    is_over: bool = False
    throttled: int = 0


class Jobs:
    """All jobs that are waited for. `cloud` is asked for calls, events and timers only."""

    def __init__(self, cloud: "Cloud") -> None:
        self._cloud = cloud
        self._lock = threading.Lock()
        self._watched: dict[tuple[str, str], list[Watch]] = {}
        for kind in KINDS.values():
            cloud.listen(kind.event, self._listener(kind))

    def watch(self, watch: Watch) -> None:
        """Before the job is begun: its last event may come at any moment after that."""
        with self._lock:
            self._watched.setdefault((watch.kind.name, watch.job_name), []).append(watch)

    def drop(self, watch: Watch) -> None:
        watch.is_over = True
        watch.forget()
        with self._lock:
            key = (watch.kind.name, watch.job_name)
            rest = [one for one in self._watched.get(key, []) if one is not watch]
            if rest:
                self._watched[key] = rest
            else:
                self._watched.pop(key, None)

    def look(self, watch: Watch) -> None:
        """Describe the job; report if it is over, else look again later."""
        if watch.is_over:
            return
        operation = f"Describe{watch.kind.name}Job"
        try:
            answer = self._cloud.call(
                "sagemaker", operation, {watch.kind.name_field: watch.job_name}, principal=watch.principal
            )
        except AwsError as error:
            if error.code in THROTTLES:
                watch.throttled += 1
                self._later(watch, backoff_s(watch.throttled))
                return
            self.drop(watch)
            watch.report.failed(*failure(watch.call, error))
            return
        watch.throttled = 0
        if watch.is_over:
            return
        status = answer[watch.kind.status_field]
        if status not in ("Completed", "Failed", "Stopped"):
            self._later(watch, LOOK_AGAIN_S)
            return
        self.drop(watch)
        shape = models.operation_model("sagemaker", operation).output_shape
        output = optimised_answer(answer, shape)
        if status == "Completed":
            watch.report.succeeded(output)
        else:
            watch.report.failed("States.TaskFailed", json.dumps(output, separators=(",", ":")))

    def _later(self, watch: Watch, seconds: float) -> None:
        self._cloud.scheduler.call_at(self._cloud.clock.time() + seconds, lambda: self.look(watch))

    def _listener(self, kind: JobKind) -> Callable[[dict[str, Any]], None]:
        def heard(event: dict[str, Any]) -> None:
            detail = event["detail"]
            if detail.get(kind.status_field) not in ("Completed", "Failed", "Stopped"):
                return
            with self._lock:
                watched = list(self._watched.get((kind.name, detail.get(kind.name_field)), []))
            for watch in watched:
                if watch.is_begun:  # else whoever begins it looks as soon as it is
                    self._later(watch, 0)

        return heard


def backoff_s(tries: int) -> float:
    """Full jitter, so that many throttled tasks do not come back together."""
    return random.uniform(0.1, min(_FIRST_BACKOFF_S * 2**tries, _LONGEST_BACKOFF_S))  # noqa: S311  # no secret
