"""What AWS answers the batch scoring machine."""

from typing import Any

from .running import VERIFIED
from .training_aws import PACKAGE

MODEL = "stepmill-prod-scoring-1"
FOUND = {
    "model_package_arn": PACKAGE,
    "version": "2",
    "model_uri": "s3://artifacts/training/1/model/t/output/model.tar.gz",
    "schema_uri": "s3://artifacts/training/1/prepared/schema/features.json",
    "manifest_uri": "s3://artifacts/training/1/manifest.json",
    "manifest_sha256": "5ea1",
    "parameter_prefix": "/stepmill/prod/training",
    "algorithm": "xgboost",
    "baseline_uri": "s3://artifacts/training/1/baseline/data",
    "attributions_uri": "s3://artifacts/training/1/baseline/attributions",
    "passed_over": [],
}
DECIDED = {
    "retrain": False,
    "reason": "10 of 10 rows scored by version 2; no training: no limit is reached",
    "causes": [],
    "rows": 10,
    "scored": 10,
    "rejected": 0,
    "drifted": [],
    "ndcg": 0.97,
    "training": {},
}
GIVEN = {"data_uri": "s3://data/scoring/cars.csv"}


def scoring_answers() -> dict[str, Any]:
    """AWS as it is on a good day: an approved model with attributions, and nothing has drifted."""
    return {
        "FindModel": {"Payload": FOUND},
        "CheckRows": {"Payload": {"files": 1, "size_bytes": 100}},
        "VerifyModel": VERIFIED,
        "PrepareRows": {"ProcessingJobStatus": "Completed"},
        "CreateModel": {"ModelArn": f"arn:aws:sagemaker:us-east-1:123456789012:model/{MODEL}"},
        "Score": {"TransformJobStatus": "Completed"},
        "FinishRows": {"ProcessingJobStatus": "Completed"},
        "DataDrift": {},
        "PlanAttributions": {},
        "AskModel": {},
        "SolveAttributions": {},
        "DecideRetraining": {"Payload": DECIDED},
        "StartTraining": {"ExecutionArn": "arn"},
        "DeleteModel": {},
        "DeleteAfterFailure": {},
    }
