"""A run that is killed at a call to AWS, then run again, leaves each record once; so do two at once."""

import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from millkit import windows

from jobs.monitoring import consolidate
from tests.monitoring.lake import NOW, Lake, call

DYING = str(Path(__file__).with_name("dying_consolidate.py"))
ROW = {"Mileage": 5, "Make": "Saab"}
MOST_CALLS = 200


def fill(lake: Lake) -> None:
    """One window that is committed, and something of everything that is new."""
    lake.capture("a", call("c1", "5,0,1", "1"))
    lake.truth("early", "c2,20")
    lake.window()
    lake.capture("b", call("c2", "5,0,1", "1"), "broken")
    lake.realtime("r1", [ROW], [7.0])
    lake.scored("s", "s1,2026-11-20T12:00:00Z,5,Saab,9,1")
    lake.truth("t", "c1,10", "s1,30")


def told(lake: Lake) -> tuple[list[tuple[str, Any]], list[tuple[str, Any]], int]:
    """Records, joined records and windows, as they must be in the end."""
    everything = [(one["inference_id"], one["truth"]) for one in lake.everything()]
    last = windows.last(lake.s3, lake.layout)
    joined = [
        (one["inference_id"], one["truth"])
        for number in range(1, last + 1)
        for one in lake.records(number, "joined")
    ]
    return sorted(everything), sorted(joined), last


WHOLE = (
    [("c1", None), ("c2", 20), ("r1", None), ("s1", 30)],
    [("c1", 10), ("c2", 20), ("s1", 30)],
    2,
)


def test_killed_at_every_third_call_it_leaves_each_record_once(lake: Lake) -> None:
    """Each round kills a run three calls later, by turns after and before the call, over data of its own."""
    for number in range(1, MOST_CALLS, 3):
        own = Lake(lake.cloud, f"{lake.endpoint[:40]}-{number}")
        own.register()
        fill(own)
        died = own.child(DYING, KILL_AT=str(number), KILL_AFTER=str(number % 2))
        done = own.child(DYING, KILL_AT="0", KILL_AFTER="0")
        assert done.returncode == 0, done.stderr
        assert (number, told(own)) == (number, WHOLE)
        if died.returncode == 0:
            assert number > 30
            return
        assert died.returncode == -signal.SIGKILL, died.stderr
    raise AssertionError("the run never ends")


def test_what_comes_after_a_death_is_the_next_window(lake: Lake) -> None:
    fill(lake)
    first = lake.run()
    records = lake.records(2)
    lake.capture("z", call("c9", "5,0,1", "1"))
    again = lake.run(run_id="r2")
    assert (first["window"], again["window"], again["has_more"]) == (2, 2, True)
    assert lake.records(2) == records
    lake.commit()
    assert [one["inference_id"] for one in lake.window()] == ["c9"]


def test_of_two_runs_at_once_one_wins_and_the_other_knows(lake: Lake) -> None:
    fill(lake)
    gate = threading.Barrier(2)

    def run(name: str) -> bool:
        gate.wait()
        made = consolidate.consolidate(lake.clients, lake.arguments(run_id=name), NOW)
        return windows.commit(lake.s3, lake.layout, made["window"], f"arn:{name}")

    with ThreadPoolExecutor(2) as pool:
        won = list(pool.map(run, ("r1", "r2")))
    assert sorted(won) == [False, True]
    assert told(lake) == WHOLE


def test_a_commit_that_is_asked_for_again_has_the_same_answer(lake: Lake) -> None:
    fill(lake)
    lake.run()
    asked = [windows.commit(lake.s3, lake.layout, 2, execution) for execution in ("a", "b", "a")]
    assert asked == [True, False, True]


def test_the_last_window_is_found_without_its_hint(lake: Lake) -> None:
    fill(lake)
    lake.s3.delete_object(Bucket="artifacts", Key=lake.layout.latest().key)
    assert windows.last(lake.s3, lake.layout) == 1
    windows.write(lake.s3, lake.layout.latest(), {"window": 0})
    assert windows.last(lake.s3, lake.layout) == 1
