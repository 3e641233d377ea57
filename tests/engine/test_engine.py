"""The engine as a service: start, stop, list, delete."""

import json
import threading
from typing import Any

import pytest

from stepmill.engine import (
    Execution,
    ExecutionAlreadyExists,
    ExecutionDoesNotExist,
    InvalidDefinition,
    InvalidExecutionInput,
    InvalidName,
)
from tests.engine.house import MACHINE, PASS, ROLE, WAIT, House, arn, task


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


def test_a_caller_that_goes_away_before_the_start_is_journalled_changes_nothing(house: House) -> None:
    begun = house.engine.begin_execution(
        execution_arn=arn("a"), state_machine_arn=MACHINE, name="a", definition=json.dumps(PASS), input="{}"
    )
    assert begun.cancel() is False
    assert (begun.result(timeout=10).status, house.end("a").status) == ("RUNNING", "SUCCEEDED")


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


def test_an_error_that_utf_8_cannot_hold_is_kept_readable(house: House) -> None:
    house.start("a", WAIT)
    stopped = house.engine.stop_execution(arn("a"), "\ud800", "ü\udfff")
    assert (stopped.error, stopped.cause) == ("?", "ü?")
