"""What the Model Registry and the seal are told of a model."""

import hashlib

import pytest
from millkit import approved

from statemachines.fragments import registry
from stepmill.engine.errors import TaskFailure

from .running import Run
from .training_aws import CHAMPION_PACKAGE, LABELS, LISTED, PACKAGE

EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:machine:run"


@pytest.fixture
def full(run: Run) -> Run:
    champion = {"Parameter": {"Value": "the-champion"}}
    return lambda **answers: run(**{"FindChampion": champion, **answers})


def test_a_version_tells_all_of_its_lineage_and_how_it_is_deployed(full: Run) -> None:
    ran = full()
    [package] = ran.requests["RegisterModel"]
    run_id = hashlib.md5(EXECUTION.encode(), usedforsecurity=False).hexdigest()
    folder = f"s3://artifacts/training/{run_id}"
    assert package.pop("CustomerMetadataProperties") == {
        "run_uri": folder,
        "schema_uri": f"{folder}/prepared/schema/features.json",
        "manifest_uri": "s3://artifacts/training/1/manifest.json",
        "manifest_sha256": "5ea1",
        **LABELS,
        "data_objects_uri": "s3://artifacts/training/1/data/0a1b.jsonl",
        "data_objects_sha256": "0a1b",
        "data_unchanged": "true",
        "code_uri": "s3://artifacts/code/1/",
        "image": "XgboostImage",
        "algorithm": "xgboost",
        "rmse": "2100.0",
        "parent": CHAMPION_PACKAGE,
        "approval": "manual",
        "training_job_arn": "arn:aws:sagemaker:us-east-1:123456789012:training-job/stepmill-prod-train-1",
        "execution_arn": EXECUTION,
        "endpoint_name": "stepmill-prod",
        "parameter_prefix": "/stepmill/prod/training",
        "endpoint_instance_type": "ml.m5.large",
        "min_instances": "1",
        "max_instances": "2",
        "invocations_per_instance": "1000.0",
        "canary_percent": "10",
        "bake_s": "300",
    }

    def source(file: str) -> dict[str, str]:
        return {"ContentType": "application/json", "S3Uri": f"{folder}/baseline/{file}.json"}

    baselines = {
        kind: {"Statistics": source(f"{place}/statistics"), "Constraints": source(f"{place}/constraints")}
        for kind, place in (("ModelDataQuality", "data"), ("ModelQuality", "model_quality"))
    }
    analysis = source("attributions/analysis")
    container = {
        "Image": "XgboostImage",
        "ModelDataUrl": "s3://artifacts/training/1/model/model.tar.gz",
        "Environment": {"SCHEMA_URI": f"{folder}/prepared/schema/features.json"},
    }
    assert package == {
        "ModelPackageGroupName": "stepmill-prod",
        "ModelPackageDescription": "RMSE 2100.00 is under the limit 4000 and no champion was compared",
        "ClientToken": run_id,
        "InferenceSpecification": {
            "Containers": [container],
            "SupportedContentTypes": ["text/csv"],
        },
        "ModelApprovalStatus": "PendingManualApproval",
        "ModelMetrics": baselines | {"Explainability": {"Report": analysis}},
        "DriftCheckBaselines": baselines | {"Explainability": {"Constraints": analysis}},
        "MetadataProperties": {"GeneratedBy": EXECUTION},
    }


def test_a_registration_whose_answer_was_lost_is_asked_for_by_the_same_token(full: Run) -> None:
    lost = TaskFailure("SageMaker.SdkClientException", "Unable to execute HTTP request")
    ran = full(RegisterModel=[lost, {"ModelPackageArn": PACKAGE}])
    first, second = ran.requests["RegisterModel"]
    assert first == second


def test_seals_the_facts_of_the_training(full: Run) -> None:
    [sealed] = full().requests["SealModel"]
    facts = sealed["Payload"]["facts"]
    assert facts.pop("hyperparameters") == {"objective": "reg:squarederror", "num_round": "300"}
    assert facts == {
        "data_uri": "s3://data/data/cars.csv",
        "data_version": "",
        "target": "Price",
        "algorithm": "xgboost",
        "image": "XgboostImage",
        "code_uri": "s3://artifacts/code/1/",
        "training_job_arn": "arn:aws:sagemaker:us-east-1:123456789012:training-job/stepmill-prod-train-1",
        "metrics": {"validation_rmse": 2050.5},
        "data_objects_uri": "s3://artifacts/training/1/data/0a1b.jsonl",
        "data_objects_sha256": "0a1b",
        "data_unchanged": True,
    }
    assert sealed["Payload"]["manifest_uri"].endswith("/manifest.json")


def test_data_that_changed_while_it_was_read_is_told_by_its_model(full: Run) -> None:
    ran = full(ListDataAgain={"Payload": LISTED | {"unchanged": False}})
    assert ran.requests["ListDataAgain"][0]["Payload"]["listed_sha256"] == "0a1b"
    [package] = ran.requests["RegisterModel"]
    assert package["CustomerMetadataProperties"]["data_unchanged"] == "false"
    assert ran.requests["SealModel"][0]["Payload"]["facts"]["data_unchanged"] is False


def test_a_version_tells_scoring_what_it_looks_for(full: Run) -> None:
    """The functions and the machines share no module: what both name must agree."""
    [package] = full().requests["RegisterModel"]
    assert set(approved.FACTS) <= package["CustomerMetadataProperties"].keys()
    assert approved.APPROVE.partition(": ")[2] == registry.APPROVE.partition(": ")[2]
