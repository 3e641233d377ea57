"""How fast the engine is, journal on: `python -m bench.engine`.

Three scenarios, each in a process of its own, in one line each:
  passes   one execution of 1,000 Pass states: transitions a second, from the start to its output being read
  many     200 executions of 5 Pass states, started one after the other: seconds until all have ended, and the
           milliseconds that one start takes
  waits    10,000 executions in a Wait of a day: threads and memory of the process
`python -m bench.engine passes` runs one of them. Each runs three times, the best counts.
"""

import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stepmill.engine import Engine, TaskReport, TaskRequest

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:bench"
ROUNDS = 3


class NoTasks:
    def start(self, task: TaskRequest, report: TaskReport) -> None:
        raise AssertionError(f"{task.state_name}: the benchmarks have no tasks for {report}")

    def stop(self, task: TaskRequest) -> None:
        raise AssertionError(f"{task.state_name}: the benchmarks have no tasks")


def passes(count: int) -> str:
    states: dict[str, Any] = {f"P{n}": {"Type": "Pass", "Next": f"P{n + 1}"} for n in range(count - 1)}
    states[f"P{count - 1}"] = {"Type": "Pass", "End": True}
    return json.dumps({"StartAt": "P0", "States": states})


def start(engine: Engine, name: str, definition: str) -> str:
    arn = f"arn:aws:states:us-east-1:123456789012:execution:bench:{name}"
    text = '{"rows": 804}'
    engine.start_execution(
        execution_arn=arn, state_machine_arn=MACHINE, name=name, definition=definition, input=text
    )
    return arn


def finish(engine: Engine, arn: str) -> None:
    while (execution := engine.execution(arn)).status == "RUNNING":
        time.sleep(0.0005)
    assert execution.status == "SUCCEEDED"


def run_passes(engine: Engine) -> str:
    definition = passes(1_000)
    rates = []
    for number in range(ROUNDS):
        began_s = time.perf_counter()
        finish(engine, start(engine, f"passes{number}", definition))
        rates.append(1_000 / (time.perf_counter() - began_s))
    return f"passes  1,000 Pass states: {max(rates):,.0f} transitions/s"


def run_many(engine: Engine) -> str:
    definition = passes(5)
    figures = []
    for number in range(ROUNDS):
        began_s = time.perf_counter()
        arns = [start(engine, f"many{number}-{index}", definition) for index in range(200)]
        started_s = time.perf_counter()
        for arn in arns:
            finish(engine, arn)
        figures.append((time.perf_counter() - began_s, (started_s - began_s) / 200 * 1_000))
    whole_s, start_ms = min(figures)
    return f"many    200 executions x 5 Pass states: {whole_s:.3f} s, one start {start_ms:.2f} ms"


def run_waits(engine: Engine) -> str:
    state = {"Type": "Wait", "Seconds": 86_400, "End": True}
    definition = json.dumps({"StartAt": "W", "States": {"W": state}})
    began_s = time.perf_counter()
    for number in range(10_000):
        start(engine, f"wait{number}", definition)
    whole_s = time.perf_counter() - began_s
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024  # kilobytes on Linux
    threads = threading.active_count()
    return f"waits   10,000 waiting: {threads} threads, {memory_mb:.0f} MB at most, begun in {whole_s:.1f} s"


SCENARIOS: dict[str, Callable[[Engine], str]] = {"passes": run_passes, "many": run_many, "waits": run_waits}


def main(names: list[str]) -> None:
    if not names:
        for name in SCENARIOS:
            subprocess.run([sys.executable, "-m", "bench.engine", name], check=True)
        return
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            engine = Engine(Path(folder) / "journal.sqlite", NoTasks())
            engine.start()
            print(SCENARIOS[name](engine))
            engine.close()


if __name__ == "__main__":
    main(sys.argv[1:])
