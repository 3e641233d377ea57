"""An engine with a clock moved by hand and a task runner that a test answers for."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stepmill.engine import Engine, Execution, TaskReport, TaskRequest, VirtualClock

MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:m"
ROLE = "arn:aws:iam::123456789012:role/r"
PASS = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
WAIT = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3600, "End": True}}}
RESOURCE = "arn:aws:states:::sns:publish"


def task(**fields: Any) -> dict[str, Any]:
    return {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": RESOURCE, "End": True, **fields}}}


class Runner:
    """Keeps what it is asked for; a test answers by hand."""

    def __init__(self) -> None:
        self.started: list[tuple[TaskRequest, TaskReport]] = []
        self.stopped: list[TaskRequest] = []

    def start(self, task: TaskRequest, report: TaskReport) -> None:
        self.started.append((task, report))

    def stop(self, task: TaskRequest) -> None:
        self.stopped.append(task)


class House:
    """One engine on one journal, with a clock moved by hand."""

    def __init__(self, folder: Path) -> None:
        self.journal = folder / "journal.sqlite"
        self.clock = VirtualClock(1_000.0)
        self.runner = Runner()
        self.told: list[tuple[str, str]] = []
        self.engine = self.open()

    def open(self, listener: Callable[[Execution], None] | None = None) -> Engine:
        self.runner = Runner()
        self.engine = Engine(self.journal, self.runner, self.clock, listener or self.listen)
        self.engine.start()
        return self.engine

    def listen(self, execution: Execution) -> None:
        self.told.append((execution.name, execution.status))

    def start(self, name: str, definition: dict[str, Any], input: str = "{}") -> Execution:
        return self.engine.start_execution(
            execution_arn=arn(name),
            state_machine_arn=MACHINE,
            name=name,
            definition=json.dumps(definition),
            input=input,
            role_arn=ROLE,
        )

    def see(self, condition: Callable[[], bool]) -> None:
        deadline_s = time.monotonic() + 10
        while not condition():
            assert time.monotonic() < deadline_s, "it does not come"
            time.sleep(0.002)

    def end(self, name: str) -> Execution:
        self.see(lambda: self.engine.execution(arn(name)).status != "RUNNING")
        return self.engine.execution(arn(name))

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.engine.wake()


def arn(name: str) -> str:
    return f"arn:aws:states:eu-west-1:123456789012:execution:m:{name}"
