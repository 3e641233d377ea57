"""Every task of the machine, denied and throttled: a denied call is made once, a throttled one again."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from statemachines.fragments import throttled
from stepmill.engine.errors import TaskFailure

from .conftest import COMPILED, CONFIG, VERDICT, Run, description, good_answers

OLD, NEW = description("InService", "old-config"), description("InService", CONFIG)
NO_ENDPOINT = good_answers()["FindEndpoint"]
GIVEN = {"data_uri": "s3://data/data/cars.csv", "lock_looks": 0}
GOOD = {
    "FindChampion": {"Parameter": {"Value": "the-champion"}},
    "FindEndpoint": OLD,
    "LookBeforeRollBack": [NEW, OLD],
}
FIRST = {
    "SaveEndpointName": TaskFailure("Ssm.ParameterLimitExceeded", "full"),
    "LookBeforeRollBack": NEW,
}
BACK = {**GOOD, "WatchEndpoint": description("Failed", CONFIG)}
REJECTED = {**GOOD, "JudgeCandidate": {"Payload": VERDICT | {"accepted": False}}}
# What leads to a task that the good way does not meet.
WAYS: dict[str, dict[str, Any]] = {
    "CreateEndpoint": {**GOOD, "FindEndpoint": NO_ENDPOINT},
    "DeleteEndpoint": {**GOOD, "FindEndpoint": [description("Failed", "old-config"), NO_ENDPOINT]},
    "TellSkipped": {"AcquireLock": {"Payload": {"acquired": False, "holder": "x", "fencing_token": 1}}},
    "TellRejected": REJECTED,
    "ReleaseAfterRejection": REJECTED,
    "LookBeforeRollBack": BACK,
    "PutPreviousConfigBack": BACK,
    "RestoreConfigName": BACK,
    "TellRolledBack": BACK,
    "TellNotRolledBack": {**BACK, "LookBeforeRollBack": description("InService", "config-of-another")},
    "TakeFirstEndpointOff": FIRST,
    "TellTakenOff": FIRST,
    "ReleaseAfterFailure": BACK,
}
# Their failure has its message, and the reason for which the way back was taken ends the execution.
WAY_BACK = ("LookBeforeRollBack", "PutPreviousConfigBack", "RestoreConfigName", "TakeFirstEndpointOff")
# The execution goes on without them.
DISPENSABLE = ("ReleaseLock", "ReleaseAfterRejection", "ReleaseAfterFailure")
WHO = "User: arn:aws:sts::123456789012:assumed-role/machine/x is not authorized to perform: x:Do on resource"


def tasks(scope: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, state in scope["States"].items():
        if state["Type"] == "Task":
            yield name, state["Resource"].split(":", 5)[5]
        for branch in state.get("Branches", []):
            yield from tasks(branch)


RESOURCES = dict(tasks(json.loads(COMPILED.read_text())))
SAGEMAKER = [name for name, resource in RESOURCES.items() if "sagemaker:" in resource]


def service(name: str) -> str:
    return RESOURCES[name].removeprefix("aws-sdk:").split(":")[0]


def is_sdk(name: str) -> bool:
    return RESOURCES[name].startswith("aws-sdk:")


def refusals(name: str) -> list[TaskFailure]:
    """As each integration names them; the resource is called like what throttling says."""
    denied = f"{WHO}: x/Throttled (Status Code: 403; Error Code: AccessDeniedException; Request ID: 1)"
    disabled = "The KMS key is disabled (Status Code: 400; Error Code: KMSDisabledException; Request ID: 1)"
    general = "SageMakerException" if is_sdk(name) else "AmazonSageMakerException"
    by_service = {
        "sagemaker": [(f"SageMaker.{general}", denied), (f"SageMaker.{general}", disabled)],
        "lambda": [("Lambda.AWSLambdaException", denied), ("Lambda.KMSDisabledException", disabled)],
        "ssm": [("Ssm.SsmException", denied), ("Ssm.SsmException", disabled)],
        "sns": [("SNS.AuthorizationErrorException", denied), ("SNS.KMSDisabledException", disabled)],
    }
    return [TaskFailure(error, cause) for error, cause in by_service[service(name)]]


def throttling(name: str) -> TaskFailure:
    cause = "Rate exceeded (Status Code: 400; Error Code: ThrottlingException; Request ID: 1)"
    by_service = {
        "sagemaker": "SageMaker.SageMakerException" if is_sdk(name) else "SageMaker.AmazonSageMakerException",
        "lambda": "Lambda.TooManyRequestsException",
        "ssm": "Ssm.ThrottlingException",
        "sns": "SNS.ThrottledException",
    }
    return TaskFailure(by_service[service(name)], cause)


def answers(name: str) -> dict[str, Any]:
    return WAYS.get(name, GOOD)


def assert_ends_for(run: Run, name: str, why: TaskFailure, calls: int) -> None:
    """One clear end: the task was called so often, and its failure is the reason or is told."""
    ran = run(GIVEN, **answers(name) | {name: why})
    assert len(ran.requests[name]) == calls
    assert ran.events < 1_500
    usual = run(GIVEN, **answers(name))
    if name in DISPENSABLE or service(name) == "sns":
        assert (ran.status, ran.output, ran.error, ran.cause) == (
            usual.status,
            usual.output,
            usual.error,
            usual.cause,
        )
    elif name in WAY_BACK:
        assert (ran.status, ran.error, ran.cause) == ("FAILED", usual.error, usual.cause)
        assert why.cause in ran.requests["TellNotRolledBack"][0]["Message"]
        assert ran.states[-2:] == ["ReleaseAfterFailure", "Failed"]
    else:
        assert (ran.status, ran.error, ran.cause) == ("FAILED", why.error, why.cause)
        assert ran.states[-2:] == ["ReleaseAfterFailure", "Failed"]


def test_every_task_is_met_on_the_ways_of_these_tests(run: Run) -> None:
    assert [name for name in RESOURCES if name not in run(GIVEN, **answers(name)).requests] == []
    assert len(RESOURCES) == 40


@pytest.mark.parametrize("name", RESOURCES)
@pytest.mark.parametrize("which", [0, 1], ids=["denied", "kms_disabled"])
def test_a_call_that_is_refused_is_made_once_and_its_cause_ends_the_execution(
    run: Run, name: str, which: int
) -> None:
    """Row 20."""
    assert_ends_for(run, name, refusals(name)[which], calls=1)


@pytest.mark.parametrize("name", RESOURCES)
def test_a_call_that_is_throttled_twice_is_made_three_times_and_all_goes_on(run: Run, name: str) -> None:
    usual = run(GIVEN, **answers(name))
    good = answers(name).get(name, good_answers()[name])
    ran = run(
        GIVEN, **answers(name) | {name: [throttling(name)] * 2 + (good if isinstance(good, list) else [good])}
    )
    assert (ran.status, ran.output, ran.error, ran.cause) == (
        usual.status,
        usual.output,
        usual.error,
        usual.cause,
    )
    assert len(ran.requests[name]) == len(usual.requests[name]) + 2
    if answers(name) is GOOD:
        assert ran.output["outcome"] == "live"
        assert len(ran.requests[name]) == 3


@pytest.mark.parametrize("name", RESOURCES)
def test_a_call_that_is_throttled_for_ever_ends_the_execution_after_many(run: Run, name: str) -> None:
    calls = {"sagemaker": throttled.MAX_CALLS + 1, "lambda": 7, "ssm": 6, "sns": 6}[service(name)]
    assert_ends_for(run, name, throttling(name), calls)


@pytest.mark.parametrize(
    "said",
    [
        "Rate exceeded (Service: SageMaker, Status Code: 400, Request ID: 1)",
        "Slow down (Service: AmazonSageMaker; Status Code: 400; Error Code: ThrottlingException)",
        "Throttled",
        "TooManyRequestsException",
        "null (Service: AmazonSageMaker; Status Code: 500; Error Code: InternalFailure; Request ID: 1)",
        "null (Service: AmazonSageMaker; Status Code: 502; Request ID: 1)",
        "null (Service: AmazonSageMaker; Status Code: 503; Error Code: ServiceUnavailable; Request ID: 1)",
    ],
    ids=["rate", "throttling", "throttled", "requests", "internal", "gateway", "unavailable"],
)
@pytest.mark.parametrize("name", ["Preprocess", "DescribeChampion", "TransformChampion", "WatchEndpoint"])
def test_a_busy_service_is_asked_again(run: Run, name: str, said: str) -> None:
    busy = TaskFailure(throttling(name).error, said)
    ran = run(GIVEN, **GOOD | {name: [busy, good_answers()[name]]})
    assert (ran.output["outcome"], len(ran.requests[name])) == ("live", 2)


@pytest.mark.parametrize("name", SAGEMAKER)
def test_a_request_that_is_wrong_is_made_once(run: Run, name: str) -> None:
    said = "1 validation error (Service: AmazonSageMaker; Status Code: 400; Error Code: ValidationException)"
    assert_ends_for(run, name, TaskFailure(throttling(name).error, said), calls=1)


@pytest.mark.parametrize(
    "name", [name for name, resource in RESOURCES.items() if resource.endswith("Job.sync")]
)
def test_a_job_whose_own_reason_reads_like_throttling_is_not_run_again(run: Run, name: str) -> None:
    """The words may come from the data."""
    failed = TaskFailure(
        "States.TaskFailed", '{"FailureReason": "cars.csv: row 2, column Throttled: Rate exceeded"}'
    )
    ran = run(GIVEN, **GOOD | {name: failed})
    assert (ran.error, ran.cause) == ("JobFailed", "cars.csv: row 2, column Throttled: Rate exceeded")
    assert len(ran.requests[name]) == 1


def test_throttled_calls_of_all_tasks_together_are_bounded(run: Run) -> None:
    some = [throttling("Train")] * 20
    ran = run(
        GIVEN,
        **GOOD
        | {
            "Preprocess": [*some, {}],
            "Train": [*some, good_answers()["Train"]],
            "CreateModel": throttling("CreateModel"),
        },
    )
    assert (ran.status, ran.cause) == ("FAILED", throttling("CreateModel").cause)
    assert [len(ran.requests[name]) for name in ("Preprocess", "Train", "CreateModel")] == [21, 21, 1]


def test_the_way_back_has_its_throttled_calls_though_the_way_there_used_up_all(run: Run) -> None:
    ran = run(
        GIVEN,
        **BACK
        | {
            "WatchEndpoint": throttling("WatchEndpoint"),
            "LookBeforeRollBack": [throttling("LookBeforeRollBack"), NEW, OLD],
        },
    )
    assert [len(ran.requests[name]) for name in ("PutPreviousConfigBack", "TellRolledBack")] == [1, 1]
    assert ran.cause == throttling("WatchEndpoint").cause


def test_pauses_between_throttled_calls_are_random_and_may_grow_by_a_second_each(run: Run) -> None:
    pauses = {
        round(
            run(
                GIVEN, **GOOD | {"CreateModel": [throttling("CreateModel"), good_answers()["CreateModel"]]}
            ).seconds
        )
        for _ in range(40)
    }
    usual = round(run(GIVEN, **GOOD).seconds)
    assert len(pauses) > 1
    assert {pause - usual for pause in pauses} <= set(range(throttled.SHORTEST_S, throttled.LONGEST_S + 1))


def test_no_retry_names_an_error_that_a_denied_call_may_have() -> None:
    text = json.loads(COMPILED.read_text())
    retried = {error for retry in _retries(text) for error in retry["ErrorEquals"]}
    assert "SageMaker.SdkClientException" in retried
    forbidden = {*throttled.ERRORS, "Lambda.AWSLambdaException", "States.ALL", "States.TaskFailed"}
    assert retried & forbidden == set()


def _retries(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield from part.get("Retry", [])
    for value in part.values() if isinstance(part, dict) else part if isinstance(part, list) else []:
        yield from _retries(value)
