"""What AWS answers the deployment machine."""

from typing import Any

from stepmill.engine.errors import TaskFailure

from .running import MINE, VERIFIED
from .training_aws import CHAMPION_PACKAGE, GROUP, PACKAGE

MODEL = "stepmill-prod-model-1"
CONFIG = "stepmill-prod-config-1"
FACTS = {
    "run_uri": "s3://artifacts/training/1",
    "schema_uri": "s3://artifacts/training/1/prepared/schema/features.json",
    "manifest_uri": "s3://artifacts/training/1/manifest.json",
    "manifest_sha256": "5ea1",
    "parent": CHAMPION_PACKAGE,
    "approval": "manual",
    "endpoint_name": "stepmill-prod",
    "parameter_prefix": "/stepmill/prod/training",
    "endpoint_instance_type": "ml.m5.large",
    "min_instances": "1",
    "max_instances": "2",
    "invocations_per_instance": "1000.0",
    "canary_percent": "10",
    "bake_s": "300",
}
NO_ENDPOINT = TaskFailure(
    "SageMaker.SageMakerException",
    'Could not find endpoint "stepmill-prod". (Service: SageMaker, Status Code: 400)',
)


def package(status: str = "Approved", **facts: str) -> dict[str, Any]:
    """A version as DescribeModelPackage tells of it."""
    container = {
        "Image": "image",
        "ModelDataUrl": "s3://artifacts/training/1/model/model.tar.gz",
        "Environment": {"SCHEMA_URI": FACTS["schema_uri"]},
    }
    return {
        "ModelPackageArn": PACKAGE,
        "ModelPackageGroupName": GROUP.rpartition("/")[2],
        "ModelPackageVersion": 2,
        "ModelApprovalStatus": status,
        "InferenceSpecification": {"Containers": [container]},
        "CustomerMetadataProperties": FACTS | facts,
    }


def described(status: str, config: str, instances: int = 1) -> dict[str, Any]:
    """An endpoint as DescribeEndpoint tells of it."""
    variant = {"VariantName": "AllTraffic", "DesiredInstanceCount": instances}
    return {
        "EndpointName": "stepmill-prod",
        "EndpointStatus": status,
        "EndpointConfigName": config,
        "ProductionVariants": [variant],
    }


def deployment_answers() -> dict[str, Any]:
    """AWS as it is on a good day: an approved version, its champion, no endpoint yet."""
    return {
        "DescribePackage": package(),
        "VerifyModel": VERIFIED,
        "AcquireLock": MINE,
        "TellSkipped": {"MessageId": "0"},
        "FindChampion": {"Parameter": {"Value": "the-champion"}},
        "FindChampionPackage": {"Parameter": {"Value": CHAMPION_PACKAGE}},
        "ReleaseAfterAlready": {"Payload": {}},
        "ReleaseAfterSuperseded": {"Payload": {}},
        "CreateModel": {"ModelArn": f"arn:aws:sagemaker:us-east-1:123456789012:model/{MODEL}"},
        "VerifyAgain": VERIFIED,
        "LookAgain": package(),
        "ConfirmLock": MINE,
        "CreateEndpointConfig": {
            "EndpointConfigArn": f"arn:aws:sagemaker:us-east-1:123456789012:endpoint-config/{CONFIG}"
        },
        "FindEndpoint": NO_ENDPOINT,
        "DeleteEndpoint": {},
        "CreateEndpoint": {"EndpointArn": "arn"},
        "UpdateEndpoint": {"EndpointArn": "arn"},
        "WatchEndpoint": described("InService", CONFIG),
        "LookBeforeRollBack": described("InService", CONFIG),
        "PutPreviousConfigBack": {"EndpointArn": "arn"},
        "StopScaling": {},
        "TakeFirstEndpointOff": {},
        "TellTakenOff": {"MessageId": "4"},
        "VerifyServedModel": VERIFIED,
        "TellRolledBack": {"MessageId": "2"},
        "TellNotRolledBack": {"MessageId": "3"},
        "RestoreConfigName": {},
        "RestorePackageArn": {},
        "BoundInstances": {},
        "FollowRequests": {"PolicyARN": "arn"},
        "SavePackageArn": {},
        "SaveEndpointName": {},
        "SaveEndpointConfigName": {},
        "SaveModelName": {},
        "ReleaseLock": {"Payload": {}},
        "ReleaseAfterFailure": {"Payload": {}},
    }
