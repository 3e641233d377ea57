"""Groups, packages and requests that the tests of the model registry share."""

from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError
from tests.cloud.sagemaker.things import XGBOOST

OWNER = {"IamIdentity": {"Arn": "arn:aws:iam::123456789012:root", "PrincipalId": "123456789012"}}
GROUP_ARN = "arn:aws:sagemaker:us-east-1:123456789012:model-package-group"
PACKAGE_ARN = "arn:aws:sagemaker:us-east-1:123456789012:model-package"
SPECIFICATION: dict[str, Any] = {
    "Containers": [
        {
            "Image": XGBOOST,
            "ModelDataUrl": "s3://cars/models/a/output/model.tar.gz",
            "Environment": {"SCHEMA_URI": "s3://cars/schema/features.json", "LEVEL": "1"},
        }
    ],
    "SupportedContentTypes": ["text/csv"],
    "SupportedResponseMIMETypes": ["text/csv"],
}
SOURCE = {"ContentType": "application/json", "S3Uri": "s3://cars/baseline/statistics.json"}
EVERYTHING: dict[str, Any] = {
    "ModelPackageDescription": "prices of used cars",
    "InferenceSpecification": SPECIFICATION,
    "ModelApprovalStatus": "PendingManualApproval",
    "ModelMetrics": {
        "ModelQuality": {"Statistics": SOURCE},
        "ModelDataQuality": {"Statistics": SOURCE, "Constraints": SOURCE},
        "Explainability": {"Report": SOURCE},
    },
    "DriftCheckBaselines": {"ModelDataQuality": {"Statistics": SOURCE, "Constraints": SOURCE}},
    "CustomerMetadataProperties": {"rmse": "12.5", "parent": "none"},
    "MetadataProperties": {"CommitId": "abc", "GeneratedBy": "training"},
    "SourceUri": "s3://cars/runs/a/",
    "Domain": "MACHINE_LEARNING",
    "Task": "REGRESSION",
}


def call(cloud: Cloud, operation: str, **params: Any) -> dict[str, Any]:
    return cloud.call("sagemaker", operation, params)


def group(cloud: Cloud, name: str, **more: Any) -> str:
    arn: str = call(cloud, "CreateModelPackageGroup", ModelPackageGroupName=name, **more)[
        "ModelPackageGroupArn"
    ]
    return arn


def package(cloud: Cloud, name: str, **more: Any) -> str:
    params = {"InferenceSpecification": SPECIFICATION, **more}
    arn: str = call(cloud, "CreateModelPackage", ModelPackageGroupName=name, **params)["ModelPackageArn"]
    return arn


def listed(cloud: Cloud, **params: Any) -> list[int]:
    found = call(cloud, "ListModelPackages", **params)["ModelPackageSummaryList"]
    return [one["ModelPackageVersion"] for one in found]


def refusal(cloud: Cloud, operation: str, **params: Any) -> tuple[str, str]:
    with pytest.raises(AwsError) as caught:
        call(cloud, operation, **params)
    return caught.value.code, caught.value.message
