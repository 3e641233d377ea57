"""Approval: what an update changes, what EventBridge is told of it, what becomes a model."""

import json
from pathlib import Path
from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.delivery.outbox import Outbox
from tests.cloud.arrivals import Drain, MakeQueue, drain, make_queue, settle, sqs
from tests.cloud.sagemaker.packages import (
    OWNER,
    PACKAGE_ARN,
    SPECIFICATION,
    call,
    group,
    package,
    refusal,
)
from tests.cloud.sagemaker.things import XGBOOST, role

__all__ = ["drain", "make_queue", "sqs"]

STATE_CHANGE = "SageMaker Model Package State Change"


@pytest.fixture(scope="module")
def told(cloud: Cloud, make_queue: MakeQueue, drain: Drain) -> Any:
    """The events since the last call."""
    url, arn = make_queue("told")
    pattern = json.dumps({"source": ["aws.sagemaker"], "detail-type": [STATE_CHANGE]})
    cloud.call("events", "PutRule", {"Name": "told", "EventPattern": pattern})
    cloud.call("events", "PutTargets", {"Rule": "told", "Targets": [{"Id": "queue", "Arn": arn}]})

    def take() -> list[dict[str, Any]]:
        return sorted(drain(url), key=lambda event: event["detail"].get("LastModifiedTime", ""))

    return take


def update(cloud: Cloud, arn: str, **params: Any) -> dict[str, Any]:
    call(cloud, "UpdateModelPackage", ModelPackageArn=arn, **params)
    return call(cloud, "DescribeModelPackage", ModelPackageName=arn)


def test_a_registration_and_an_approval_are_told_as_aws_shapes_them(cloud: Cloud, told: Any) -> None:
    group(cloud, "told")
    told()
    arn = package(cloud, "told", CustomerMetadataProperties={"rmse": "1"})
    (first,) = told()
    found = update(cloud, arn, ModelApprovalStatus="Approved", ApprovalDescription="good")
    (second,) = told()
    created = found["CreationTime"].strftime("%Y-%m-%dT%H:%M:%SZ")
    detail = {
        "ModelPackageGroupName": "told",
        "ModelPackageVersion": 1,
        "ModelPackageArn": arn,
        "CreationTime": created,
        "InferenceSpecification": SPECIFICATION,
        "ModelPackageStatus": "Completed",
        "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
        "CertifyForMarketplace": False,
        "ModelApprovalStatus": "PendingManualApproval",
        "CustomerMetadataProperties": {"rmse": "1"},
    }
    assert {key: first[key] for key in ("source", "detail-type", "resources", "detail")} == {
        "source": "aws.sagemaker",
        "detail-type": STATE_CHANGE,
        "resources": [arn],
        "detail": detail,
    }
    assert second["detail"] == detail | {
        "ModelApprovalStatus": "Approved",
        "ApprovalDescription": "good",
        "LastModifiedTime": found["LastModifiedTime"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        "UpdatedModelPackageFields": ["ModelApprovalStatus", "ApprovalDescription"],
    }
    assert first["id"] != second["id"]


def test_every_change_of_approval_is_told_and_what_changes_nothing_is_not(cloud: Cloud, told: Any) -> None:
    group(cloud, "often")
    arn = package(cloud, "often")
    told()
    for status in ("Approved", "Approved", "Rejected", "Approved"):
        call(cloud, "UpdateModelPackage", ModelPackageArn=arn, ModelApprovalStatus=status)
    assert sorted(event["detail"]["ModelApprovalStatus"] for event in told()) == [
        "Approved",
        "Approved",
        "Rejected",
    ]


def test_an_update_asked_again_is_made_once(cloud: Cloud, told: Any) -> None:
    group(cloud, "again")
    arn = package(cloud, "again")
    approve = {"ModelPackageArn": arn, "ModelApprovalStatus": "Approved"}
    cloud.call("sagemaker", "UpdateModelPackage", approve, attempt="first")
    call(cloud, "UpdateModelPackage", ModelPackageArn=arn, ModelApprovalStatus="Rejected")
    told()
    cloud.call("sagemaker", "UpdateModelPackage", approve, attempt="first")
    found = call(cloud, "DescribeModelPackage", ModelPackageName=arn)
    assert (found["ModelApprovalStatus"], told()) == ("Rejected", [])


def test_an_event_and_its_change_are_undone_together(cloud: Cloud) -> None:
    group(cloud, "together")
    on_emit, cloud.on_emit = cloud.on_emit, None

    def fails(event: dict[str, Any]) -> None:
        raise OSError("no room")

    cloud.on_emit = fails
    with pytest.raises(OSError, match="no room"):
        package(cloud, "together")
    cloud.on_emit = on_emit
    assert package(cloud, "together") == f"{PACKAGE_ARN}/together/1"


def test_an_event_that_could_not_be_delivered_is_delivered_after_a_restart(tmp_path: Path) -> None:
    cloud = Cloud.start(tmp_path / "root", port=0)
    queue = cloud.arn("sqs", "late")
    pattern = json.dumps({"source": ["aws.sagemaker"], "detail": {"ModelApprovalStatus": ["Approved"]}})
    cloud.call("events", "PutRule", {"Name": "late", "EventPattern": pattern})
    cloud.call("events", "PutTargets", {"Rule": "late", "Targets": [{"Id": "queue", "Arn": queue}]})
    group(cloud, "late")
    cloud.state(Outbox).close()  # nobody works on what is sent: as when the process is killed right then
    arn = package(cloud, "late", ModelApprovalStatus="Approved")
    cloud.close()
    cloud = Cloud.start(tmp_path / "root", port=0)
    try:
        waiting = cloud.store.query("select count(*) as n from delivery where body like ?", (f"%{arn}%",))
        assert waiting[0]["n"] == 1
    finally:
        cloud.close()


def test_metadata_is_merged_and_removed(cloud: Cloud) -> None:
    group(cloud, "merged")
    arn = package(cloud, "merged", CustomerMetadataProperties={"a": "1", "b": "2"})
    found = update(
        cloud,
        arn,
        CustomerMetadataProperties={"b": "3", "c": "4"},
        CustomerMetadataPropertiesToRemove=["a"],
    )
    assert found["CustomerMetadataProperties"] == {"b": "3", "c": "4"}
    assert found["LastModifiedBy"] == OWNER


def test_an_inference_specification_is_added(cloud: Cloud) -> None:
    group(cloud, "added")
    arn = package(cloud, "added")
    other = {"Name": "small", "Containers": SPECIFICATION["Containers"]}
    found = update(cloud, arn, AdditionalInferenceSpecificationsToAdd=[other])
    assert found["AdditionalInferenceSpecifications"] == [other]
    code, text = refusal(
        cloud,
        "UpdateModelPackage",
        ModelPackageArn=arn,
        AdditionalInferenceSpecificationsToAdd=[other],
    )
    assert (code, text) == (
        "ValidationException",
        "UpdateModelPackage: an inference specification small is there already",
    )


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"ModelApprovalStatus": "Maybe"}, "Member must satisfy enum value set"),
        ({"ApprovalDescription": "x" * 1025}, "Member must have length less than or equal to 1024"),
        (
            {"CustomerMetadataProperties": {f"k{n}": "v" for n in range(50)}},
            "UpdateModelPackage: CustomerMetadataProperties would have 51 entries; at most 50 are allowed",
        ),
        (
            {"CustomerMetadataProperties": {"a": "1"}, "CustomerMetadataPropertiesToRemove": ["a"]},
            "UpdateModelPackage: a cannot be both set and removed",
        ),
        (
            {
                "AdditionalInferenceSpecificationsToAdd": [
                    {"Name": f"n{n}", "Containers": [{"Image": "i"}]} for n in range(15)
                ]
            },
            "UpdateModelPackage: 16 additional inference specifications; at most 15 are allowed",
        ),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else ",".join(value),
)
def test_refuses_an_update_that_cannot_be(
    cloud: Cloud, settled_package: str, params: dict[str, Any], message: str
) -> None:
    code, text = refusal(cloud, "UpdateModelPackage", ModelPackageArn=settled_package, **params)
    assert (code, message in text) == ("ValidationException", True), text


@pytest.fixture(scope="module")
def settled_package(cloud: Cloud) -> str:
    group(cloud, "settled")
    extra = [{"Name": "there", "Containers": SPECIFICATION["Containers"]}]
    return package(
        cloud,
        "settled",
        AdditionalInferenceSpecifications=extra,
        CustomerMetadataProperties={"there": "1"},
    )


def model(cloud: Cloud, name: str, **container: Any) -> dict[str, Any]:
    return {"ModelName": name, "ExecutionRoleArn": role(cloud), "PrimaryContainer": container}


def test_a_model_is_made_of_an_approved_version(cloud: Cloud) -> None:
    group(cloud, "models")
    arn = package(cloud, "models", ModelApprovalStatus="Approved")
    cloud.call(
        "sagemaker",
        "CreateModel",
        model(cloud, "of-package", ModelPackageName=arn, Environment={"LEVEL": "2"}),
    )
    found = call(cloud, "DescribeModel", ModelName="of-package")["PrimaryContainer"]
    assert found == {
        "ModelPackageName": arn,
        "Image": XGBOOST,
        "ModelDataUrl": "s3://cars/models/a/output/model.tar.gz",
        "Environment": {"SCHEMA_URI": "s3://cars/schema/features.json", "LEVEL": "2"},
    }


def test_a_model_is_made_of_a_named_specification(cloud: Cloud) -> None:
    group(cloud, "named")
    other = {"Name": "small", "Containers": [{"Image": XGBOOST, "ModelDataUrl": "s3://cars/small.tar.gz"}]}
    arn = package(cloud, "named", ModelApprovalStatus="Approved", AdditionalInferenceSpecifications=[other])
    params = model(cloud, "small", ModelPackageName=arn, InferenceSpecificationName="small")
    cloud.call("sagemaker", "CreateModel", params)
    found = call(cloud, "DescribeModel", ModelName="small")["PrimaryContainer"]
    assert found["ModelDataUrl"] == "s3://cars/small.tar.gz"
    params = model(cloud, "none", ModelPackageName=arn, InferenceSpecificationName="large")
    assert refusal(cloud, "CreateModel", **params) == (
        "ValidationException",
        f"ModelPackage {arn} has no inference specification large; it has: ['small']",
    )


@pytest.mark.parametrize("status", ["PendingManualApproval", "Rejected"])
def test_no_model_is_made_of_a_version_that_is_not_approved(cloud: Cloud, status: str) -> None:
    group(cloud, f"not-{status}")
    arn = package(cloud, f"not-{status}", ModelApprovalStatus=status)
    assert refusal(cloud, "CreateModel", **model(cloud, "unapproved", ModelPackageName=arn)) == (
        "ValidationException",
        f"ModelPackage {arn} has ModelApprovalStatus {status}; a model is made of an Approved one only",
    )


def test_no_model_is_made_of_a_version_that_is_not_there_or_cannot_be_served(cloud: Cloud) -> None:
    group(cloud, "several")
    missing = f"{PACKAGE_ARN}/several/9"
    assert refusal(cloud, "CreateModel", **model(cloud, "no-package", ModelPackageName=missing)) == (
        "ValidationException",
        f"ModelPackage {missing} does not exist.",
    )
    two = {**SPECIFICATION, "Containers": SPECIFICATION["Containers"] * 2}
    arn = package(cloud, "several", ModelApprovalStatus="Approved", InferenceSpecification=two)
    _, text = refusal(cloud, "CreateModel", **model(cloud, "two", ModelPackageName=arn))
    assert text.startswith(f"ModelPackage {arn}: its inference specification must have one container")
    params = model(cloud, "no-name", Image=XGBOOST, InferenceSpecificationName="small")
    assert refusal(cloud, "CreateModel", **params) == (
        "ValidationException",
        "CreateModel: InferenceSpecificationName needs a ModelPackageName",
    )


def test_the_same_model_asked_again_is_made_although_its_version_was_rejected_since(cloud: Cloud) -> None:
    group(cloud, "since")
    arn = package(cloud, "since", ModelApprovalStatus="Approved")
    params = model(cloud, "since", ModelPackageName=arn)
    made = cloud.call("sagemaker", "CreateModel", params, attempt="once")
    call(cloud, "UpdateModelPackage", ModelPackageArn=arn, ModelApprovalStatus="Rejected")
    assert cloud.call("sagemaker", "CreateModel", params, attempt="once") == made
    settle(cloud)
