"""Tasks that wait for a SageMaker job (.sync)."""

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.tasks.jobs import LOOK_AGAIN_S
from tests.cloud.sagemaker.things import processing, script
from tests.cloud.tasks.things import Disturbed, Report, perform, request, runner, throttled

PROCESSING = "arn:aws:states:::sagemaker:createProcessingJob.sync"
TRAINING = "arn:aws:states:::sagemaker:createTrainingJob.sync"


def status(cloud: Cloud, name: str) -> str:
    found = cloud.call("sagemaker", "DescribeProcessingJob", {"ProcessingJobName": name})
    return str(found["ProcessingJobStatus"])


def test_a_job_that_completes_gives_its_description(cloud: Cloud) -> None:
    report = Report()
    runner(cloud).start(request(cloud, PROCESSING, processing(cloud, "fine", "print(1)")), report)
    word, output = report.outcome()
    assert word == "succeeded"
    assert (output["ProcessingJobName"], output["ProcessingJobStatus"]) == ("fine", "Completed")
    assert isinstance(output["CreationTime"], int)
    assert report.submission()["ProcessingJobArn"] == cloud.arn("sagemaker", "processing-job/fine")
    assert [one[0] for one in report.events] == ["started", "submitted", "succeeded"]


def test_a_job_that_fails_is_task_failed_with_its_description_as_cause(cloud: Cloud) -> None:
    source = "open('/opt/ml/output/failure', 'w').write('loss is nan'); raise SystemExit(1)"
    word, error, cause = perform(cloud, request(cloud, TRAINING, script(cloud, "bad", source)))
    assert (word, error) == ("failed", "States.TaskFailed")
    found = json.loads(cause)
    assert (found["TrainingJobName"], found["TrainingJobStatus"]) == ("bad", "Failed")
    assert "loss is nan" in found["FailureReason"]


def test_a_job_that_somebody_stops_is_task_failed(cloud: Cloud) -> None:
    """Row 17."""
    report = Report()
    task = request(cloud, PROCESSING, processing(cloud, "halted", "import time; time.sleep(60)"))
    runner(cloud).start(task, report)
    report.submission()
    cloud.call("sagemaker", "StopProcessingJob", {"ProcessingJobName": "halted"})
    word, error, cause = report.outcome()
    assert (word, error) == ("failed", "States.TaskFailed")
    assert json.loads(cause)["ProcessingJobStatus"] == "Stopped"


def test_stopping_the_task_stops_the_job(cloud: Cloud) -> None:
    report, tasks = Report(), runner(cloud)
    task = request(cloud, PROCESSING, processing(cloud, "ended", "import time; time.sleep(60)"))
    tasks.start(task, report)
    report.submission()
    tasks.stop(task)
    deadline = time.monotonic() + 30
    while status(cloud, "ended") != "Stopped":
        assert time.monotonic() < deadline, status(cloud, "ended")
        time.sleep(0.02)
    assert [one[0] for one in report.events] == ["started", "submitted"]


def test_a_task_stopped_while_its_job_is_being_begun_ends_the_job(cloud: Cloud) -> None:
    """`stop` cannot know the job yet: it must not run on with nobody waiting for it."""
    is_made, may_go_on = threading.Event(), threading.Event()

    def answer_late(operation: str, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        answer = call()
        if operation == "CreateProcessingJob":
            is_made.set()
            assert may_go_on.wait(30)
        return answer

    report, tasks = Report(), runner(Disturbed(cloud, answer_late))
    task = request(cloud, PROCESSING, processing(cloud, "too-late", "import time; time.sleep(60)"))
    tasks.start(task, report)
    assert is_made.wait(30)
    tasks.stop(task)
    may_go_on.set()
    deadline = time.monotonic() + 30
    while status(cloud, "too-late") != "Stopped":
        assert time.monotonic() < deadline, status(cloud, "too-late")
        time.sleep(0.02)
    assert [one[0] for one in report.events] == ["started", "submitted"]


class Deaf(Disturbed):
    """Hears no event, and is a minute behind, so that what is due in a minute is due now."""

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud, lambda _operation, call: call())
        self.clock = self

    def time(self) -> float:
        return time.time() - LOOK_AGAIN_S + 0.1

    def listen(self, detail_type: str, fn: Any) -> None:
        pass


def test_a_job_whose_last_event_is_lost_hangs_no_machine(cloud: Cloud) -> None:
    """Row 6."""
    parameters = processing(cloud, "unheard", "import time; time.sleep(0.3)")
    word, output = perform(Deaf(cloud), request(cloud, PROCESSING, parameters))
    assert (word, output["ProcessingJobStatus"]) == ("succeeded", "Completed")


def test_a_job_whose_creation_was_not_answered_is_adopted(cloud: Cloud) -> None:
    """Row 18: the reply is lost, the job runs; the same attempt finds it, and there is one job."""
    lost = [True]

    def lose_first_creation(operation: str, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        answer = call()
        if operation == "CreateProcessingJob" and lost.pop():
            lost.append(False)
            raise ConnectionResetError("reply lost")
        return answer

    disturbed = Disturbed(cloud, lose_first_creation)
    word, output = perform(disturbed, request(cloud, PROCESSING, processing(cloud, "adopted", "print(1)")))
    assert (word, output["ProcessingJobStatus"]) == ("succeeded", "Completed")
    assert disturbed.calls.count("CreateProcessingJob") == 2


def test_an_attempt_taken_up_after_a_crash_finds_its_job(cloud: Cloud) -> None:
    parameters = processing(cloud, "resumed", "print(1)")
    first = request(cloud, PROCESSING, parameters, token="attempt-1")
    assert perform(cloud, first)[0] == "succeeded"
    again = request(cloud, PROCESSING, parameters, token="attempt-1", is_resumed=True)
    word, output = perform(cloud, again)
    assert (word, output["ProcessingJobName"]) == ("succeeded", "resumed")


def test_another_attempt_does_not_take_a_job_name_that_is_taken(cloud: Cloud) -> None:
    parameters = processing(cloud, "taken", "print(1)")
    assert perform(cloud, request(cloud, PROCESSING, parameters, token="one"))[0] == "succeeded"
    outcome = perform(cloud, request(cloud, PROCESSING, parameters, token="two"))
    assert outcome[:2] == ("failed", "SageMaker.ResourceInUseException")


@pytest.mark.parametrize("times", [1, 3])
def test_a_throttled_description_is_asked_for_again(cloud: Cloud, times: int) -> None:
    """Row 19."""
    disturbed = Disturbed(cloud, throttled(times, "DescribeProcessingJob"))
    parameters = processing(cloud, f"throttled-{times}", "print(1)")
    word, output = perform(disturbed, request(cloud, PROCESSING, parameters))
    assert (word, output["ProcessingJobStatus"]) == ("succeeded", "Completed")
    assert "ListProcessingJobs" not in disturbed.calls
    assert disturbed.calls.count("DescribeProcessingJob") > times


def test_a_request_that_sagemaker_refuses_is_a_service_exception(cloud: Cloud) -> None:
    parameters = {**processing(cloud, "refused", "print(1)"), "ProcessingJobName": "not a name"}
    word, error, cause = perform(cloud, request(cloud, PROCESSING, parameters))
    assert (word, error) == ("failed", "SageMaker.AmazonSageMakerException")
    assert (
        "(Service: AmazonSageMaker; Status Code: 400; Error Code: ValidationException; Request ID: " in cause
    )
