"""Ground truth is joined by inference id, in whichever order record and truth arrive."""

from typing import Any

import pytest

from tests.monitoring.lake import Lake, call


def judged(lake: Lake, number: int) -> dict[str, Any]:
    return {one["inference_id"]: one["truth"] for one in lake.records(number, "joined")}


def test_late_truth_joins_records_of_earlier_windows(lake: Lake) -> None:
    lake.capture("a", call("c1", "5,0,1", "1"), call("c2", "5,0,1", "1"))
    lake.window()
    lake.capture("b", call("c3", "5,0,1", "1"))
    lake.window()
    lake.truth("t", "c1,10", "c3,30.5")
    assert lake.window() == []
    assert judged(lake, 3) == {"c1": 10, "c3": 30.5}
    assert lake.document(3)["counts"]["truth"] | {"came": 2, "late": 2} == lake.document(3)["counts"]["truth"]
    assert [one["judged"] for one in lake.document(3)["models"]] == [2]


def test_truth_without_prediction_is_counted_and_waits_for_it(lake: Lake) -> None:
    lake.truth("t", "c1,10", "nobody,1")
    assert lake.window() == []
    assert lake.document(1)["counts"]["truth"]["waiting"] == 2
    lake.capture("a", call("c1", "5,0,1", "1"))
    lake.window()
    assert judged(lake, 2) == {"c1": 10}
    assert lake.document(2)["counts"]["truth"]["waiting"] == 1


def test_truth_that_waits_too_long_is_counted_and_dropped(lake: Lake) -> None:
    lake.truth("t", "nobody,1")
    lake.window(truth_windows=1)
    for number in (1, 2):
        lake.capture(f"c{number}", call(f"c{number}", "5,0,1", "1"))
        lake.window(truth_windows=1)
    counts = [lake.document(number)["counts"]["truth"] for number in (1, 2, 3)]
    assert [one["waiting"] for one in counts] == [1, 1, 0]
    assert counts[2]["expired"] == 1


def test_the_same_truth_twice_judges_once(lake: Lake) -> None:
    lake.capture("a", call("c1", "5,0,1", "1"))
    lake.truth("t", "c1,10")
    lake.window()
    lake.truth("again", "c1,10")
    lake.window()
    assert (judged(lake, 1), judged(lake, 2)) == ({"c1": 10}, {})
    assert lake.document(2)["counts"]["truth"]["repeated"] == 1


def test_of_several_truths_the_latest_time_counts(lake: Lake) -> None:
    lake.capture("a", call("c1", "5,0,1", "1"))
    table = "time,truth,inference_id\n2026-11-20T13:00:00Z,3,c1\n2026-11-20T12:00:00Z,2,c1\n"
    lake.put(f"truth/{lake.endpoint}/t.csv", table, "data")
    lake.window()
    assert judged(lake, 1) == {"c1": 3}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["Unix", "Windows", "Mac"])
def test_truth_is_read_whatever_ends_its_lines(lake: Lake, end: str) -> None:
    lake.capture("a", call("c1", "5,0,1", "1"), call("c2", "5,0,1", "1"))
    table = end.join(["\ufeffinference_id,truth", "c1,3", "c2,4", ""])
    lake.put(f"truth/{lake.endpoint}/t.csv", table, "data")
    lake.window()
    assert judged(lake, 1) == {"c1": 3, "c2": 4}


def test_rows_of_one_request_have_a_truth_each(lake: Lake) -> None:
    lake.capture("a", call("c1", "5,0,1\n6,0,1", "1\n2"))
    lake.truth("t", "c1#2,20")
    lake.window()
    assert judged(lake, 1) == {"c1#2": 20}


@pytest.mark.parametrize(
    ("table", "line", "told"),
    [
        ("id,truth\nc1,1\n", 1, "header lacks inference_id"),
        ("inference_id,truth\nc1,soon\n", 2, "has the truth 'soon', not a number"),
        ("inference_id,truth\nc1,nan\n", 2, "has the truth 'nan', not a number"),
        ("inference_id,truth\nc1\n", 2, "has the truth '', not a number"),
        ("inference_id,truth\n,1\n", 2, "has no inference_id"),
    ],
    ids=["header", "text", "nan", "short", "no_id"],
)
def test_truth_that_cannot_be_used_is_reported(lake: Lake, table: str, line: int, told: str) -> None:
    lake.put(f"truth/{lake.endpoint}/t.csv", table, "data")
    lake.window()
    [problem] = lake.problems(1)
    assert (problem["line"], problem["problem"]) == (line, told)
