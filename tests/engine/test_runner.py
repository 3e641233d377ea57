"""The engine and its task runner."""

from stepmill.engine import (
    TaskReport,
    TaskRequest,
)
from tests.engine.house import MACHINE, RESOURCE, ROLE, WAIT, House, arn, task


def test_a_task_is_handed_to_the_runner_with_all_it_needs(house: House) -> None:
    house.start("a", task(Parameters={"v.$": "$.x"}, TimeoutSeconds=60, HeartbeatSeconds=10), '{"x": [1]}')
    house.see(lambda: len(house.runner.started) == 1)
    request, report = house.runner.started[0]
    assert request == TaskRequest(
        token=request.token,
        execution_arn=arn("a"),
        state_machine_arn=MACHINE,
        state_name="T",
        resource=RESOURCE,
        parameters={"v": [1]},
        role_arn=ROLE,
        timeout_s=60,
        heartbeat_s=10,
        is_resumed=False,
    )
    report.started()
    report.submitted({"Id": "job"})
    report.succeeded({"Status": "Completed"})
    assert house.end("a").output == '{"Status":"Completed"}'
    types = [event["type"] for event in house.engine.history(arn("a"))]
    assert types[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]


def test_the_first_word_on_an_attempt_counts(house: House) -> None:
    first = {"Type": "Task", "Resource": RESOURCE, "Next": "W"}
    wait = {"Type": "Wait", "Seconds": 3600, "End": True}
    house.start("a", {"StartAt": "T", "States": {"T": first, "W": wait}})
    house.see(lambda: len(house.runner.started) == 1)
    report = house.runner.started[0][1]
    report.succeeded(1)
    report.failed("X", "too late")
    report.succeeded(2)
    report.heartbeat()
    house.engine.wake()
    types = [event["type"] for event in house.engine.history(arn("a"))]
    assert types.count("TaskSucceeded") == 1
    assert "TaskFailed" not in types
    assert house.engine.execution(arn("a")).status == "RUNNING"


def test_heartbeats_keep_a_task_alive_and_their_end_stops_it(house: House) -> None:
    house.start("a", task(HeartbeatSeconds=10))
    house.see(lambda: len(house.runner.started) == 1)
    request, report = house.runner.started[0]
    for _ in range(3):
        house.advance(8)
        report.heartbeat()
        house.engine.wake()
    assert house.engine.execution(arn("a")).status == "RUNNING"
    house.advance(10)
    ended = house.end("a")
    assert (ended.error, house.runner.stopped) == ("States.HeartbeatTimeout", [request])


def test_stopping_an_execution_stops_its_tasks(house: House) -> None:
    branches = [{**task(), "StartAt": f"T{n}", "States": {f"T{n}": task()["States"]["T"]}} for n in range(2)]
    house.start(
        "a", {"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": branches, "End": True}}}
    )
    house.see(lambda: len(house.runner.started) == 2)
    stopped = house.engine.stop_execution(arn("a"), "Enough", "somebody said so")
    assert (stopped.status, stopped.error, stopped.cause) == ("ABORTED", "Enough", "somebody said so")
    house.see(lambda: [task.state_name for task in house.runner.stopped] == ["T0", "T1"])
    last = house.engine.history(arn("a"))[-1]
    details = {"error": "Enough", "cause": "somebody said so"}
    assert (last["type"], last["executionAbortedEventDetails"]) == ("ExecutionAborted", details)
    assert house.engine.stop_execution(arn("a"), "Again", None) == stopped


def test_a_failing_branch_stops_its_siblings_task(house: House) -> None:
    branches = [{"StartAt": f"T{n}", "States": {f"T{n}": task()["States"]["T"]}} for n in range(2)]
    house.start(
        "a", {"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": branches, "End": True}}}
    )
    house.see(lambda: len(house.runner.started) == 2)
    house.runner.started[0][1].failed("X", "why")
    assert house.end("a").error == "X"
    house.see(lambda: [task.state_name for task in house.runner.stopped] == ["T1"])


def test_a_restart_takes_up_waits_tasks_and_time_limits(house: House) -> None:
    house.start("waits", WAIT)
    house.start("limited", {**WAIT, "TimeoutSeconds": 100})
    house.start("works", task(HeartbeatSeconds=10))
    house.see(lambda: len(house.runner.started) == 1)
    first = house.runner.started[0][0]
    house.engine.close()
    house.clock.advance(200)
    house.open()
    assert house.end("limited").status == "TIMED_OUT"
    house.see(lambda: len(house.runner.started) == 1)
    request, report = house.runner.started[0]
    assert request == TaskRequest(**{**first.__dict__, "is_resumed": True})
    report.succeeded("adopted")
    assert house.end("works").output == '"adopted"'
    house.advance(3_400)
    assert house.end("waits").stop_s == 4_600


def test_a_runner_that_raises_fails_the_attempt_only(house: House) -> None:
    def broken(task: TaskRequest, report: TaskReport) -> None:
        raise OSError("no such place")

    house.runner.start = broken  # type: ignore[method-assign]
    house.start("a", task())
    ended = house.end("a")
    assert (ended.error, ended.cause) == ("States.TaskFailed", "OSError: no such place")


def test_an_answer_that_is_not_json_fails_the_attempt(house: House) -> None:
    house.start("a", task())
    house.see(lambda: len(house.runner.started) == 1)
    house.runner.started[0][1].succeeded({1, 2})
    ended = house.end("a")
    cause = "The task's output is not JSON: Object of type set is not JSON serializable"
    assert (ended.error, ended.cause) == ("States.Runtime", cause)


def test_a_task_that_is_aborted_before_it_was_handed_out_is_never_handed_out(house: House) -> None:
    branches = [
        {"StartAt": "T", "States": {"T": task()["States"]["T"]}},
        {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "X"}}},
    ]
    house.start(
        "a", {"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": branches, "End": True}}}
    )
    assert house.end("a").error == "X"
    house.engine.wake()
    assert (house.runner.started, house.runner.stopped) == ([], [])
    assert "TaskScheduled" in [event["type"] for event in house.engine.history(arn("a"))]
