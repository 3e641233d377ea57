"""Executions: names, limits, history, and what EventBridge hears of them."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError
from stepmill.cloud.services.states.events import SIZE_LIMIT_BYTES, detail
from stepmill.engine import Execution
from tests.cloud.states.things import PASS, ended, machine, run, start, types

Aws = Callable[[str], Any]
WAITS = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 600, "End": True}}}


def refusal(cloud: Cloud, operation: str, params: dict[str, Any]) -> str:
    with pytest.raises(AwsError) as refused:
        cloud.call("stepfunctions", operation, params)
    return str(refused.value)


def test_the_same_name_and_input_while_it_runs_is_the_first_execution(cloud: Cloud) -> None:
    """Row 1: an event told twice, or twenty times at once, starts one execution."""
    arn = machine(cloud, "once", WAITS)
    params = {"stateMachineArn": arn, "name": "same", "input": '{"a": 1}'}
    answers: list[Any] = []
    threads = [
        threading.Thread(target=lambda: answers.append(cloud.call("stepfunctions", "StartExecution", params)))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [answers[0]] * 20
    found = cloud.call("stepfunctions", "ListExecutions", {"stateMachineArn": arn})["executions"]
    assert [one["name"] for one in found] == ["same"]
    assert refusal(cloud, "StartExecution", {**params, "input": '{"a": 2}'}).startswith(
        "ExecutionAlreadyExists:"
    )
    cloud.call("stepfunctions", "StopExecution", {"executionArn": answers[0]["executionArn"]})
    assert refusal(cloud, "StartExecution", params).startswith("ExecutionAlreadyExists:")


def test_an_input_of_exactly_the_limit_is_taken_and_a_byte_more_is_refused(cloud: Cloud) -> None:
    """Row 37."""
    arn = machine(cloud, "limit", PASS)
    text = json.dumps("x" * (262_144 - 2))
    execution = cloud.call("stepfunctions", "StartExecution", {"stateMachineArn": arn, "input": text})
    assert ended(cloud, execution["executionArn"])["output"] == text
    longer = {"stateMachineArn": arn, "input": json.dumps("x" * (262_144 - 1))}
    assert refusal(cloud, "StartExecution", longer).startswith("InvalidExecutionInput: ")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"input": "{"}, "InvalidExecutionInput"),
        ({"name": "a b"}, "InvalidName"),
        ({"name": "x" * 81}, ("InvalidName", "ValidationException")),
    ],
)
def test_refuses_a_start_that_aws_refuses(cloud: Cloud, more: dict[str, str], code: str) -> None:
    arn = machine(cloud, "refusing", PASS)
    assert refusal(cloud, "StartExecution", {"stateMachineArn": arn, **more}).startswith(code)


def test_refuses_what_does_not_exist(cloud: Cloud) -> None:
    arn = cloud.arn("states", "stateMachine:none")
    assert refusal(cloud, "StartExecution", {"stateMachineArn": arn}) == (
        f"StateMachineDoesNotExist: State Machine Does Not Exist: '{arn}'"
    )
    gone = {"executionArn": cloud.arn("states", "execution:none:none")}
    assert refusal(cloud, "DescribeExecution", gone).startswith("ExecutionDoesNotExist:")
    assert refusal(cloud, "GetExecutionHistory", gone).startswith("ExecutionDoesNotExist:")


def test_a_stopped_execution_keeps_error_and_cause(cloud: Cloud, aws: Aws) -> None:
    execution = start(cloud, machine(cloud, "stopped", WAITS))
    aws("stepfunctions").stop_execution(executionArn=execution, error="Enough", cause="of this")
    found = aws("stepfunctions").describe_execution(executionArn=execution)
    assert (found["status"], found["error"], found["cause"]) == ("ABORTED", "Enough", "of this")
    assert types(cloud, execution)[-1] == "ExecutionAborted"


def test_history_goes_both_ways_in_pages_and_without_data(cloud: Cloud, aws: Aws) -> None:
    arn = run(cloud, "told", PASS, {"secret": 1})["executionArn"]
    pages = aws("stepfunctions").get_paginator("get_execution_history")
    forth = [
        one
        for page in pages.paginate(executionArn=arn, PaginationConfig={"PageSize": 2})
        for one in page["events"]
    ]
    back = aws("stepfunctions").get_execution_history(executionArn=arn, reverseOrder=True)["events"]
    assert [one["type"] for one in forth] == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ]
    assert back == forth[::-1]
    bare = aws("stepfunctions").get_execution_history(executionArn=arn, includeExecutionData=False)["events"]
    assert "secret" not in json.dumps(bare, default=str)
    assert bare[1]["stateEnteredEventDetails"]["name"] == "Only"


def test_lists_newest_first_and_by_status(cloud: Cloud) -> None:
    arn = machine(cloud, "listed", PASS)
    names = ["one", "two", "three"]
    for name in names:
        ended(cloud, start(cloud, arn, name=name))
    found = cloud.call("stepfunctions", "ListExecutions", {"stateMachineArn": arn, "maxResults": 2})
    assert [one["name"] for one in found["executions"]] == ["three", "two"]
    params = {"stateMachineArn": arn, "statusFilter": "RUNNING"}
    assert cloud.call("stepfunctions", "ListExecutions", params)["executions"] == []


def test_every_change_of_status_is_an_event_with_its_own_id(cloud: Cloud) -> None:
    heard: list[dict[str, Any]] = []
    cloud.listen("Step Functions Execution Status Change", heard.append)
    fails = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Bad", "Cause": "row 3"}}}
    done = run(cloud, "heard", fails, {"a": 1})
    mine = [one for one in heard if one["resources"] == [done["executionArn"]]]
    while len(mine) < 2:
        mine = [one for one in heard if one["resources"] == [done["executionArn"]]]
    assert [one["detail"]["status"] for one in mine] == ["RUNNING", "FAILED"]
    assert mine[0]["id"] != mine[1]["id"]
    last = mine[1]
    assert (last["source"], last["detail-type"]) == ("aws.states", "Step Functions Execution Status Change")
    assert last["detail"] == {
        "executionArn": done["executionArn"],
        "stateMachineArn": done["stateMachineArn"],
        "stateMachineVersionArn": None,
        "stateMachineAliasArn": None,
        "name": done["name"],
        "status": "FAILED",
        "startDate": int(done["startDate"].timestamp() * 1000),
        "stopDate": int(done["stopDate"].timestamp() * 1000),
        "input": '{"a": 1}',
        "inputDetails": {"included": True},
        "output": None,
        "outputDetails": None,
        "error": "Bad",
        "cause": "row 3",
        "redriveCount": 0,
        "redriveDate": None,
        "redriveStatus": "NOT_REDRIVABLE",
        "redriveStatusReason": None,
    }


def test_leaves_input_and_output_out_of_an_event_where_they_are_too_long() -> None:
    def told(input_bytes: int, output_bytes: int) -> tuple[bool, bool]:
        made = detail(
            Execution(
                "e", "m", "n", "SUCCEEDED", "x" * input_bytes, "y" * output_bytes, None, None, 0, 1, None, ""
            )
        )
        assert (made["input"] is not None, made["output"] is not None) == (
            made["inputDetails"]["included"],
            made["outputDetails"]["included"],
        )
        return made["inputDetails"]["included"], made["outputDetails"]["included"]

    half, quotes = SIZE_LIMIT_BYTES // 2, 2
    assert told(half - quotes, half - quotes) == (True, True)
    assert told(half, half) == (False, True)
    assert told(10, SIZE_LIMIT_BYTES) == (False, False)


def test_a_machine_of_too_many_events_fails(cloud: Cloud) -> None:
    """Row 38."""
    loops = {
        "StartAt": "A",
        "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "A"}},
    }
    done = run(cloud, "endless", loops)
    assert (done["status"], done["error"]) == ("FAILED", "States.Runtime")
    assert "25000" in done["cause"].replace(",", "")
