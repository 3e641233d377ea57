"""Retry and Catch."""

import json
from typing import Any

import pytest

from stepmill.engine import After, TaskFailure, VirtualClock, run_machine

DONE = {"Type": "Pass", "End": True}


def task(**fields: Any) -> dict[str, Any]:
    states = {"T": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": True, **fields}}
    if "Catch" in fields:
        states["Caught"] = DONE
    return {"StartAt": "T", "States": states}


def scheduled_at(result: Any) -> list[float]:
    return [event["timestamp"].timestamp() for event in result.history if event["type"] == "TaskScheduled"]


def failures(count: int, error: str = "X") -> list[Any]:
    return [TaskFailure(error, "why")] * count


def test_waits_double_up_to_the_longest_delay() -> None:
    retry = [{"ErrorEquals": ["X"], "IntervalSeconds": 3, "MaxAttempts": 5, "MaxDelaySeconds": 20}]
    result = run_machine(task(Retry=retry), tasks={"T": [*failures(5), "done"]})
    assert (result.output, scheduled_at(result)) == ("done", [0, 3, 9, 21, 41, 61])


def test_defaults_are_three_retries_after_one_two_and_four_seconds() -> None:
    result = run_machine(task(Retry=[{"ErrorEquals": ["X"]}]), tasks={"T": failures(9)})
    assert (result.status, result.error, result.cause) == ("FAILED", "X", "why")
    assert scheduled_at(result) == [0, 1, 3, 7]


def test_full_jitter_waits_a_random_part_of_the_delay() -> None:
    retry = [{"ErrorEquals": ["X"], "IntervalSeconds": 10, "BackoffRate": 1, "JitterStrategy": "FULL"}]
    parts = iter([0.5, 0.0, 0.9])
    result = run_machine(task(Retry=retry), tasks={"T": failures(9)}, random=lambda: next(parts))
    assert scheduled_at(result) == [0, 5, 5, 14]


def test_each_entry_counts_its_own_attempts() -> None:
    retry = [{"ErrorEquals": ["X"], "MaxAttempts": 1}, {"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}]
    answers = [*failures(1), *failures(2, "Y"), *failures(1)]
    result = run_machine(task(Retry=retry), tasks={"T": answers})
    assert (result.error, len(scheduled_at(result))) == ("X", 4)


def test_no_attempts_means_no_retry_even_if_a_later_entry_would_take_the_error() -> None:
    retry = [{"ErrorEquals": ["X"], "MaxAttempts": 0}, {"ErrorEquals": ["States.ALL"]}]
    result = run_machine(task(Retry=retry), tasks={"T": failures(1)})
    assert (result.status, len(scheduled_at(result))) == ("FAILED", 1)


def test_parameters_are_evaluated_again_with_the_retry_count() -> None:
    parameters = {"try.$": "$$.State.RetryCount"}
    seen: list[Any] = []

    def answer(given: Any) -> Any:
        seen.append(given)
        if len(seen) < 3:
            raise TaskFailure("X", "")
        return "done"

    run_machine(task(Parameters=parameters, Retry=[{"ErrorEquals": ["X"]}]), tasks={"T": answer})
    assert seen == [{"try": 0}, {"try": 1}, {"try": 2}]


def test_the_first_catcher_that_takes_the_error_places_it_in_the_input() -> None:
    catch = [
        {"ErrorEquals": ["Y"], "Next": "Never"},
        {"ErrorEquals": ["X"], "ResultPath": "$.error", "Next": "Caught"},
        {"ErrorEquals": ["States.ALL"], "Next": "Never"},
    ]
    machine = task(Catch=catch)
    machine["States"]["Never"] = {"Type": "Fail"}
    result = run_machine(machine, {"kept": 1}, tasks={"T": failures(1)})
    assert result.output == {"kept": 1, "error": {"Error": "X", "Cause": "why"}}


def test_a_null_result_path_drops_the_error() -> None:
    catch = [{"ErrorEquals": ["X"], "ResultPath": None, "Next": "Caught"}]
    assert run_machine(task(Catch=catch), {"kept": 1}, tasks={"T": failures(1)}).output == {"kept": 1}


def test_retries_come_before_the_catcher() -> None:
    machine = task(
        Retry=[{"ErrorEquals": ["X"], "MaxAttempts": 2}],
        Catch=[{"ErrorEquals": ["X"], "Next": "Caught"}],
    )
    result = run_machine(machine, tasks={"T": failures(3)})
    assert (result.status, len(scheduled_at(result))) == ("SUCCEEDED", 3)


TAKEN = [
    ("X", "States.ALL", True),
    ("X", "States.TaskFailed", True),
    ("X", "Y", False),
    ("States.Timeout", "States.TaskFailed", False),
    ("States.Timeout", "States.ALL", True),
    ("States.HeartbeatTimeout", "States.Timeout", True),
    ("States.HeartbeatTimeout", "States.HeartbeatTimeout", True),
    ("States.Permissions", "States.TaskFailed", True),
    ("States.Runtime", "States.ALL", False),
    ("States.Runtime", "States.Runtime", False),
    ("States.DataLimitExceeded", "States.ALL", False),
    ("States.DataLimitExceeded", "States.TaskFailed", False),
    ("States.DataLimitExceeded", "States.DataLimitExceeded", True),
]


@pytest.mark.parametrize(("error", "name", "is_taken"), TAKEN)
def test_a_name_takes_the_errors_that_aws_lets_it_take(error: str, name: str, is_taken: bool) -> None:
    catch = [{"ErrorEquals": [name], "Next": "Caught"}]
    result = run_machine(task(Catch=catch), tasks={"T": failures(1, error)})
    assert result.status == ("SUCCEEDED" if is_taken else "FAILED")
    assert result.error == (None if is_taken else error)


def test_a_catchers_result_path_that_does_not_fit_fails_the_execution() -> None:
    catch = [{"ErrorEquals": ["X"], "ResultPath": "$.a.b", "Next": "Caught"}]
    result = run_machine(task(Catch=catch), {"a": "text"}, tasks={"T": failures(1)})
    assert (result.error, result.cause) == (
        "States.ResultPathMatchFailure",
        "An error occurred while executing the state 'T' (entered at the event id #2). "
        'Unable to apply ReferencePath $.a.b to input {"a":"text"}',
    )


def test_an_intrinsic_failure_can_be_caught() -> None:
    machine = task(
        Parameters={"v.$": "States.StringToJson($.text)"},
        Catch=[{"ErrorEquals": ["States.IntrinsicFailure"], "ResultPath": "$.e", "Next": "Caught"}],
    )
    result = run_machine(machine, {"text": "{"})
    assert (result.status, result.output["e"]["Error"]) == ("SUCCEEDED", "States.IntrinsicFailure")


@pytest.mark.parametrize("concurrency", [0, 1], ids=["while it starts", "while it runs"])
def test_an_item_that_cannot_be_selected_ends_the_iterations_that_run(concurrency: int) -> None:
    inner = {"StartAt": "In", "States": {"In": {"Type": "Wait", "Seconds": 5, "End": True}}}
    state = {
        "Type": "Map",
        "MaxConcurrency": concurrency,
        "ItemSelector": {"v.$": "States.MathAdd($$.Map.Item.Value, 1)"},
        "ItemProcessor": inner,
        "Catch": [{"ErrorEquals": ["States.IntrinsicFailure"], "ResultPath": None, "Next": "Caught"}],
        "End": True,
    }
    later = {"Type": "Wait", "Seconds": 60, "Next": "Done"}
    machine = {"StartAt": "M", "States": {"M": state, "Caught": later, "Done": DONE}}
    result = run_machine(machine, [1, "x", 3])
    entered = [
        event["stateEnteredEventDetails"]["name"] for event in result.history if "Entered" in event["type"]
    ]
    assert (result.status, result.output) == ("SUCCEEDED", [1, "x", 3])
    assert entered == (["M", "Caught", "Done"] if concurrency == 0 else ["M", "In", "Caught", "Done"])


@pytest.mark.parametrize(
    "limits", [{"TimeoutSeconds": 7}, {"TimeoutSecondsPath": "$.limit"}], ids=["given", "path"]
)
@pytest.mark.parametrize(
    "resource", ["arn:aws:states:::sns:publish", "arn:aws:lambda:us-east-1:1:function:f"]
)
def test_a_task_that_is_not_answered_in_time_times_out(limits: dict[str, Any], resource: str) -> None:
    machine = task(Resource=resource, Catch=[{"ErrorEquals": ["States.Timeout"], "Next": "Caught"}], **limits)
    clock = VirtualClock()
    result = run_machine(machine, {"limit": 7}, tasks={"T": After(8, "late")}, clock=clock)
    assert (result.output, clock.time()) == ({"Error": "States.Timeout", "Cause": ""}, 7)
    timed_out = next(event for event in result.history if event["type"].endswith("TimedOut"))
    member = f"{timed_out['type'][0].lower()}{timed_out['type'][1:]}EventDetails"
    assert timed_out[member]["error"] == "States.Timeout"


def test_a_task_without_heartbeats_times_out_earlier() -> None:
    machine = task(TimeoutSeconds=60, HeartbeatSecondsPath="$.beat")
    result = run_machine(machine, {"beat": 3}, tasks={"T": After(50)})
    assert (result.status, result.error, result.stop_s) == ("FAILED", "States.HeartbeatTimeout", 3)


@pytest.mark.parametrize("value", ['"7"', "0", "true"])
def test_a_time_limit_that_is_no_number_of_seconds_fails_the_execution(value: str) -> None:
    machine = task(TimeoutSecondsPath="$.limit")
    result = run_machine(machine, {"limit": json.loads(value)}, tasks={"T": 1})
    assert (result.error, result.cause) == (
        "States.Runtime",
        "An error occurred while executing the state 'T' (entered at the event id #2). The "
        f"TimeoutSecondsPath must give an integer from 1 to 99999999, not {value}.",
    )


def test_the_machines_own_time_limit_ends_it() -> None:
    machine = {**task(), "TimeoutSeconds": 30}
    result = run_machine(machine, tasks={"T": After(31)})
    assert (result.status, result.error, result.stop_s) == ("TIMED_OUT", "States.Timeout", 30)
    assert result.history[-1]["type"] == "ExecutionTimedOut"
