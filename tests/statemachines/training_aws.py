"""What AWS answers the training machine."""

from typing import Any

from stepmill.engine.errors import TaskFailure

from .running import MINE, VERIFIED

JOBS = "arn:aws:sagemaker:us-east-1:123456789012:training-job"
GROUP = "arn:aws:sagemaker:us-east-1:123456789012:model-package/stepmill-prod"
PACKAGE, CHAMPION_PACKAGE = f"{GROUP}/2", f"{GROUP}/1"
LABELS = {
    "data_uri": "s3://data/data/cars.csv",
    "data_version": "none",
    "target": "Price",
    "image_digest": "unknown",
}
LISTED = {
    "files": 1,
    "size_bytes": 70_000,
    "objects_uri": "s3://artifacts/training/1/data/0a1b.jsonl",
    "objects_sha256": "0a1b",
    "unchanged": True,
}
MODEL = "stepmill-prod-model-1"
CHAMPION_SCHEMA = "s3://artifacts/training/0/prepared/schema/features.json"
CHAMPION = {
    "ModelName": "the-champion",
    "PrimaryContainer": {"Image": "XgboostImage", "Environment": {"SCHEMA_URI": CHAMPION_SCHEMA}},
}
VERDICT = {
    "accepted": True,
    "reason": "RMSE 2100.00 is under the limit 4000 and no champion was compared",
    "candidate_rmse": 2100.0,
    "champion_rmse": None,
    "rmse_limit": 4000,
}


def training_answers() -> dict[str, Any]:
    """AWS as it is on a good day: no champion."""
    return {
        "CheckData": {"Payload": LISTED},
        "ListDataAgain": {"Payload": LISTED},
        "Preprocess": {"ProcessingJobStatus": "Completed"},
        "Train": {
            "TrainingJobName": "stepmill-prod-train-1",
            "TrainingJobArn": "arn:aws:sagemaker:us-east-1:123456789012:training-job/stepmill-prod-train-1",
            "ModelArtifacts": {"S3ModelArtifacts": "s3://artifacts/training/1/model/model.tar.gz"},
            "HyperParameters": {"objective": "reg:squarederror", "num_round": "300"},
        },
        "Tune": {"BestTrainingJob": {"TrainingJobName": "stepmill-prod-0-001-ab"}},
        "DescribeBest": {
            "TrainingJobName": "stepmill-prod-0-001-ab",
            "TrainingJobArn": f"{JOBS}/stepmill-prod-0-001-ab",
            "ModelArtifacts": {"S3ModelArtifacts": "s3://artifacts/training/1/model/best/model.tar.gz"},
            "HyperParameters": {"objective": "reg:squarederror", "eta": "0.3"},
        },
        "CreateModel": {"ModelArn": f"arn:aws:sagemaker:us-east-1:123456789012:model/{MODEL}"},
        "SaveCandidateName": {"Version": 1, "Tier": "Standard"},
        "QueryMetrics": {"Payload": {"metrics": {"validation_rmse": 2050.5}}, "StatusCode": 200},
        "SealModel": {
            "Payload": {
                "manifest_uri": "s3://artifacts/training/1/manifest.json",
                "sha256": "5ea1",
                "labels": LABELS,
            }
        },
        "AcquireLock": MINE,
        "TellSkipped": {"MessageId": "0"},
        "FindChampion": TaskFailure("Ssm.ParameterNotFoundException", "not there"),
        "FindChampionPackage": {"Parameter": {"Value": CHAMPION_PACKAGE}},
        "DescribeChampion": CHAMPION,
        "EncodeForChampion": {"ProcessingJobStatus": "Completed"},
        "TransformCandidate": {
            "TransformOutput": {"S3OutputPath": "s3://artifacts/training/1/predictions/candidate"}
        },
        "TransformChampion": {
            "TransformOutput": {"S3OutputPath": "s3://artifacts/training/1/predictions/champion"}
        },
        "JudgeCandidate": {"Payload": VERDICT},
        "TellRejected": {"MessageId": "1"},
        "DataBaseline": {},
        "ModelQualityBaseline": {},
        "PlanAttributions": {},
        "AskForAttributions": {
            "TransformOutput": {"S3OutputPath": "s3://artifacts/training/1/predictions/attributions"}
        },
        "SolveAttributions": {},
        "VerifyModel": VERIFIED,
        "ConfirmLock": MINE,
        "FindGroup": {"ModelPackageGroupName": "stepmill-prod"},
        "CreateGroup": {"ModelPackageGroupArn": "arn"},
        "RegisterModel": {"ModelPackageArn": PACKAGE},
        "ReleaseLock": {"Payload": {}},
        "ReleaseAfterRejection": {"Payload": {}},
        "ReleaseAfterFailure": {"Payload": {}},
    }
