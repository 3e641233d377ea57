"""The engine as a service: start, stop, look, tell; on a journal, with one thread."""

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from stepmill.engine import (
    Engine,
    EngineError,
    EngineStopped,
    Execution,
    ExecutionAlreadyExists,
    ExecutionDoesNotExist,
    InvalidDefinition,
    InvalidExecutionInput,
    InvalidName,
    TaskReport,
    TaskRequest,
    VirtualClock,
)

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


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.engine.close()


def test_an_execution_is_running_when_start_returns_and_then_succeeds(house: House) -> None:
    started = house.start("a", PASS, ' {"x": 1}')
    assert started == Execution(
        execution_arn=arn("a"),
        state_machine_arn=MACHINE,
        name="a",
        status="RUNNING",
        input=' {"x": 1}',
        output=None,
        error=None,
        cause=None,
        start_s=1_000.0,
        stop_s=None,
        role_arn=ROLE,
        definition=json.dumps(PASS),
    )
    ended = house.end("a")
    assert (ended.status, ended.output, ended.stop_s) == ("SUCCEEDED", ' {"x": 1}', 1_000.0)
    types = [event["type"] for event in house.engine.history(arn("a"))]
    assert types == ["ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"]
    house.see(lambda: house.told == [("a", "RUNNING"), ("a", "SUCCEEDED")])


def test_the_same_start_again_gives_the_first_while_it_runs(house: House) -> None:
    first = house.start("a", WAIT)
    house.clock.advance(5)
    assert house.start("a", WAIT) == first
    assert len(house.engine.executions(MACHINE)) == 1


def test_refuses_a_name_that_was_used_with_another_input(house: House) -> None:
    house.start("a", WAIT)
    with pytest.raises(ExecutionAlreadyExists, match=f"Execution Already Exists: '{arn('a')}'"):
        house.start("a", WAIT, '{"other": 1}')


def test_refuses_the_name_of_an_execution_that_has_ended(house: House) -> None:
    house.start("a", PASS)
    house.end("a")
    with pytest.raises(ExecutionAlreadyExists):
        house.start("a", PASS)


def test_twenty_starts_at_once_make_one_execution(house: House) -> None:
    answers: list[Execution] = []
    threads = [threading.Thread(target=lambda: answers.append(house.start("a", WAIT))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 20
    assert len(set(answers)) == len(house.engine.executions(MACHINE)) == 1


@pytest.mark.parametrize(
    ("name", "definition", "input", "error"),
    [
        ("a b", PASS, "{}", InvalidName),
        ("a", PASS, "{", InvalidExecutionInput),
        ("a", {"StartAt": "P"}, "{}", InvalidDefinition),
    ],
)
def test_refuses_a_start_and_keeps_nothing_of_it(
    house: House, name: str, definition: dict[str, Any], input: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        house.start(name, definition, input)
    assert house.engine.executions(MACHINE) == []


def test_a_task_is_handed_to_the_runner_with_all_it_needs(house: House) -> None:
    house.start("a", task(Parameters={"v.$": "$.x"}, TimeoutSeconds=60, HeartbeatSeconds=10), '{"x": [1]}')
    house.see(lambda: len(house.runner.started) == 1)
    request, report = house.runner.started[0]
    assert request == TaskRequest(
        token=request.token,
        execution_arn=arn("a"),
        state_machine_arn=MACHINE,
        state_name="T",
        resource=RESOURCE,
        parameters={"v": [1]},
        role_arn=ROLE,
        timeout_s=60,
        heartbeat_s=10,
        is_resumed=False,
    )
    report.started()
    report.submitted({"Id": "job"})
    report.succeeded({"Status": "Completed"})
    assert house.end("a").output == '{"Status":"Completed"}'
    types = [event["type"] for event in house.engine.history(arn("a"))]
    assert types[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]


def test_the_first_word_on_an_attempt_counts(house: House) -> None:
    first = {"Type": "Task", "Resource": RESOURCE, "Next": "W"}
    wait = {"Type": "Wait", "Seconds": 3600, "End": True}
    house.start("a", {"StartAt": "T", "States": {"T": first, "W": wait}})
    house.see(lambda: len(house.runner.started) == 1)
    report = house.runner.started[0][1]
    report.succeeded(1)
    report.failed("X", "too late")
    report.succeeded(2)
    report.heartbeat()
    house.engine.wake()
    types = [event["type"] for event in house.engine.history(arn("a"))]
    assert types.count("TaskSucceeded") == 1
    assert "TaskFailed" not in types
    assert house.engine.execution(arn("a")).status == "RUNNING"


def test_heartbeats_keep_a_task_alive_and_their_end_stops_it(house: House) -> None:
    house.start("a", task(HeartbeatSeconds=10))
    house.see(lambda: len(house.runner.started) == 1)
    request, report = house.runner.started[0]
    for _ in range(3):
        house.advance(8)
        report.heartbeat()
        house.engine.wake()
    assert house.engine.execution(arn("a")).status == "RUNNING"
    house.advance(10)
    ended = house.end("a")
    assert (ended.error, house.runner.stopped) == ("States.HeartbeatTimeout", [request])


def test_stopping_an_execution_stops_its_tasks(house: House) -> None:
    branches = [{**task(), "StartAt": f"T{n}", "States": {f"T{n}": task()["States"]["T"]}} for n in range(2)]
    house.start(
        "a", {"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": branches, "End": True}}}
    )
    house.see(lambda: len(house.runner.started) == 2)
    stopped = house.engine.stop_execution(arn("a"), "Enough", "somebody said so")
    assert (stopped.status, stopped.error, stopped.cause) == ("ABORTED", "Enough", "somebody said so")
    house.see(lambda: [task.state_name for task in house.runner.stopped] == ["T0", "T1"])
    last = house.engine.history(arn("a"))[-1]
    details = {"error": "Enough", "cause": "somebody said so"}
    assert (last["type"], last["executionAbortedEventDetails"]) == ("ExecutionAborted", details)
    assert house.engine.stop_execution(arn("a"), "Again", None) == stopped


def test_a_failing_branch_stops_its_siblings_task(house: House) -> None:
    branches = [{"StartAt": f"T{n}", "States": {f"T{n}": task()["States"]["T"]}} for n in range(2)]
    house.start(
        "a", {"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": branches, "End": True}}}
    )
    house.see(lambda: len(house.runner.started) == 2)
    house.runner.started[0][1].failed("X", "why")
    assert house.end("a").error == "X"
    house.see(lambda: [task.state_name for task in house.runner.stopped] == ["T1"])


def test_waits_and_the_machines_time_limit_follow_the_clock(house: House) -> None:
    house.start("waits", WAIT)
    house.start("limited", {**WAIT, "TimeoutSeconds": 100})
    house.advance(99)
    assert house.engine.execution(arn("limited")).status == "RUNNING"
    house.advance(1)
    assert house.end("limited").status == "TIMED_OUT"
    house.advance(3_499)
    assert house.engine.execution(arn("waits")).status == "RUNNING"
    house.advance(1)
    assert house.end("waits").stop_s == 4_600


def test_a_restart_takes_up_waits_tasks_and_time_limits(house: House) -> None:
    house.start("waits", WAIT)
    house.start("limited", {**WAIT, "TimeoutSeconds": 100})
    house.start("works", task(HeartbeatSeconds=10))
    house.see(lambda: len(house.runner.started) == 1)
    first = house.runner.started[0][0]
    house.engine.close()
    house.clock.advance(200)
    house.open()
    assert house.end("limited").status == "TIMED_OUT"
    house.see(lambda: len(house.runner.started) == 1)
    request, report = house.runner.started[0]
    assert request == TaskRequest(**{**first.__dict__, "is_resumed": True})
    report.succeeded("adopted")
    assert house.end("works").output == '"adopted"'
    house.advance(3_400)
    assert house.end("waits").stop_s == 4_600


def test_a_report_of_before_the_restart_is_of_no_effect(house: House) -> None:
    house.start("a", task())
    house.see(lambda: len(house.runner.started) == 1)
    old = house.runner.started[0][1]
    house.engine.close()
    old.succeeded("nobody hears")
    house.open()
    house.see(lambda: len(house.runner.started) == 1)
    house.runner.started[0][1].succeeded("new")
    assert house.end("a").output == '"new"'


def test_a_listener_that_fails_is_told_again(house: House) -> None:
    house.engine.close()
    heard: list[str] = []

    def listener(execution: Execution) -> None:
        heard.append(execution.status)
        if len(heard) == 1:
            raise OSError("nobody home")

    house.open(listener)
    house.start("a", WAIT)
    house.see(lambda: heard == ["RUNNING"])
    house.advance(1)
    house.see(lambda: heard == ["RUNNING", "RUNNING"])


def test_what_nobody_was_told_of_is_told_after_a_restart(house: House) -> None:
    house.engine.close()

    def deaf(execution: Execution) -> None:
        raise OSError("nobody home")

    house.open(deaf)
    house.start("a", PASS)
    house.end("a")
    house.engine.close()
    house.open()
    house.see(lambda: house.told == [("a", "RUNNING"), ("a", "SUCCEEDED")])


def test_a_runner_that_raises_fails_the_attempt_only(house: House) -> None:
    def broken(task: TaskRequest, report: TaskReport) -> None:
        raise OSError("no such place")

    house.runner.start = broken  # type: ignore[method-assign]
    house.start("a", task())
    ended = house.end("a")
    assert (ended.error, ended.cause) == ("States.TaskFailed", "OSError: no such place")


def test_an_answer_that_is_not_json_fails_the_attempt(house: House) -> None:
    house.start("a", task())
    house.see(lambda: len(house.runner.started) == 1)
    house.runner.started[0][1].succeeded({1, 2})
    ended = house.end("a")
    cause = "The task's output is not JSON: Object of type set is not JSON serializable"
    assert (ended.error, ended.cause) == ("States.Runtime", cause)


def test_executions_are_listed_newest_first_and_by_status(house: House) -> None:
    for name in ("a", "b"):
        house.start(name, PASS)
        house.end(name)
    house.start("c", WAIT)
    assert [execution.name for execution in house.engine.executions(MACHINE)] == ["c", "b", "a"]
    assert [execution.name for execution in house.engine.executions(MACHINE, "SUCCEEDED")] == ["b", "a"]
    assert house.engine.executions("another") == []


def test_deleted_executions_are_stopped_and_forgotten(house: House) -> None:
    house.start("a", PASS)
    house.end("a")
    house.start("b", task())
    house.see(lambda: len(house.runner.started) == 1)
    house.engine.delete_executions(MACHINE)
    assert house.engine.executions(MACHINE) == []
    assert [task.state_name for task in house.runner.stopped] == ["T"]
    assert house.start("a", WAIT).status == "RUNNING"


def test_refuses_what_is_unknown(house: House) -> None:
    for ask in (house.engine.execution, house.engine.history, house.engine.stop_execution):
        with pytest.raises(ExecutionDoesNotExist, match=f"Execution Does Not Exist: '{arn('zz')}'"):
            ask(arn("zz"))


def test_a_closed_engine_refuses_and_closes_twice(house: House) -> None:
    house.engine.close()
    house.engine.close()
    with pytest.raises(EngineStopped, match="the engine is not running"):
        house.start("a", PASS)
    with pytest.raises(EngineStopped, match="the engine is not running"):
        house.engine.executions(MACHINE)


def test_two_engines_do_not_share_a_journal(house: House) -> None:
    second = Engine(house.journal, Runner())
    with pytest.raises(EngineError, match="another engine runs on this journal; stop it first"):
        second.start()


def test_an_engine_is_not_started_twice(house: House) -> None:
    with pytest.raises(EngineError, match="the engine runs already; close it first"):
        house.engine.start()


def test_a_call_from_the_engines_own_thread_is_refused_not_hung(house: House) -> None:
    refused: list[str] = []

    def listener(execution: Execution) -> None:
        try:
            house.engine.stop_execution(execution.execution_arn)
        except EngineError as error:
            refused.append(str(error))

    house.engine.close()
    house.open(listener)
    house.start("a", WAIT)
    house.see(lambda: len(refused) == 1)
    assert refused[0].startswith("the engine was asked from its own thread")


def test_a_journal_of_another_version_is_refused(house: House) -> None:
    house.engine.close()
    with sqlite3.connect(house.journal) as connection:
        connection.execute("pragma user_version = 99")
    connection.close()
    with pytest.raises(EngineError, match="has version 99"):
        house.open()


def test_many_waiting_executions_take_one_thread_and_leave_memory_when_they_end(house: House) -> None:
    before = threading.active_count()
    for number in range(300):
        house.start(f"w{number}", WAIT)
    assert threading.active_count() == before
    house.advance(3_600)
    for number in range(300):
        assert house.end(f"w{number}").status == "SUCCEEDED"
    house.engine.wake()
    pool = house.engine._loop._pool  # type: ignore[union-attr]
    assert (len(pool.timers), pool._runs, pool._idle, pool._ready) == (0, {}, {}, {})
