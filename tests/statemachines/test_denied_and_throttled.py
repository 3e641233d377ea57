"""Every task of the machine, denied and throttled: a denied call is made once, a throttled one again."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from statemachines.fragments import throttled
from stepmill.engine.errors import TaskFailure

from .deployment_aws import CONFIG, NO_ENDPOINT, deployment_answers, described, package
from .running import Ran, Run, compiled
from .test_tuning import RANDOM
from .training_aws import PACKAGE, VERDICT, training_answers

OLD, NEW = described("InService", "old-config"), described("InService", CONFIG)
CHAMPION = {"FindChampion": {"Parameter": {"Value": "the-champion"}}}
HELD = {"AcquireLock": {"Payload": {"acquired": False, "holder": "x", "fencing_token": 1}}}
NO_GROUP = TaskFailure("SageMaker.SageMakerException", "ModelPackageGroup x does not exist.")
UPDATE = {"FindEndpoint": OLD, "LookBeforeRollBack": [NEW, OLD]}
FIRST = {
    "SaveEndpointName": TaskFailure("Ssm.ParameterLimitExceeded", "full"),
    "LookBeforeRollBack": NEW,
}
BACK = {**UPDATE, "WatchEndpoint": described("Failed", CONFIG)}
REJECTED = {**CHAMPION, "JudgeCandidate": {"Payload": VERDICT | {"accepted": False}}}
FAILED = {**CHAMPION, "QueryMetrics": TaskFailure("MetricsMissing", "none")}
LATE = {
    "DescribePackage": package(approval="automatic"),
    "FindChampionPackage": {"Parameter": {"Value": "x"}},
}
LIVE = {"FindChampionPackage": {"Parameter": {"Value": PACKAGE}}}
GIVEN: dict[str, dict[str, Any]] = {
    "training": {"data_uri": "s3://data/data/cars.csv", "lock_looks": 0},
    "deployment": {"model_package_arn": PACKAGE, "lock_looks": 0, "on_approval": True},
}
TUNED = dict(CHAMPION)
GOOD: dict[str, dict[str, Any]] = {"training": CHAMPION, "deployment": UPDATE}
ANSWERS = {"training": training_answers, "deployment": deployment_answers}
# What leads to a task that the good way does not meet.
WAYS: dict[str, dict[str, dict[str, Any]]] = {
    "training": {
        "Tune": TUNED,
        "DescribeBest": TUNED,
        "CreateGroup": {**CHAMPION, "FindGroup": NO_GROUP},
        "TellSkipped": HELD,
        "TellRejected": REJECTED,
        "ReleaseAfterRejection": REJECTED,
        "ReleaseAfterFailure": FAILED,
    },
    "deployment": {
        "CreateEndpoint": {**UPDATE, "FindEndpoint": NO_ENDPOINT},
        "DeleteEndpoint": {**UPDATE, "FindEndpoint": [described("Failed", "old-config"), NO_ENDPOINT]},
        "TellSkipped": HELD,
        "ReleaseAfterAlready": LIVE,
        "ReleaseAfterSuperseded": LATE,
        "LookBeforeRollBack": BACK,
        "PutPreviousConfigBack": BACK,
        "RestoreConfigName": BACK,
        "RestorePackageArn": BACK,
        "TellRolledBack": BACK,
        "TellNotRolledBack": {**BACK, "LookBeforeRollBack": described("InService", "config-of-another")},
        "StopScaling": FIRST,
        "TakeFirstEndpointOff": FIRST,
        "TellTakenOff": FIRST,
        "ReleaseAfterFailure": BACK,
    },
}
SCALING = throttled.SCALING[0]
# Their failure has its message, and the reason for which the way back was taken ends the execution.
WAY_BACK = (
    *("LookBeforeRollBack", "PutPreviousConfigBack", "RestoreConfigName", "RestorePackageArn"),
    "TakeFirstEndpointOff",
)
# The execution goes on without them.
DISPENSABLE = (
    *("ReleaseLock", "ReleaseAfterRejection", "ReleaseAfterFailure", "StopScaling"),
    *("ReleaseAfterAlready", "ReleaseAfterSuperseded"),
)
WHO = "User: arn:aws:sts::123456789012:assumed-role/machine/x is not authorized to perform: x:Do on resource"


def tasks(scope: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, state in scope["States"].items():
        if state["Type"] == "Task":
            yield name, state["Resource"].split(":", 5)[5]
        for branch in state.get("Branches", []):
            yield from tasks(branch)


# A task of these tests is "<machine>.<state>".
RESOURCES = {
    f"{machine}.{name}": resource
    for machine in GIVEN
    for name, resource in tasks(json.loads(compiled(machine).read_text()))
}
SAGEMAKER = [task for task, resource in RESOURCES.items() if "sagemaker:" in resource]
THROTTLED_IN_WORDS = ("sagemaker", "applicationautoscaling")


def service(task: str) -> str:
    return RESOURCES[task].removeprefix("aws-sdk:").split(":")[0]


def is_sdk(task: str) -> bool:
    return RESOURCES[task].startswith("aws-sdk:")


def answers(task: str) -> dict[str, Any]:
    machine, name = task.split(".")
    return WAYS[machine].get(name, GOOD[machine])


def usual_answer(task: str) -> Any:
    machine, name = task.split(".")
    return answers(task).get(name, ANSWERS[machine]()[name])


@pytest.fixture
def start(run: Run, deploy: Run) -> Run:
    """start(task, answer for it): its machine, run on the way that leads to it."""
    runs = {"training": run, "deployment": deploy}

    def of(task: str, *answer: Any) -> Ran:
        machine, name = task.split(".")
        given = GIVEN[machine] | ({"tuning": RANDOM} if answers(task) is TUNED else {})
        return runs[machine](given, **answers(task) | ({name: answer[0]} if answer else {}))

    return of


def refusals(task: str) -> list[TaskFailure]:
    """As each integration names them; the resource is called like what throttling says."""
    denied = f"{WHO}: x/Throttled (Status Code: 403; Error Code: AccessDeniedException; Request ID: 1)"
    disabled = "The KMS key is disabled (Status Code: 400; Error Code: KMSDisabledException; Request ID: 1)"
    general = "SageMakerException" if is_sdk(task) else "AmazonSageMakerException"
    by_service = {
        "sagemaker": [(f"SageMaker.{general}", denied), (f"SageMaker.{general}", disabled)],
        "lambda": [("Lambda.AWSLambdaException", denied), ("Lambda.KMSDisabledException", disabled)],
        "ssm": [("Ssm.SsmException", denied), ("Ssm.SsmException", disabled)],
        "sns": [("SNS.AuthorizationErrorException", denied), ("SNS.KMSDisabledException", disabled)],
        "applicationautoscaling": [(SCALING, denied), (SCALING, disabled)],
    }
    return [TaskFailure(error, cause) for error, cause in by_service[service(task)]]


def throttling(task: str) -> TaskFailure:
    cause = "Rate exceeded (Status Code: 400; Error Code: ThrottlingException; Request ID: 1)"
    by_service = {
        "sagemaker": "SageMaker.SageMakerException" if is_sdk(task) else "SageMaker.AmazonSageMakerException",
        "lambda": "Lambda.TooManyRequestsException",
        "ssm": "Ssm.ThrottlingException",
        "sns": "SNS.ThrottledException",
        "applicationautoscaling": SCALING,
    }
    return TaskFailure(by_service[service(task)], cause)


def assert_ends_for(start: Run, task: str, why: TaskFailure, calls: int) -> None:
    """One clear end: the task was called so often, and its failure is the reason or is told."""
    name = task.split(".")[1]
    ran, usual = start(task, why), start(task)
    assert len(ran.requests[name]) == calls
    assert ran.events < 1_500
    if name in DISPENSABLE or service(task) == "sns":
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


def test_every_task_is_met_on_the_ways_of_these_tests(start: Run) -> None:
    assert [task for task in RESOURCES if task.split(".")[1] not in start(task).requests] == []
    counts = [sum(task.startswith(machine) for task in RESOURCES) for machine in GIVEN]
    assert counts == [33, 36]


@pytest.mark.parametrize("task", RESOURCES)
@pytest.mark.parametrize("which", [0, 1], ids=["denied", "kms_disabled"])
def test_a_call_that_is_refused_is_made_once_and_its_cause_ends_the_execution(
    start: Run, task: str, which: int
) -> None:
    """Row 20."""
    assert_ends_for(start, task, refusals(task)[which], calls=1)


@pytest.mark.parametrize("task", RESOURCES)
def test_a_call_that_is_throttled_twice_is_made_three_times_and_all_goes_on(start: Run, task: str) -> None:
    machine, name = task.split(".")
    good = usual_answer(task)
    usual = start(task)
    ran = start(task, [throttling(task)] * 2 + (good if isinstance(good, list) else [good]))
    assert (ran.status, ran.output, ran.error, ran.cause) == (
        usual.status,
        usual.output,
        usual.error,
        usual.cause,
    )
    assert len(ran.requests[name]) == len(usual.requests[name]) + 2
    if answers(task) is GOOD[machine]:
        assert ran.output["outcome"] == {"training": "registered", "deployment": "live"}[machine]
        assert len(ran.requests[name]) == 3


@pytest.mark.parametrize("task", RESOURCES)
def test_a_call_that_is_throttled_for_ever_ends_the_execution_after_many(start: Run, task: str) -> None:
    calls = dict.fromkeys(THROTTLED_IN_WORDS, throttled.MAX_CALLS + 1) | {"lambda": 7, "ssm": 6, "sns": 6}
    assert_ends_for(start, task, throttling(task), calls[service(task)])


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
@pytest.mark.parametrize(
    "task",
    [
        *("training.Preprocess", "training.DescribeChampion", "training.TransformChampion"),
        *("deployment.WatchEndpoint", "deployment.BoundInstances"),
    ],
)
def test_a_busy_service_is_asked_again(start: Run, task: str, said: str) -> None:
    name = task.split(".")[1]
    busy = TaskFailure(throttling(task).error, said)
    ran = start(task, [busy, usual_answer(task)])
    assert (ran.status, len(ran.requests[name])) == ("SUCCEEDED", 2)


@pytest.mark.parametrize("task", SAGEMAKER)
def test_a_request_that_is_wrong_is_made_once(start: Run, task: str) -> None:
    said = "1 validation error (Service: AmazonSageMaker; Status Code: 400; Error Code: ValidationException)"
    assert_ends_for(start, task, TaskFailure(throttling(task).error, said), calls=1)


@pytest.mark.parametrize(
    "task", [task for task, resource in RESOURCES.items() if resource.endswith("Job.sync")]
)
def test_a_job_whose_own_reason_reads_like_throttling_is_not_run_again(start: Run, task: str) -> None:
    """The words may come from the data."""
    failed = TaskFailure(
        "States.TaskFailed", '{"FailureReason": "cars.csv: row 2, column Throttled: Rate exceeded"}'
    )
    ran = start(task, failed)
    assert (ran.error, ran.cause) == ("JobFailed", "cars.csv: row 2, column Throttled: Rate exceeded")
    assert len(ran.requests[task.split(".")[1]]) == 1


def test_throttled_calls_of_all_tasks_together_are_bounded(run: Run) -> None:
    some = [throttling("training.Train")] * 20
    never = throttling("training.CreateModel")
    ran = run(Preprocess=[*some, {}], Train=[*some, training_answers()["Train"]], CreateModel=never)
    assert (ran.status, ran.cause) == ("FAILED", never.cause)
    assert [len(ran.requests[name]) for name in ("Preprocess", "Train", "CreateModel")] == [21, 21, 1]


def test_the_way_back_has_its_throttled_calls_though_the_way_there_used_up_all(deploy: Run) -> None:
    never = throttling("deployment.WatchEndpoint")
    ran = deploy(**BACK | {"WatchEndpoint": never, "LookBeforeRollBack": [never, NEW, OLD]})
    assert [len(ran.requests[name]) for name in ("PutPreviousConfigBack", "TellRolledBack")] == [1, 1]
    assert ran.cause == never.cause


def test_pauses_between_throttled_calls_are_random_and_may_grow_by_a_second_each(run: Run) -> None:
    once = [throttling("training.CreateModel"), training_answers()["CreateModel"]]
    pauses = {round(run(CreateModel=once).seconds) for _ in range(40)}
    usual = round(run().seconds)
    assert len(pauses) > 1
    assert {pause - usual for pause in pauses} <= set(range(throttled.SHORTEST_S, throttled.LONGEST_S + 1))
