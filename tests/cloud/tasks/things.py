"""A runner on a real cloud whose calls can be disturbed, and a report that can be waited for."""

import threading
import uuid
from collections.abc import Callable
from typing import Any, cast

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError
from stepmill.cloud.tasks import Tasks
from stepmill.engine import TaskRequest
from tests.cloud.states.things import role

Disturb = Callable[[str, Callable[[], dict[str, Any]]], dict[str, Any]]


class Report:
    """What the runner told: `events` in order, `outcome` the last."""

    def __init__(self) -> None:
        self.events: list[tuple[Any, ...]] = []
        self._over = threading.Event()
        self._submitted = threading.Event()

    def started(self) -> None:
        self.events.append(("started",))

    def submitted(self, output: Any) -> None:
        self.events.append(("submitted", output))
        self._submitted.set()

    def heartbeat(self) -> None:
        self.events.append(("heartbeat",))

    def succeeded(self, output: Any) -> None:
        self.events.append(("succeeded", output))
        self._over.set()

    def failed(self, error: str, cause: str) -> None:
        self.events.append(("failed", error, cause))
        self._over.set()

    def submission(self) -> Any:
        assert self._submitted.wait(60), f"nothing was submitted: {self.events}"
        return next(one[1] for one in self.events if one[0] == "submitted")

    def outcome(self) -> tuple[Any, ...]:
        assert self._over.wait(60), f"no outcome: {self.events}"
        return self.events[-1]


class Disturbed:
    """The cloud, but `disturb(operation, call)` makes each call that matters."""

    def __init__(self, cloud: Cloud, disturb: Disturb) -> None:
        self._cloud = cloud
        self._disturb = disturb
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cloud, name)

    def call(self, service: str, operation: str, params: Any = None, **more: Any) -> dict[str, Any]:
        self.calls.append(operation)
        return self._disturb(operation, lambda: self._cloud.call(service, operation, params, **more))


def runner(cloud: Any) -> Tasks:
    return Tasks(cast(Cloud, cloud))


def request(cloud: Cloud, resource: str, parameters: Any, **more: Any) -> TaskRequest:
    fields: dict[str, Any] = {
        "token": str(uuid.uuid4()),
        "execution_arn": cloud.arn("states", "execution:m:e"),
        "state_machine_arn": cloud.arn("states", "stateMachine:m"),
        "state_name": "Work",
        "role_arn": role(cloud),
        "timeout_s": None,
        "heartbeat_s": None,
        **more,
    }
    return TaskRequest(resource=resource, parameters=parameters, **fields)


def perform(cloud: Any, task: TaskRequest) -> tuple[Any, ...]:
    """Run one attempt to its end."""
    report = Report()
    runner(cloud).start(task, report)
    return report.outcome()


def throttled(times: int, operation_name: str) -> Disturb:
    """ThrottlingException on the first `times` calls of an operation."""
    left = [times]

    def disturb(operation: str, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        if operation == operation_name and left[0] > 0:
            left[0] -= 1
            raise AwsError("ThrottlingException", "Rate exceeded", 400)
        return call()

    return disturb
