"""What is new in capture, realtime answers, batch output and truth becomes records, each exactly once."""

import json
from typing import Any

import pytest
from millkit import windows

from jobs.monitoring import served
from tests.monitoring.lake import NOW, ROOT, Lake, call

ROW = {"Mileage": 5, "Make": "Saab"}


def ids(records: list[dict[str, Any]]) -> list[str]:
    return sorted(record["inference_id"] for record in records)


def test_all_sources_become_records_of_one_form(lake: Lake) -> None:
    lake.capture("a", call("c1", "5.5,0,1", "100.5"))
    lake.realtime("r1", [ROW], [7.0])
    lake.scored("b", "s1,2026-11-20T12:00:00Z,,Ford,9,1")
    lake.truth("t", "r1,8.5")
    own = {"endpoint_name": lake.endpoint, "model_name": f"{lake.endpoint}/1"}
    assert sorted(lake.window(), key=lambda record: record["inference_id"]) == [
        {
            "inference_id": "c1", "event_time": "2026-11-20T12:05:00Z", "source": "endpoint", **own,
            "features": {"Mileage": 5.5, "Make": "Saab"}, "prediction": 100.5, "truth": None,
        },
        {
            "inference_id": "r1", "event_time": "2026-11-20T12:05:00.500000Z", "source": "realtime", **own,
            "features": ROW, "prediction": 7, "truth": 8.5,
        },
        {
            "inference_id": "s1", "event_time": "2026-11-20T12:00:00Z", "source": "batch", **own,
            "features": {"Mileage": None, "Make": "Ford"}, "prediction": 9, "truth": None,
        },
    ]  # fmt: skip
    assert ids(lake.records(1, "joined")) == ["r1"]


def test_a_scored_cell_of_two_lines_stays_as_it_was(lake: Lake) -> None:
    lake.scored("b", 's1,2026-11-20T12:00:00Z,1,"two\nlines",9,1', "s2,2026-11-20T12:00:00Z,1,Saab,9,1")
    assert [one["features"]["Make"] for one in lake.window()] == ["two\nlines", "Saab"]


def test_the_window_names_its_inputs_and_the_digest_of_its_records(lake: Lake) -> None:
    lake.capture("a", call("c1", "5,0,1", "1"))
    lake.window()
    document = lake.document(1)
    [one] = document["inputs"]
    key = f"capture/{lake.endpoint}/AllTraffic/2026/11/20/12/a.jsonl"
    version = lake.s3.head_object(Bucket="artifacts", Key=key)
    assert (one["key"], one["version"], one["etag"]) == (
        key,
        version["VersionId"],
        version["ETag"].strip('"'),
    )
    assert len(document["digest"]) == 64
    assert document["counts"]["records"] == 1
    assert document["models"][0]["baseline_uri"].endswith("/baseline/data")


def test_nothing_new_makes_no_window(lake: Lake) -> None:
    assert lake.run()["outcome"] == "nothing new"
    lake.capture("a", call("c1", "5,0,1", "1"))
    lake.window()
    told = {"outcome": "nothing new", "window": 1, "has_more": False}
    assert lake.run(run_id="r2") == told
    assert windows.read(lake.s3, lake.layout.run("r2")) == told


def test_a_request_in_realtime_and_capture_is_one_record(lake: Lake) -> None:
    lake.capture("a", call("r1", "5,0,1", "7"), call("c1", "1,1,0", "2"))
    lake.realtime("r1", [ROW], [7.0])
    assert [(one["inference_id"], one["source"]) for one in lake.window()] == [
        ("r1", "realtime"),
        ("c1", "endpoint"),
    ]


def test_what_another_model_answered_alone_is_no_prediction_of_this_one(lake: Lake) -> None:
    lake.realtime("r1", [ROW], [7.0], by={"other": [8.0]}, degraded=True)
    lake.realtime("r2", [ROW], [7.0])
    lake.realtime("r3", [ROW], [7.0], by={})
    answered = [(one["inference_id"], one["prediction"]) for one in lake.window()]
    assert (sorted(answered), lake.problems(1)) == ([("r2", 7), ("r3", 8)], [])


@pytest.mark.parametrize("is_capture_first", [True, False], ids=["capture_first", "realtime_first"])
def test_a_request_that_two_windows_meet_is_one_record(lake: Lake, is_capture_first: bool) -> None:
    def captured() -> None:
        lake.capture("a", call("r1", "5,0,1", "7"))

    def answered() -> None:
        lake.realtime("r1", [ROW], [7.0])

    first, second = (captured, answered) if is_capture_first else (answered, captured)
    first()
    assert ids(lake.window()) == ["r1"]
    second()
    assert lake.window() == []
    assert lake.document(2)["counts"]["repeated"] == 1


def test_capture_that_is_late_or_out_of_order_is_new(lake: Lake) -> None:
    lake.capture("z", call("c2", "5,0,1", "1"), hour=12)
    assert ids(lake.window()) == ["c2"]
    lake.capture("a", call("c0", "5,0,1", "1"), hour=9)
    lake.capture("a", call("c1", "5,0,1", "1"), hour=12)
    assert ids(lake.window()) == ["c0", "c1"]
    assert ids(lake.everything()) == ["c0", "c1", "c2"]


def test_the_same_object_twice_adds_nothing_and_a_longer_one_its_new_lines(lake: Lake) -> None:
    first, second = call("c1", "5,0,1", "1"), call("c2", "6,0,1", "1")
    lake.capture("a", first)
    assert ids(lake.window()) == ["c1"]
    lake.capture("a", first)
    assert lake.window() == []
    lake.capture("a", first, second)
    assert ids(lake.window()) == ["c2"]


def test_an_object_that_was_overwritten_before_it_was_read_loses_no_line(lake: Lake) -> None:
    lake.capture("a", call("c1", "5,0,1", "1"))
    lake.capture("a", call("c2", "6,0,1", "1"))
    assert ids(lake.window()) == ["c1", "c2"]


def test_broken_lines_are_reported_and_the_others_kept(lake: Lake) -> None:
    lake.capture(
        "a",
        '{"captureData": ',
        call("c1", "5,0,1", "1"),
        call("c2", "5,0", "1"),
        call("c3", "5,1,1", "1"),
        call("c4", "5,0,1", "many"),
        call("c5", "5,0,1\n6,0,1", "1"),
        call("c6", "5,0,1", "1", inferenceTime="yesterday"),
        '{"captureData": {"endpointInput": {"data": "&&", "encoding": "BASE64"}}, "eventMetadata": '
        '{"eventId": "1", "inferenceTime": "2026-11-20T12:00:00Z"}}',
    )
    lake.scored("b", "s1,2026-11-20T12:00:00Z,5", "s2,2026-11-20T12:00:00Z,5,Saab,9,1")
    lake.put(f"realtime/{lake.endpoint}/dt=2026-11-20/r.json", "[]")
    assert ids(lake.window()) == ["c1", "s2"]
    told = {(one["key"].rsplit("/", 1)[1], one["line"]): one["problem"] for one in lake.problems(1)}
    assert sorted(told) == [
        *(("a.jsonl", line) for line in (1, 3, 4, 5, 6, 7, 8)),
        ("part-0.csv", 2),
        ("r.json", 1),
    ]
    assert "2 features where the model takes 3" in told["a.jsonl", 3]
    assert told["a.jsonl", 5] == "has the prediction 'many', not a number"
    assert told["a.jsonl", 6] == "has 2 rows and 1 answers"
    assert lake.document(1)["counts"]["problems"] == 9


@pytest.mark.parametrize(
    ("rows", "answers", "encoding"),
    [
        ("5,0,1\n6,1,0", "1.5\n2", "BASE64"),
        ('{"instances": [{"features": [5, 0, 1]}, {"features": [6, 1, 0]}]}',
         '{"predictions": [{"score": 1.5}, {"score": 2}]}', "CSV"),
        ('{"features": [5, 0, 1]}\n{"features": [6, 1, 0]}', "1.5,2.0", "BASE64"),
        ("[[5, 0, 1], [6, 1, 0]]", "1.5\n2\n", "CSV"),
    ],
    ids=["base64", "instances", "json_lines", "lists"],
)  # fmt: skip
def test_every_encoding_of_capture_is_read(lake: Lake, rows: str, answers: str, encoding: str) -> None:
    lake.capture("a", call("c", rows, answers, encoding=encoding, inferenceId=None))
    shown = [(one["inference_id"], one["features"], one["prediction"]) for one in lake.window()]
    assert shown == [
        ("event-c#1", {"Mileage": 5, "Make": "Saab"}, 1.5),
        ("event-c#2", {"Mileage": 6, "Make": "Buick"}, 2),
    ]


def test_records_have_the_model_that_served_then(lake: Lake) -> None:
    lake.capture("a", call("new", "5,0,1", "1", inferenceTime="2126-11-20T12:00:00Z"))
    lake.register([COLUMN_YEAR, *CARS])
    lake.capture("b", call("old", "5,0,1", "1"))
    lake.capture("c", call("rolled-out", "1999,5,0,1", "1"))
    found = {one["inference_id"]: (one["model_name"][-2:], one["features"]) for one in lake.window()}
    assert found == {
        "new": ("/1", {"Mileage": 5, "Make": "Saab"}),
        "old": ("/1", {"Mileage": 5, "Make": "Saab"}),
        "rolled-out": ("/2", {"Year": 1999, "Mileage": 5, "Make": "Saab"}),
    }
    assert [(one["version"], one["records"]) for one in lake.document(1)["models"]] == [("1", 2), ("2", 1)]


COLUMN_YEAR: dict[str, Any] = {"name": "Year", "type": "numeric", "median": 2000.0}
CARS: list[dict[str, Any]] = [
    {"name": "Mileage", "type": "numeric", "median": 10.0},
    {"name": "Make", "type": "categorical", "categories": ["Buick", "Saab"]},
]


def test_a_model_without_baseline_says_why(lake: Lake) -> None:
    lake.register([COLUMN_YEAR, *CARS], baseline=False)
    lake.capture("a", call("c", "1999,5,0,1", "1"))
    lake.window()
    [model] = lake.document(1)["models"]
    assert (model["baseline_uri"], model["quality_uri"]) == ("", "")
    assert model["silence"].startswith(
        f"package {lake.endpoint}/2 has no baseline at s3://artifacts/training/"
    )


def test_what_a_model_that_was_deleted_has_answered_cannot_be_used_and_says_so(lake: Lake) -> None:
    lake.capture("a", call("c1", "5,0,1", "1"))
    [package] = lake.clients.sagemaker.list_model_packages(ModelPackageGroupName=lake.endpoint)[
        "ModelPackageSummaryList"
    ]
    lake.clients.sagemaker.delete_model_package(ModelPackageName=package["ModelPackageArn"])
    assert lake.window() == []
    [problem] = lake.problems(1)
    assert problem["problem"] == "is of a model whose features.json is not known"


def test_a_window_takes_no_more_than_its_limit_and_says_that_more_is_there(lake: Lake) -> None:
    for name in "abc":
        lake.capture(name, call(name, "5,0,1", "1"))
    told = lake.run(max_objects=2)
    assert told["has_more"]
    lake.commit()
    assert ids(lake.window(max_objects=2)) == ["c"]
    assert ids(lake.everything()) == ["a", "b", "c"]


def test_only_the_last_days_are_looked_at_unless_all_are_asked_for(lake: Lake) -> None:
    lake.put(f"capture/{lake.endpoint}/AllTraffic/2026/10/01/09/old.jsonl", call("c", "5,0,1", "1"))
    assert lake.run()["outcome"] == "nothing new"
    assert ids(lake.window(lookback_days=0)) == ["c"]


def test_a_day_that_has_not_changed_is_not_read_again(lake: Lake) -> None:
    lake.capture("a", call("c", "5,0,1", "1"))
    lake.window()
    shard = lake.document(1)["seen"]["endpoint/AllTraffic/2026/11/20"]
    assert shard["window"] == 1
    lake.s3.delete_object(
        Bucket="artifacts", Key=lake.layout.place("seen/endpoint/AllTraffic/2026/11/20/00000001.json").key
    )
    assert lake.run()["outcome"] == "nothing new"


def test_the_command_line_prints_how_it_went(lake: Lake) -> None:
    lake.capture("a", call("c", "5,0,1", "1"))
    done = lake.child(str(ROOT / "jobs/monitoring/consolidate.py"), "--extra-py-files", "ignored")
    assert (done.returncode, json.loads(done.stdout)["counts"]["records"]) == (0, 1), done.stderr
    refused = lake.child(str(ROOT / "jobs/monitoring/consolidate.py"), "--problem=ranking")
    assert refused.returncode == 1
    assert refused.stderr.startswith("ArgumentsInvalid: consolidate: argument --problem: invalid choice")


def test_an_endpoint_without_the_registry_has_the_schema_of_its_model(lake: Lake) -> None:
    known = served.history(lake.clients.ssm, lake.clients.sagemaker, "/none", "none")
    assert known == []
    told = lake.run(parameter_prefix="/none")
    assert told["outcome"] == "nothing new"
    lake.capture("a", call("c", "5,0,1", "1"))
    assert lake.run(parameter_prefix="/none")["counts"]["problems"] == 1
    assert NOW.tzinfo is not None
