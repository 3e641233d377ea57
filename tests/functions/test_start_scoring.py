import json
from collections.abc import Callable
from typing import Any

import pytest
from millkit.uploads import EventInvalid

from functions.start_scoring.handler import handler

MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:scoring"
WAIT = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 600, "End": True}}})


@pytest.fixture
def states(client: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("STATE_MACHINE_ARN", MACHINE)
    monkeypatch.setenv("USE_CASE_PARAMETER", "/cars/scoring-use-case")
    monkeypatch.setenv("SCHEDULED_URI", "none")
    client("ssm").put_parameter(Name="/cars/scoring-use-case", Type="String", Value='{"bad_rows": "fail"}')
    made = client("stepfunctions")
    made.create_state_machine(name="scoring", definition=WAIT, roleArn="arn:aws:iam::123456789012:role/r")
    return made


@pytest.fixture
def upload(s3: Any) -> Callable[[str], dict[str, Any]]:
    def put(key: str) -> dict[str, Any]:
        etag = s3.put_object(Bucket="artifacts", Key=key, Body=key.encode())["ETag"].strip('"')
        return {"detail": {"bucket": {"name": "artifacts"}, "object": {"key": key, "etag": etag}}}

    return put


def inputs(states: Any) -> list[Any]:
    executions = states.list_executions(stateMachineArn=MACHINE)["executions"]
    arns = [one["executionArn"] for one in executions]
    return [json.loads(states.describe_execution(executionArn=arn)["input"]) for arn in arns]


def test_a_file_is_scored_with_the_use_cases_inputs(states: Any, upload: Any) -> None:
    event = upload("scoring/a b.csv")
    answer = handler(event, None)
    assert answer["outcome"] == "started"
    assert inputs(states) == [
        {
            "bad_rows": "fail",
            "data_uri": "s3://artifacts/scoring/a b.csv",
            "data_version": event["detail"]["object"]["etag"],
        }
    ]


def test_the_same_file_twice_is_scored_once(states: Any, upload: Any) -> None:
    event = upload("scoring/a.csv")
    first = handler(event, None)
    assert handler(event, None) == first
    states.stop_execution(executionArn=first["execution_arn"])
    assert handler(event, None) == {"execution_arn": first["execution_arn"], "outcome": "already_started"}
    assert len(inputs(states)) == 1


def test_two_files_at_once_are_two_executions(states: Any, upload: Any, at_once: Any, atomic: Any) -> None:
    events = [upload("scoring/a.csv"), upload("scoring/b.csv")]
    answers = at_once([lambda event=event: handler(event, None) for event in events])
    assert {answer["outcome"] for answer in answers} == {"started"}
    assert len({answer["execution_arn"] for answer in answers}) == 2


FOLDER = "s3://artifacts/scoring/scheduled/"


def at(time: str) -> dict[str, Any]:
    """As EventBridge's schedules send it."""
    return {"source": "aws.events", "detail-type": "Scheduled Event", "time": time, "detail": {}}


def test_a_schedule_scores_its_folder_once_each_time(
    states: Any, upload: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload("scoring/scheduled/")  # as the console makes a folder
    monkeypatch.setenv("SCHEDULED_URI", FOLDER)
    times = ["2026-11-20T06:00:00Z", "2026-11-20T06:00:00Z", "2026-11-21T06:00:00Z"]
    answers = [handler(at(time), None) for time in times]
    assert [answer["outcome"] for answer in answers] == ["started"] * 3
    assert answers[0] == answers[1] != answers[2]
    assert sorted(inputs(states), key=lambda one: one["data_version"]) == [
        {"bad_rows": "fail", "data_uri": FOLDER, "data_version": time} for time in times[1:]
    ]


def test_what_arrives_in_the_schedules_folder_waits_for_it(
    states: Any, upload: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = upload("scoring/scheduled/a.csv")
    monkeypatch.setenv("SCHEDULED_URI", FOLDER)
    assert handler(event, None) == {"execution_arn": None, "outcome": "waiting"}
    assert handler(upload("scoring/b.csv"), None)["outcome"] == "started"
    monkeypatch.setenv("SCHEDULED_URI", "none")
    assert handler(event, None)["outcome"] == "started"


def test_a_schedules_event_without_its_time_is_refused(states: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHEDULED_URI", FOLDER)
    with pytest.raises(EventInvalid, match="lacks 'time'"):
        handler({"detail-type": "Scheduled Event"}, None)
