"""Tasks that wait for a run of a Glue job (.sync), or only begin it."""

import json
import threading
from collections.abc import Callable
from typing import Any

from stepmill.cloud.cloud import Cloud
from tests.cloud.glue.things import OVER, make, until
from tests.cloud.tasks.things import Disturbed, Report, perform, request, runner

START = "arn:aws:states:::glue:startJobRun"
SYNC = f"{START}.sync"
SLEEP = "import time; time.sleep(60)"


def runs(cloud: Cloud, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cloud.call("glue", "GetJobRuns", {"JobName": name})["JobRuns"]
    return found


def test_a_run_that_succeeds_gives_its_description(cloud: Cloud) -> None:
    parameters = {"JobName": make(cloud, "fine", "print(1)"), "Arguments": {"--a": "1"}}
    report = Report()
    runner(cloud).start(request(cloud, SYNC, parameters), report)
    word, output = report.outcome()
    assert (word, output["JobRunState"], output["Arguments"]) == ("succeeded", "SUCCEEDED", {"--a": "1"})
    assert isinstance(output["CompletedOn"], int)
    assert report.submission()["JobRunId"] == output["Id"]
    assert [one[0] for one in report.events] == ["started", "submitted", "succeeded"]


def test_a_run_that_fails_is_task_failed_with_its_description_as_cause(cloud: Cloud) -> None:
    name = make(cloud, "bad", "raise ValueError('no rows')")
    word, error, cause = perform(cloud, request(cloud, SYNC, {"JobName": name}))
    assert (word, error) == ("failed", "States.TaskFailed")
    assert json.loads(cause)["ErrorMessage"] == "ValueError: no rows"


def test_without_sync_the_task_ends_when_the_run_began(cloud: Cloud) -> None:
    name = make(cloud, "begun", "print(1)")
    word, output = perform(cloud, request(cloud, START, {"JobName": name}))
    assert (word, output["JobRunId"]) == ("succeeded", runs(cloud, name)[0]["Id"])
    until(cloud, name, output["JobRunId"], *OVER)


def test_too_many_runs_at_once_have_their_own_error(cloud: Cloud) -> None:
    name = make(cloud, "crowded", SLEEP)
    _, output = perform(cloud, request(cloud, START, {"JobName": name}))
    word, error, cause = perform(cloud, request(cloud, SYNC, {"JobName": name, "Timeout": 5}))
    assert (word, error) == ("failed", "Glue.ConcurrentRunsExceededException")
    assert "(Service: AWSGlue; Status Code: 400; Error Code: ConcurrentRunsExceededException;" in cause
    cloud.call("glue", "BatchStopJobRun", {"JobName": name, "JobRunIds": [output["JobRunId"]]})


def test_stopping_the_task_stops_the_run(cloud: Cloud) -> None:
    report, tasks = Report(), runner(cloud)
    name = make(cloud, "halted", SLEEP)
    task = request(cloud, SYNC, {"JobName": name})
    tasks.start(task, report)
    run_id = report.submission()["JobRunId"]
    tasks.stop(task)
    assert until(cloud, name, run_id, *OVER)["JobRunState"] == "STOPPED"


def test_a_task_stopped_while_its_run_is_being_begun_ends_the_run(cloud: Cloud) -> None:
    """The run's name is in the answer that has not come yet."""
    is_made, may_go_on = threading.Event(), threading.Event()

    def answer_late(operation: str, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        answer = call()
        if operation == "StartJobRun":
            is_made.set()
            assert may_go_on.wait(30)
        return answer

    name = make(cloud, "late", SLEEP)
    tasks = runner(Disturbed(cloud, answer_late))
    task = request(cloud, SYNC, {"JobName": name})
    tasks.start(task, Report())
    assert is_made.wait(30)
    tasks.stop(task)
    may_go_on.set()
    assert until(cloud, name, runs(cloud, name)[0]["Id"], *OVER)["JobRunState"] == "STOPPED"


def test_a_run_that_is_over_before_its_begin_is_answered_is_not_missed(cloud: Cloud) -> None:
    name = make(cloud, "quick", "print(1)")

    def answer_after_the_end(operation: str, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        answer = call()
        if operation == "StartJobRun":
            until(cloud, name, answer["JobRunId"], *OVER)
        return answer

    assert (
        perform(Disturbed(cloud, answer_after_the_end), request(cloud, SYNC, {"JobName": name}))[0]
        == "succeeded"
    )
