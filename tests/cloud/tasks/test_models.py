"""Tasks on models: tuning that is waited for, and the registry through the SDK's integration."""

import json
from typing import Any

from stepmill.cloud.cloud import Cloud
from tests.cloud.sagemaker.things import XGBOOST
from tests.cloud.sagemaker.tunings import NOUN, over, tuning
from tests.cloud.tasks.things import Report, perform, request, runner

TUNING = f"arn:aws:states:::sagemaker:create{NOUN}.sync"
SDK = "arn:aws:states:::aws-sdk:sagemaker:"


def test_a_tuning_job_that_completes_gives_its_best_training_job(cloud: Cloud) -> None:
    report = Report()
    runner(cloud).start(request(cloud, TUNING, tuning(cloud, "fine", most=2)), report)
    word, output = report.outcome()
    found = cloud.call("sagemaker", f"Describe{NOUN}", {f"{NOUN}Name": "fine"})
    assert (word, output[f"{NOUN}Status"]) == ("succeeded", "Completed")
    best = found["BestTrainingJob"]
    assert output["BestTrainingJob"] == best | {
        key: int(best[key].timestamp() * 1000)
        for key in ("CreationTime", "TrainingStartTime", "TrainingEndTime")
    }
    assert report.submission()[f"{NOUN}Arn"] == found[f"{NOUN}Arn"]


def test_a_tuning_job_that_fails_is_task_failed(cloud: Cloud) -> None:
    task = request(cloud, TUNING, tuning(cloud, "bad", "raise SystemExit('no')", most=1))
    word, error, cause = perform(cloud, task)
    assert (word, error) == ("failed", "States.TaskFailed")
    assert json.loads(cause)["FailureReason"].startswith("All training jobs failed.")


def test_stopping_the_task_stops_the_tuning_job(cloud: Cloud) -> None:
    report, tasks = Report(), runner(cloud)
    task = request(cloud, TUNING, tuning(cloud, "halted", "time.sleep(60)", most=4))
    tasks.start(task, report)
    report.submission()
    tasks.stop(task)
    assert over(cloud, "halted")[f"{NOUN}Status"] == "Stopped"


def sdk(cloud: Cloud, action: str, **parameters: Any) -> Any:
    word, *rest = perform(cloud, request(cloud, SDK + action, parameters))
    assert word == "succeeded", rest
    return rest[0]


def test_the_registry_is_used_with_the_sdks_spelling(cloud: Cloud) -> None:
    sdk(cloud, "createModelPackageGroup", ModelPackageGroupName="cars")
    specification = {
        "Containers": [{"Image": XGBOOST, "ModelDataUrl": "s3://cars/m.tar.gz", "Environment": {"A_b": "1"}}],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }
    task = request(
        cloud,
        f"{SDK}createModelPackage",
        {
            "ModelPackageGroupName": "cars",
            "InferenceSpecification": specification,
            "CustomerMetadataProperties": {"run_uri": "s3://cars/r"},
        },
    )
    (_, first), (_, again) = perform(cloud, task), perform(cloud, task)
    arn = first["ModelPackageArn"]
    assert again == first == {"ModelPackageArn": cloud.arn("sagemaker", "model-package/cars/1")}
    sdk(cloud, "updateModelPackage", ModelPackageArn=arn, ModelApprovalStatus="Approved")
    found = sdk(cloud, "describeModelPackage", ModelPackageName=arn)
    assert found["InferenceSpecification"] == specification
    assert found["CustomerMetadataProperties"] == {"run_uri": "s3://cars/r"}
    assert found["CreationTime"][10] == "T"
    listed = sdk(cloud, "listModelPackages", ModelPackageGroupName="cars", ModelApprovalStatus="Approved")
    assert [one["ModelPackageArn"] for one in listed["ModelPackageSummaryList"]] == [arn]


def test_the_registrys_refusals_have_the_names_that_catch_knows(cloud: Cloud) -> None:
    sdk(cloud, "createModelPackageGroup", ModelPackageGroupName="held")
    specification = {"Containers": [{"Image": XGBOOST}]}
    sdk(cloud, "createModelPackage", ModelPackageGroupName="held", InferenceSpecification=specification)
    for action, name, error in (
        ("deleteModelPackageGroup", "held", "SageMaker.ConflictException"),
        ("describeModelPackageGroup", "none", "SageMaker.SageMakerException"),
    ):
        outcome = perform(cloud, request(cloud, SDK + action, {"ModelPackageGroupName": name}))
        assert outcome[:2] == ("failed", error)
