"""Calls at a time, by a clock that the test moves."""

import logging
import queue
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from stepmill.cloud.scheduler import Scheduler
from stepmill.engine.clock import VirtualClock


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(100.0)


@pytest.fixture
def scheduler(clock: VirtualClock) -> Iterator[Scheduler]:
    with ThreadPoolExecutor(1) as pool:
        scheduler = Scheduler(clock, pool)
        yield scheduler
        scheduler.close()


def advance(clock: VirtualClock, scheduler: Scheduler, seconds: float) -> None:
    clock.advance(seconds)
    scheduler.wake()


def test_calls_run_in_the_order_of_their_times_and_not_before(
    clock: VirtualClock, scheduler: Scheduler
) -> None:
    done: queue.Queue[str] = queue.Queue()
    scheduler.call_at(300.0, lambda: done.put("third"))
    scheduler.call_at(200.0, lambda: done.put("first"))
    scheduler.call_at(200.0, lambda: done.put("second"))
    advance(clock, scheduler, 99.9)
    scheduler.call_at(150.0, lambda: done.put("overdue"))
    assert done.get(timeout=5) == "overdue"
    assert done.empty()
    advance(clock, scheduler, 0.1)
    assert [done.get(timeout=5), done.get(timeout=5)] == ["first", "second"]
    advance(clock, scheduler, 100)
    assert done.get(timeout=5) == "third"


def test_a_cancelled_call_does_not_run(clock: VirtualClock, scheduler: Scheduler) -> None:
    done: queue.Queue[str] = queue.Queue()
    scheduler.call_at(101.0, lambda: done.put("cancelled")).cancel()
    scheduler.call_at(102.0, lambda: done.put("kept"))
    advance(clock, scheduler, 5)
    assert done.get(timeout=5) == "kept"
    assert done.empty()


def test_a_call_that_fails_is_logged_and_the_next_one_runs(
    clock: VirtualClock, scheduler: Scheduler, caplog: pytest.LogCaptureFixture
) -> None:
    done: queue.Queue[str] = queue.Queue()
    with caplog.at_level(logging.ERROR):
        scheduler.call_at(101.0, lambda: 1 / 0)
        scheduler.call_at(102.0, lambda: done.put("next"))
        advance(clock, scheduler, 5)
        assert done.get(timeout=5) == "next"
    assert ["ZeroDivisionError" in str(record.exc_info) for record in caplog.records] == [True]
