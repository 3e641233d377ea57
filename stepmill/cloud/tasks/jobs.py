"""Jobs that a task waits for (.sync): begun once, then listened for."""

import json
import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stepmill.cloud import models
from stepmill.cloud.service import AwsError, Principal
from stepmill.cloud.tasks.failures import THROTTLES, failure
from stepmill.cloud.tasks.kinds import KINDS, JobKind
from stepmill.cloud.tasks.resources import Call
from stepmill.cloud.tasks.shapes import optimised_answer
from stepmill.engine.task import TaskReport

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

# Completion comes as an event; a job is also looked at this often, so that no lost event hangs a machine.
LOOK_AGAIN_S = 60.0
_FIRST_BACKOFF_S = 0.5
_LONGEST_BACKOFF_S = 20.0


@dataclass
class Watch:
    """One job that a task waits for."""

    call: Call
    kind: JobKind
    params: Mapping[str, Any]  # of the call that begins the job
    job_name: str | None  # None: the answer of that call will tell
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
        """Before the job is begun, if it has a name by then: its last event may come at any moment."""
        if watch.job_name is not None:
            with self._lock:
                self._watched.setdefault((watch.kind.name, watch.job_name), []).append(watch)

    def begun(self, watch: Watch, answer: Mapping[str, Any]) -> None:
        """The call that begins the job was answered: look at it now, what it said before was not heard."""
        if watch.job_name is None:
            watch.job_name = watch.kind.job_name(watch.params, answer)
            self.watch(watch)
        watch.is_begun = True
        self.look(watch)

    def drop(self, watch: Watch) -> None:
        watch.is_over = True
        watch.forget()
        with self._lock:
            key = (watch.kind.name, watch.job_name or "")
            rest = [one for one in self._watched.get(key, []) if one is not watch]
            if rest:
                self._watched[key] = rest
            else:
                self._watched.pop(key, None)

    def look(self, watch: Watch) -> None:
        """Describe the job; report if it is over, else look again later."""
        if watch.is_over or watch.job_name is None:
            return
        kind = watch.kind
        params = kind.looking(watch.params, watch.job_name)
        try:
            answer = self._cloud.call(kind.service, kind.look, params, principal=watch.principal)
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
        status = kind.status(answer)
        if status not in kind.ended:
            self._later(watch, LOOK_AGAIN_S)
            return
        self.drop(watch)
        shape = models.operation_model(kind.service, kind.look).output_shape
        output = kind.result(optimised_answer(answer, shape))
        if status == kind.success:
            watch.report.succeeded(output)
        else:
            watch.report.failed("States.TaskFailed", json.dumps(output, separators=(",", ":")))

    def _later(self, watch: Watch, seconds: float) -> None:
        self._cloud.scheduler.call_at(self._cloud.clock.time() + seconds, lambda: self.look(watch))

    def _listener(self, kind: JobKind) -> Callable[[dict[str, Any]], None]:
        def heard(event: dict[str, Any]) -> None:
            job_name, status = kind.heard(event["detail"])
            if status not in kind.ended:
                return
            with self._lock:
                watched = list(self._watched.get((kind.name, job_name), []))
            for watch in watched:
                if watch.is_begun:  # else whoever begins it looks as soon as it is
                    self._later(watch, 0)

        return heard


def backoff_s(tries: int) -> float:
    """Full jitter, so that many throttled tasks do not come back together."""
    return random.uniform(0.1, min(_FIRST_BACKOFF_S * 2**tries, _LONGEST_BACKOFF_S))  # noqa: S311  # no secret
