"""The events of an execution: types, ids, the chain of previous ids, details, as AWS records them."""

from datetime import UTC, datetime
from typing import Any

import botocore.loaders

from stepmill.engine import TaskFailure, VirtualClock, run_machine

SEND = "arn:aws:states:::sqs:sendMessage"
PASS = {"Type": "Pass", "End": True}
FAIL = {"Type": "Fail", "Error": "MyError", "Cause": "my cause"}
CATCH = [{"ErrorEquals": ["States.ALL"], "Next": "Handled"}]


def parallel(*branches: dict[str, Any], **fields: Any) -> dict[str, Any]:
    machines = [{"StartAt": next(iter(states)), "States": states} for states in branches]
    return {"Type": "Parallel", "Branches": machines, "End": True, **fields}


def mapped(states: dict[str, Any], **fields: Any) -> dict[str, Any]:
    processor = {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": next(iter(states)), "States": states}
    return {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": processor, "End": True, **fields}


def run(states: dict[str, Any], input: Any = None, **options: Any) -> Any:
    return run_machine({"StartAt": next(iter(states)), "States": states}, input or {"x": "a"}, **options)


def chain(history: list[dict[str, Any]]) -> list[tuple[str, int]]:
    assert [event["id"] for event in history] == list(range(1, len(history) + 1))
    return [(event["type"], event["previousEventId"]) for event in history]


def test_a_pass_state_leaves_these_whole_events() -> None:
    result = run({"A": PASS}, clock=VirtualClock(1.5))
    at = datetime(1970, 1, 1, 0, 0, 1, 500_000, UTC)
    whole = {"truncated": False}
    data = '{"x":"a"}'
    role = "arn:aws:iam::123456789012:role/machine"
    assert result.history == [
        {
            "timestamp": at,
            "type": "ExecutionStarted",
            "id": 1,
            "previousEventId": 0,
            "executionStartedEventDetails": {"input": data, "inputDetails": whole, "roleArn": role},
        },
        {
            "timestamp": at,
            "type": "PassStateEntered",
            "id": 2,
            "previousEventId": 0,
            "stateEnteredEventDetails": {"name": "A", "input": data, "inputDetails": whole},
        },
        {
            "timestamp": at,
            "type": "PassStateExited",
            "id": 3,
            "previousEventId": 2,
            "stateExitedEventDetails": {"name": "A", "output": data, "outputDetails": whole},
        },
        {
            "timestamp": at,
            "type": "ExecutionSucceeded",
            "id": 4,
            "previousEventId": 3,
            "executionSucceededEventDetails": {"output": data, "outputDetails": whole},
        },
    ]


def test_an_integration_is_scheduled_started_and_succeeds() -> None:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:s3:getObject",
        "TimeoutSeconds": 9,
        "End": True,
    }
    history = run({"T": state}, tasks={"T": {"ok": True}}).history
    kind = {"resourceType": "aws-sdk:s3", "resource": "getObject"}
    assert chain(history)[1:6] == [
        ("TaskStateEntered", 0),
        ("TaskScheduled", 2),
        ("TaskStarted", 3),
        ("TaskSucceeded", 4),
        ("TaskStateExited", 5),
    ]
    assert history[2]["taskScheduledEventDetails"] == {
        **kind,
        "region": "us-east-1",
        "parameters": '{"x":"a"}',
        "timeoutInSeconds": 9,
    }
    assert history[3]["taskStartedEventDetails"] == kind
    assert history[4]["taskSucceededEventDetails"] == {
        **kind,
        "output": '{"ok":true}',
        "outputDetails": {"truncated": False},
    }


def test_a_function_arn_leaves_lambda_events() -> None:
    arn = "arn:aws:lambda:us-east-1:123456789012:function:judge"
    state = {"Type": "Task", "Resource": arn, "Catch": CATCH, "End": True}
    history = run({"T": state, "Handled": PASS}, tasks={"T": [TaskFailure("Boom", "why")]}).history
    assert chain(history)[2:6] == [
        ("LambdaFunctionScheduled", 2),
        ("LambdaFunctionStarted", 3),
        ("LambdaFunctionFailed", 4),
        ("TaskStateExited", 5),
    ]
    assert history[2]["lambdaFunctionScheduledEventDetails"] == {
        "resource": arn,
        "input": '{"x":"a"}',
        "inputDetails": {"truncated": False},
    }
    assert "lambdaFunctionStartedEventDetails" not in history[3]
    assert history[4]["lambdaFunctionFailedEventDetails"] == {"error": "Boom", "cause": "why"}


def test_parallel_branches_chain_from_its_start_and_it_goes_on_from_their_last() -> None:
    branches = [{f"{name}1": {"Type": "Pass", "Next": f"{name}2"}, f"{name}2": PASS} for name in "AB"]
    state = {**parallel(*branches), "Next": "After"}
    del state["End"]
    history = run({"P": state, "After": PASS}).history
    entered = {
        event["stateEnteredEventDetails"]["name"]: (event["id"], event["previousEventId"])
        for event in history
        if event["type"] == "PassStateEntered"
    }
    assert chain(history)[:3] == [
        ("ExecutionStarted", 0),
        ("ParallelStateEntered", 0),
        ("ParallelStateStarted", 2),
    ]
    assert (entered["A1"][1], entered["B1"][1]) == (3, 3)
    assert chain(history)[11:] == [
        ("ParallelStateSucceeded", 11),
        ("ParallelStateExited", 11),
        ("PassStateEntered", 13),
        ("PassStateExited", 14),
        ("ExecutionSucceeded", 15),
    ]
    assert history[12]["stateExitedEventDetails"]["output"] == '[{"x":"a"},{"x":"a"}]'


def test_map_iterations_chain_from_its_start() -> None:
    history = run({"M": mapped({"I": PASS})}, {"items": [7, 8]}).history
    assert chain(history) == [
        ("ExecutionStarted", 0),
        ("MapStateEntered", 0),
        ("MapStateStarted", 2),
        ("MapIterationStarted", 3),
        ("MapIterationStarted", 3),
        ("PassStateEntered", 4),
        ("PassStateExited", 6),
        ("MapIterationSucceeded", 7),
        ("PassStateEntered", 5),
        ("PassStateExited", 9),
        ("MapIterationSucceeded", 10),
        ("MapStateSucceeded", 11),
        ("MapStateExited", 11),
        ("ExecutionSucceeded", 13),
    ]
    assert history[2]["mapStateStartedEventDetails"] == {"length": 2}
    assert history[4]["mapIterationStartedEventDetails"] == {"name": "M", "index": 1}
    assert history[12]["stateExitedEventDetails"]["output"] == "[7,8]"


def test_a_map_over_nothing_exits_from_its_start() -> None:
    history = run({"M": mapped({"I": PASS})}, {"items": []}).history
    assert [previous for _, previous in chain(history)] == [0, 0, 2, 3, 3, 5]
    assert history[4]["stateExitedEventDetails"]["output"] == "[]"


def test_a_fail_state_in_a_branch_fails_the_parallel_with_its_cause() -> None:
    result = run({"P": parallel({"Boom": FAIL})})
    assert chain(result.history) == [
        ("ExecutionStarted", 0),
        ("ParallelStateEntered", 0),
        ("ParallelStateStarted", 2),
        ("FailStateEntered", 3),
        ("ParallelStateFailed", 4),
        ("ExecutionFailed", 5),
    ]
    assert result.history[5]["executionFailedEventDetails"] == {"error": "MyError", "cause": "my cause"}
    assert (result.status, result.error, result.cause) == ("FAILED", "MyError", "my cause")


def test_a_caught_task_failure_in_a_branch_is_recorded_as_aborted() -> None:
    branch = {"Send": {"Type": "Task", "Resource": SEND, "End": True}}
    states = {"P": parallel(branch, Catch=CATCH), "Handled": PASS}
    history = run(states, tasks={"Send": [TaskFailure("Sqs.Gone", "no queue")]}).history
    assert chain(history)[3:] == [
        ("TaskStateEntered", 3),
        ("TaskScheduled", 4),
        ("TaskStarted", 5),
        ("TaskFailed", 6),
        ("TaskStateAborted", 7),
        ("ParallelStateFailed", 7),
        ("ParallelStateExited", 9),
        ("PassStateEntered", 10),
        ("PassStateExited", 11),
        ("ExecutionSucceeded", 12),
    ]
    assert history[9]["stateExitedEventDetails"]["output"] == '{"Error":"Sqs.Gone","Cause":"no queue"}'


def test_a_retried_parallel_starts_again_without_a_failed_event() -> None:
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}]
    history = run({"P": parallel({"Boom": FAIL}, Retry=retry)}).history
    assert chain(history)[2:] == [
        ("ParallelStateStarted", 2),
        ("FailStateEntered", 3),
        ("ParallelStateStarted", 4),
        ("FailStateEntered", 5),
        ("ParallelStateFailed", 6),
        ("ExecutionFailed", 7),
    ]


def test_a_failing_iteration_fails_the_map_and_aborts_its_siblings() -> None:
    states = {"Slow": {"Type": "Wait", "SecondsPath": "$", "Next": "Boom"}, "Boom": FAIL}
    history = run({"M": mapped(states)}, {"items": [1, 5]}).history
    assert chain(history)[5:] == [
        ("WaitStateEntered", 4),
        ("WaitStateEntered", 5),
        ("WaitStateExited", 6),
        ("FailStateEntered", 8),
        ("MapIterationFailed", 9),
        ("WaitStateAborted", 7),
        ("MapIterationAborted", 11),
        ("MapStateFailed", 9),
        ("ExecutionFailed", 13),
    ]
    assert history[9]["mapIterationFailedEventDetails"] == {"name": "M", "index": 0}
    assert history[11]["mapIterationAbortedEventDetails"] == {"name": "M", "index": 1}


def test_a_runtime_error_in_a_branch_ends_the_execution_without_failed_events() -> None:
    branch = {"Fast": {"Type": "Pass", "Parameters": {"m.$": "$.nope"}, "End": True}}
    result = run({"P": parallel(branch, Catch=CATCH), "Handled": PASS})
    assert chain(result.history)[3:] == [("PassStateEntered", 3), ("ExecutionFailed", 4)]
    assert (result.error, result.cause) == (
        "States.Runtime",
        "An error occurred while executing the state 'Fast' (entered at the event id #4). The JSONPath "
        "'$.nope' specified for the field 'm.$' could not be found in the input '{\"x\":\"a\"}'",
    )


def test_a_result_selector_that_fails_is_the_parallels_own_failure() -> None:
    result = run({"P": parallel({"Ok": PASS}, ResultSelector={"m.$": "$.nope"})})
    assert chain(result.history)[5:] == [("ParallelStateSucceeded", 5), ("ExecutionFailed", 6)]
    assert result.cause == (
        "An error occurred while executing the state 'P' (entered at the event id #2). The JSONPath '$.nope' "
        "specified for the field 'm.$' could not be found in the input '[{\"x\":\"a\"}]'"
    )


def test_every_event_has_the_members_of_the_api() -> None:
    shapes = botocore.loaders.Loader().load_service_model("stepfunctions", "service-2")["shapes"]
    members = shapes["HistoryEvent"]["members"]
    task = {"Type": "Task", "Resource": SEND, "TimeoutSeconds": 5, "HeartbeatSeconds": 2, "End": True}
    states = {
        "P": {
            **parallel({"M": mapped({"W": {"Type": "Wait", "Seconds": 1, "End": True}})}, {"T": task}),
            "Next": "C",
        },
        "C": {
            "Type": "Choice",
            "Choices": [{"Variable": "$[1]", "IsNull": True, "Next": "S"}],
            "Default": "F",
        },
        "S": {"Type": "Succeed"},
        "F": FAIL,
    }
    del states["P"]["End"]
    for answer in (None, [TaskFailure("X", "y")]):
        for event in run(states, {"items": [1]}, tasks={"T": answer}).history:
            assert event["type"] in shapes["HistoryEventType"]["enum"]
            for name, details in event.items():
                shape = shapes[members[name]["shape"]]
                assert not isinstance(details, dict) or set(details) <= set(shape["members"])
