"""Runs one execution on a journal and kills itself where it is told: `crash_program.py FOLDER WHERE`.

WHERE is `after:N` or `before:N` (the N-th commit), `effect:N` (the N-th task's effect is done, but not
reported), `start:N` (the N-th task is handed out, nothing done), or `end` (not at all).
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

from stepmill.engine import Engine, Execution, TaskReport, TaskRequest
from stepmill.engine.journal import Journal

ARN = "arn:aws:states:us-east-1:123456789012:execution:crash:run"
SPEED = 40  # the program's seconds pass so much faster
EPOCH_S = 1_700_000_000.0


def task(name: str, **fields: object) -> dict[str, object]:
    parameters = {"name": name, "retry.$": "$$.State.RetryCount", "input.$": "$"}
    return {"Type": "Task", "Resource": "arn:aws:states:::test:work", "Parameters": parameters, **fields}


RETRY = [{"ErrorEquals": ["Flaky"], "IntervalSeconds": 2, "BackoffRate": 1, "MaxAttempts": 2}]
BRANCHES = [
    {
        "StartAt": "Left",
        "States": {"Left": task("Left", Next="Pause"), "Pause": {"Type": "Wait", "Seconds": 1, "End": True}},
    },
    {"StartAt": "Right", "States": {"Right": task("Right", Retry=RETRY, End=True)}},
]
PROCESSOR = {
    "StartAt": "Each",
    "States": {"Each": task("Each", Next="Shape"), "Shape": {"Type": "Pass", "End": True}},
}
DEFINITION = {
    "StartAt": "First",
    "States": {
        "First": task("First", Retry=RETRY, ResultPath="$.first", Next="Rest"),
        "Rest": {"Type": "Wait", "Seconds": 2, "Next": "Both"},
        "Both": {"Type": "Parallel", "Branches": BRANCHES, "ResultPath": "$.both", "Next": "All"},
        "All": {
            "Type": "Map",
            "ItemsPath": "$.items",
            "MaxConcurrency": 2,
            "ItemProcessor": PROCESSOR,
            "ResultPath": "$.all",
            "Next": "Done",
        },
        "Done": {"Type": "Succeed"},
    },
}
INPUT = {"items": [1, 2, 3]}


class FastClock:
    def time(self) -> float:
        return EPOCH_S + (time.time() - EPOCH_S) * SPEED


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Workshop:
    """A task runner whose effects are lines of a file; it adopts by token what it has already done."""

    def __init__(self, folder: Path, where: str, count: int) -> None:
        self.effects = folder / "effects"
        self.where, self.count = where, count
        self.starts = 0

    def start(self, task: TaskRequest, report: TaskReport) -> None:
        self.starts += 1
        if self.where == "start" and self.starts == self.count:
            die()
        done = self.effects.read_text().split() if self.effects.exists() else []
        if task.token not in done:
            with self.effects.open("a") as file:
                file.write(f"{task.token}\n")
        elif not task.is_resumed:
            raise AssertionError("an attempt was handed out twice without saying so")
        if self.where == "effect" and self.starts == self.count:
            die()
        report.started()
        if task.parameters["name"] in ("First", "Right") and task.parameters["retry"] == 0:
            report.failed("Flaky", "the first attempt fails")
        else:
            report.succeeded({"name": task.parameters["name"], "of": task.parameters["input"]})

    def stop(self, task: TaskRequest) -> None:
        raise AssertionError(f"{task.state_name} was stopped")


class FragileJournal(Journal):
    where, count, commits = "", 0, 0

    def commit(self) -> None:
        is_writing = self._writer.in_transaction
        self.commits += is_writing
        if is_writing and self.where == "before" and self.commits == self.count:
            die()
        super().commit()
        if is_writing and self.where == "after" and self.commits == self.count:
            die()


class FragileEngine(Engine):
    where, count = "", 0

    def open_journal(self, path: Path) -> Journal:
        journal = FragileJournal(path)
        journal.where, journal.count = self.where, self.count
        return journal


def run(folder: Path, where: str = "end", count: int = 0) -> tuple[Execution, list[dict[str, object]]]:
    """Start the execution, or take it up again, and see it end."""

    def told(execution: Execution) -> None:
        with (folder / "told").open("a") as file:
            file.write(f"{execution.status}\n")

    engine = FragileEngine(folder / "journal.sqlite", Workshop(folder, where, count), FastClock(), told)
    engine.where, engine.count = where, count
    engine.start()
    try:
        if not engine.executions("arn:aws:states:us-east-1:123456789012:stateMachine:crash"):
            engine.start_execution(
                execution_arn=ARN,
                state_machine_arn="arn:aws:states:us-east-1:123456789012:stateMachine:crash",
                name="run",
                definition=json.dumps(DEFINITION),
                input=json.dumps(INPUT),
            )
        deadline_s = time.monotonic() + 30
        while engine.execution(ARN).status == "RUNNING":
            if time.monotonic() > deadline_s:
                raise AssertionError("the execution does not end")
            time.sleep(0.005)
            engine.wake()
        return engine.execution(ARN), engine.history(ARN)
    finally:
        engine.close()


if __name__ == "__main__":
    place, _, number = sys.argv[2].partition(":")
    run(Path(sys.argv[1]), place, int(number or 0))
