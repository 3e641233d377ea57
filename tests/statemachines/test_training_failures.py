"""Every way in which the training machine fails: one reason, the lock released, the champion as it was."""

import json
from typing import Any

import pytest

from stepmill.engine import After
from stepmill.engine.errors import TaskFailure

from .running import Run, assert_champion_untouched

DATA_ERROR = "cars.csv: row 7, column Mileage: 'n/a' is not a number; write a number or leave the cell empty"


def job_failure(**described: str) -> TaskFailure:
    return TaskFailure("States.TaskFailed", json.dumps(described))


@pytest.mark.parametrize("error", ["DataError", "ObjectMissing"])
def test_data_that_their_head_shows_to_be_bad_start_no_job(run: Run, error: str) -> None:
    cause = json.dumps({"errorMessage": DATA_ERROR, "errorType": error, "stackTrace": []})
    ran = run(CheckData=TaskFailure(error, cause))
    assert_champion_untouched(ran)
    assert (ran.error, ran.cause) == (error, DATA_ERROR)
    assert list(ran.requests) == ["CheckData", "ReleaseAfterFailure"]


def test_the_data_are_checked_as_the_execution_is_given_them(run: Run) -> None:
    ran = run({"data_uri": "s3://data/data/cars/", "target": "price"})
    [checked] = ran.requests["CheckData"]
    [again] = ran.requests["ListDataAgain"]
    payload = checked["Payload"]
    given = {"data_uri": "s3://data/data/cars/", "target": "price", "listed_sha256": None}
    given |= {"preprocess_step": "none"}
    types = ["ml.m5.xlarge", "ml.m5.2xlarge", "ml.c5.2xlarge"]
    free: dict[str, Any] = {"hyperparameters": {}, "training_instance_types": types, "tuning": None}
    assert payload == {**given, "objects_uri": payload["objects_uri"], "settings": free}
    assert payload["objects_uri"].startswith("s3://artifacts/training/")
    absent = dict.fromkeys(["target", "preprocess_step", "settings"])
    assert again["Payload"] == {**payload, **absent, "listed_sha256": "0a1b"}


def test_bad_data_end_with_the_line_that_names_file_row_and_column(run: Run) -> None:
    ran = run(
        Preprocess=job_failure(
            ProcessingJobName="p-1",
            ProcessingJobStatus="Failed",
            ExitMessage=DATA_ERROR,
            FailureReason="AlgorithmError: exit code 2",
        )
    )
    assert_champion_untouched(ran)
    assert (ran.error, ran.cause) == ("JobFailed", DATA_ERROR)


def test_a_failed_training_job_ends_with_its_reason(run: Run) -> None:
    ran = run(
        Train=job_failure(
            TrainingJobName="t-1", TrainingJobStatus="Failed", FailureReason="AlgorithmError: no rows"
        )
    )
    assert_champion_untouched(ran)
    assert (ran.error, ran.cause) == ("JobFailed", "AlgorithmError: no rows")


def test_a_stopped_training_job_is_an_ending_of_its_own(run: Run) -> None:
    ran = run(
        Train=job_failure(
            TrainingJobName="t-1", TrainingJobStatus="Stopped", SecondaryStatus="MaxRuntimeExceeded"
        )
    )
    assert_champion_untouched(ran)
    assert ran.error == "JobStopped"
    assert ran.cause == "t-1: stopped before its end (MaxRuntimeExceeded); start the execution again"


def test_a_stopped_processing_job_is_an_ending_of_its_own(run: Run) -> None:
    ran = run(Preprocess=job_failure(ProcessingJobName="p-1", ProcessingJobStatus="Stopped"))
    assert_champion_untouched(ran)
    assert ran.error == "JobStopped"
    assert ran.cause == "p-1: stopped before its end (Stopped); start the execution again"


@pytest.mark.parametrize(
    "state",
    [
        *("TransformCandidate", "TransformChampion", "DataBaseline", "ModelQualityBaseline"),
        *("PlanAttributions", "AskForAttributions", "SolveAttributions"),
    ],
)
def test_a_job_in_a_branch_ends_with_its_reason(run: Run, state: str) -> None:
    failed = job_failure(TransformJobName="x", TransformJobStatus="Failed", FailureReason="ClientError: x")
    ran = run(FindChampion={"Parameter": {"Value": "the-champion"}}, **{state: failed})
    assert_champion_untouched(ran)
    assert (ran.error, ran.cause) == ("JobFailed", "ClientError: x")


def test_data_that_the_champion_cannot_read_end_with_the_column_and_what_to_do(run: Run) -> None:
    said = "s3://data/data/cars.csv: row 1, column Doors: is not there, but the champion was trained with it"
    ran = run(
        FindChampion={"Parameter": {"Value": "the-champion"}},
        EncodeForChampion=job_failure(
            ProcessingJobName="e-1",
            ProcessingJobStatus="Failed",
            ExitMessage=said,
            FailureReason="AlgorithmError: exit code 2",
        ),
    )
    assert_champion_untouched(ran)
    assert (ran.error, ran.cause) == ("JobFailed", said)
    assert "JudgeCandidate" not in ran.states


@pytest.mark.parametrize(
    "described",
    [
        {},
        {"Containers": [{"Image": "i"}]},
        {"PrimaryContainer": {"Image": "i"}},
        {"PrimaryContainer": {"Image": "i", "Environment": {"OTHER": "x"}}},
    ],
)
def test_a_champion_that_does_not_tell_its_schema_is_compared_with_nobody(
    run: Run, described: dict[str, Any]
) -> None:
    ran = run(FindChampion={"Parameter": {"Value": "the-champion"}}, DescribeChampion=described)
    assert_champion_untouched(ran)
    assert (ran.error, ran.cause) == (
        "ChampionUnknown",
        "model the-champion: has no variable SCHEMA_URI that tells how its features were made; set "
        "compare_with_champion to false to replace the champion without a comparison",
    )
    assert "Evaluate" not in ran.states


def test_a_champion_that_has_gone_is_told_by_its_name(run: Run) -> None:
    gone = TaskFailure("SageMaker.SageMakerException", 'Could not find model "arn:x:model/the-champion".')
    ran = run(FindChampion={"Parameter": {"Value": "the-champion"}}, DescribeChampion=gone)
    assert_champion_untouched(ran)
    assert (ran.error, ran.cause) == (
        "SageMaker.SageMakerException",
        'Could not find model "arn:x:model/the-champion".',
    )


def test_a_function_that_raises_ends_with_its_message(run: Run) -> None:
    cause = json.dumps(
        {"errorMessage": "s3://m: sha256 is 1, sealed was 2", "errorType": "ModelAltered", "stackTrace": []}
    )
    ran = run(VerifyModel=TaskFailure("ModelAltered", cause))
    assert_champion_untouched(ran)
    assert (ran.error, ran.cause) == ("ModelAltered", "s3://m: sha256 is 1, sealed was 2")
    assert "RegisterModel" not in ran.states


def test_a_plain_cause_is_kept_as_it_is(run: Run) -> None:
    ran = run(
        SaveCandidateName=TaskFailure(
            "Ssm.AccessDeniedException", "not authorized to perform: ssm:PutParameter"
        )
    )
    assert_champion_untouched(ran)
    assert (ran.error, ran.cause) == (
        "Ssm.AccessDeniedException",
        "not authorized to perform: ssm:PutParameter",
    )
    assert len(ran.requests["SaveCandidateName"]) == 1


def test_a_job_that_never_ends_times_out_in_words(run: Run) -> None:
    ran = run(Preprocess=After(float("inf")))
    assert_champion_untouched(ran)
    assert ran.error == "States.Timeout"
    assert ran.cause == "States.Timeout: a step took longer than it may; was the service slow or stuck?"


def test_an_instance_type_that_aws_lacks_is_followed_by_the_next(run: Run) -> None:
    lacking = job_failure(
        TrainingJobName="t", TrainingJobStatus="Failed", FailureReason="CapacityError: no capacity"
    )
    good = run().requests["Train"][0]
    ran = run(
        Train=[
            lacking,
            {
                "TrainingJobName": "t2",
                "TrainingJobArn": "a",
                "ModelArtifacts": {"S3ModelArtifacts": "s3://m"},
                "HyperParameters": {},
            },
        ]
    )
    assert ran.status == "SUCCEEDED"
    first, second = ran.requests["Train"]
    assert first == good
    assert (first["ResourceConfig"]["InstanceType"], second["ResourceConfig"]["InstanceType"]) == (
        "ml.m5.xlarge",
        "ml.m5.2xlarge",
    )
    assert first["TrainingJobName"] != second["TrainingJobName"]


def test_no_capacity_anywhere_fails_after_each_type_was_tried_once(run: Run) -> None:
    ran = run(
        Train=job_failure(
            TrainingJobName="t", TrainingJobStatus="Failed", FailureReason="CapacityError: none"
        )
    )
    assert_champion_untouched(ran)
    assert (ran.error, ran.cause) == ("JobFailed", "CapacityError: none")
    assert len(ran.requests["Train"]) == 3


def test_a_quota_that_is_used_up_is_waited_for_with_growing_pauses(run: Run) -> None:
    used_up = TaskFailure("SageMaker.ResourceLimitExceededException", "account-level service limit")
    ran = run(Preprocess=[used_up, used_up, used_up, {}])
    assert ran.status == "SUCCEEDED"
    assert ran.seconds == 60 + 120 + 240
    names = [request["ProcessingJobName"] for request in ran.requests["Preprocess"]]
    assert len(set(names)) == 4


@pytest.mark.parametrize(
    "error",
    ["Lambda.TooManyRequestsException", "Lambda.ServiceException", "Sandbox.Timedout", "Runtime.ExitError"],
)
def test_a_busy_or_crashed_function_is_asked_again(run: Run, error: str) -> None:
    ran = run(QueryMetrics=[TaskFailure(error, "x"), {"Payload": {"metrics": {}}}])
    assert ran.status == "SUCCEEDED"
    assert len(ran.requests["QueryMetrics"]) == 2


def test_a_lock_that_cannot_be_released_does_not_hide_the_reason(run: Run) -> None:
    ran = run(
        Train=job_failure(TrainingJobName="t", TrainingJobStatus="Failed", FailureReason="why"),
        ReleaseAfterFailure=TaskFailure("Lambda.ResourceNotFoundException", "gone"),
    )
    assert (ran.status, ran.error, ran.cause) == ("FAILED", "JobFailed", "why")


@pytest.mark.parametrize(
    ("state", "error", "good"),
    [
        ("Preprocess", "SageMaker.SdkClientException", {}),
        ("CreateModel", "SageMaker.SdkClientException", {"ModelArn": "arn:x:model/m"}),
        ("SaveCandidateName", "Ssm.ThrottlingException", {}),
        ("SaveCandidateName", "Ssm.SdkClientException", {}),
        ("QueryMetrics", "Lambda.SdkClientException", {"Payload": {"metrics": {}}}),
    ],
)
def test_a_throttled_or_lost_call_is_made_again(
    run: Run, state: str, error: str, good: dict[str, Any]
) -> None:
    ran = run(**{state: [TaskFailure(error, "Rate exceeded"), good]})
    assert ran.status == "SUCCEEDED"
    assert len(ran.requests[state]) == 2


@pytest.mark.parametrize(
    ("state", "error"),
    [
        ("SaveCandidateName", "Ssm.AccessDeniedException"),
        ("SealModel", "ArchiveRefused"),
        ("VerifyModel", "ModelAltered"),
        ("JudgeCandidate", "NumberNotFinite"),
    ],
)
def test_what_cannot_succeed_is_not_tried_again(run: Run, state: str, error: str) -> None:
    ran = run(**{state: TaskFailure(error, "why")})
    assert (ran.status, ran.error, len(ran.requests[state])) == ("FAILED", error, 1)
