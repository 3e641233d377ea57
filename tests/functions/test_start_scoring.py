import json
from collections.abc import Callable
from typing import Any

import pytest

from functions.start_scoring.handler import handler

MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:scoring"
WAIT = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 600, "End": True}}})


@pytest.fixture
def states(client: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("STATE_MACHINE_ARN", MACHINE)
    monkeypatch.setenv("USE_CASE_PARAMETER", "/cars/scoring-use-case")
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
