"""The engine opened, closed and opened again; and who is told of what."""

import sqlite3
import threading
from pathlib import Path

import pytest

from stepmill.engine import (
    Engine,
    EngineError,
    EngineStopped,
    Execution,
)
from stepmill.engine.journal import Journal
from tests.engine.house import MACHINE, PASS, WAIT, House, Runner, arn, task


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

    def is_told_again() -> bool:
        house.advance(1)
        return len(heard) == 2

    house.see(is_told_again)
    house.advance(1)
    assert heard == ["RUNNING", "RUNNING"]


def test_each_change_is_told_once_in_order_and_not_again_after_a_restart(house: House) -> None:
    house.start("a", PASS)
    house.end("a")
    house.start("b", PASS)
    house.end("b")
    told = [("a", "RUNNING"), ("a", "SUCCEEDED"), ("b", "RUNNING"), ("b", "SUCCEEDED")]
    house.see(lambda: house.told == told)
    house.engine.close()
    house.open()
    house.engine.wake()
    assert house.told == told


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


def test_stopping_answers_even_if_the_listener_has_the_execution_deleted(house: House) -> None:
    house.engine.close()
    deletions: list[threading.Thread] = []

    def listener(execution: Execution) -> None:
        if execution.status == "ABORTED":
            deletion = threading.Thread(target=house.engine.delete_executions, args=(MACHINE,))
            deletion.start()
            deletions.append(deletion)

    house.open(listener)
    house.start("a", WAIT)
    stopped = house.engine.stop_execution(arn("a"), "Enough", None)
    assert (stopped.status, stopped.error, stopped.stop_s) == ("ABORTED", "Enough", 1_000.0)
    house.see(lambda: len(deletions) == 1)
    deletions[0].join()
    assert house.engine.executions(MACHINE) == []


def test_a_definition_of_another_engine_rests_and_the_others_go_on(house: House) -> None:
    house.start("strange", WAIT)
    house.start("waits", {**WAIT, "Comment": "another definition"})
    house.engine.close()
    with sqlite3.connect(house.journal) as connection:
        connection.execute("update definitions set body = '{}' where id = 1")
    connection.close()
    house.open()
    house.advance(3_600)
    assert house.end("waits").status == "SUCCEEDED"
    assert house.engine.execution(arn("strange")).status == "RUNNING"


class FullJournal(Journal):
    """Cannot be written any more once `is_full`."""

    is_full = False

    def commit(self) -> None:
        if self.is_full and self._writer.in_transaction:
            raise sqlite3.OperationalError("database or disk is full")
        super().commit()


def test_a_journal_that_cannot_be_written_ends_the_engine_and_tells_nobody_of_what_was_lost(
    house: House,
) -> None:
    class FullEngine(Engine):
        def open_journal(self, path: Path) -> Journal:
            self.full = FullJournal(path)
            return self.full

    house.engine.close()
    house.engine = engine = FullEngine(house.journal, house.runner, house.clock, house.listen)
    engine.start()
    house.start("kept", WAIT)
    house.see(lambda: house.told == [("kept", "RUNNING")])
    engine.full.is_full = True
    with pytest.raises(EngineStopped, match="database or disk is full"):
        house.start("lost", task())
    with pytest.raises(EngineStopped, match="database or disk is full"):
        house.start("later", PASS)
    assert house.runner.started == []
    engine.close()
    house.open()
    assert [execution.name for execution in house.engine.executions(MACHINE)] == ["kept"]
    house.advance(3_600)
    assert house.end("kept").status == "SUCCEEDED"
