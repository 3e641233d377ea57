"""Model packages: numbered versions, what is kept of them, what is refused, lists, a restart."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError, Principal
from tests.cloud.sagemaker.packages import (
    EVERYTHING,
    GROUP_ARN,
    OWNER,
    PACKAGE_ARN,
    SPECIFICATION,
    call,
    group,
    listed,
    package,
    refusal,
)
from tests.cloud.sagemaker.things import role


def test_every_field_of_a_version_is_kept(aws: Any) -> None:
    sagemaker = aws("sagemaker")
    sagemaker.create_model_package_group(ModelPackageGroupName="kept")
    arn = sagemaker.create_model_package(ModelPackageGroupName="kept", **EVERYTHING)["ModelPackageArn"]
    assert arn == f"{PACKAGE_ARN}/kept/1"
    found = sagemaker.describe_model_package(ModelPackageName=arn)
    assert datetime.now(UTC) - found.pop("CreationTime") < timedelta(minutes=1)
    del found["ResponseMetadata"]
    assert found == EVERYTHING | {
        "ModelPackageGroupName": "kept",
        "ModelPackageVersion": 1,
        "ModelPackageArn": arn,
        "ModelPackageStatus": "Completed",
        "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
        "CertifyForMarketplace": False,
        "CreatedBy": OWNER,
    }


def test_a_version_waits_for_approval_unless_told_otherwise(cloud: Cloud) -> None:
    group(cloud, "waiting")
    found = call(cloud, "DescribeModelPackage", ModelPackageName=package(cloud, "waiting"))
    assert found["ModelApprovalStatus"] == "PendingManualApproval"


def test_a_number_is_never_used_again(cloud: Cloud) -> None:
    group(cloud, "numbers")
    package(cloud, "numbers")
    second = package(cloud, "numbers")
    call(cloud, "DeleteModelPackage", ModelPackageName=second)
    assert package(cloud, "numbers") == f"{PACKAGE_ARN}/numbers/3"
    assert refusal(cloud, "DescribeModelPackage", ModelPackageName=second) == (
        "ValidationException",
        f"ModelPackage {second} does not exist.",
    )


def test_the_same_call_twice_makes_one_version(cloud: Cloud) -> None:
    group(cloud, "twice")
    by_token = [package(cloud, "twice", ClientToken="t-1") for _ in range(2)]
    params = {"ModelPackageGroupName": "twice", "InferenceSpecification": SPECIFICATION}
    by_attempt = [
        cloud.call("sagemaker", "CreateModelPackage", params, attempt="x")["ModelPackageArn"]
        for _ in range(2)
    ]
    assert by_token + by_attempt == [f"{PACKAGE_ARN}/twice/{number}" for number in (1, 1, 2, 2)]


AT_MOST = "Member must have length less than or equal to"
MANY = {f"key{number}": "v" for number in range(51)}
PROPERTIES = "customerMetadataProperties' failed to satisfy constraint: "


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ModelPackageGroupName": None}, "Missing ARN. CreateModelPackage: give ModelPackageGroupName"),
        ({"ModelPackageGroupName": "nobody"}, f"ModelPackageGroup {GROUP_ARN}/nobody does not exist."),
        (
            {"ModelPackageName": "own"},
            "Both ModelPackageName and ModelPackageGroupName are provided in the input. Cannot determine "
            "which one to use.",
        ),
        (
            {"ModelPackageGroupName": None, "ModelPackageName": "own"},
            "ModelPackageName makes a package without versions",
        ),
        ({"Tags": [{"Key": "a", "Value": "b"}]}, "Tags are not allowed for a model version"),
        ({"InferenceSpecification": None}, "InferenceSpecification is missing"),
        ({"CertifyForMarketplace": True}, "CertifyForMarketplace is not supported by the embedded cloud"),
        (
            {"SourceAlgorithmSpecification": {"SourceAlgorithms": [{"AlgorithmName": "a"}]}},
            "SourceAlgorithmSpecification is not supported",
        ),
        (
            {"AdditionalInferenceSpecifications": [{"Name": "a", "Containers": [{}]}] * 2},
            "AdditionalInferenceSpecifications has a Name twice: a, a",
        ),
        ({"ModelApprovalStatus": "Yes"}, "Member must satisfy enum value set: [Approved, Rejected, Pending"),
        (
            {"CustomerMetadataProperties": MANY},
            f"{PROPERTIES}{AT_MOST} 50",
        ),
        (
            {"CustomerMetadataProperties": {"k" * 129: "v"}},
            f"{PROPERTIES}Map keys must satisfy constraint: [{AT_MOST} 128]",
        ),
        (
            {"CustomerMetadataProperties": {"k": "v" * 257}},
            f"{PROPERTIES}Map value must satisfy constraint: [{AT_MOST} 256]",
        ),
        (
            {"CustomerMetadataProperties": {"k": "a?b"}},
            f"{PROPERTIES}Map value must satisfy constraint: [Member must satisfy regular expression ",
        ),
        (
            {"ModelPackageDescription": "a\x00b"},
            "modelPackageDescription' failed to satisfy constraint: Member must satisfy regular expression",
        ),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else ",".join(value),
)
def test_refuses_what_aws_refuses_or_cannot_be_done_here(
    cloud: Cloud, refusing: str, change: dict[str, Any], message: str
) -> None:
    params = {"ModelPackageGroupName": refusing, "InferenceSpecification": SPECIFICATION} | change
    code, text = refusal(
        cloud, "CreateModelPackage", **{key: value for key, value in params.items() if value is not None}
    )
    assert (code, message in text) == ("ValidationException", True), text
    assert listed(cloud, ModelPackageGroupName=refusing) == []


@pytest.fixture(scope="module")
def refusing(cloud: Cloud) -> str:
    group(cloud, "refusing")
    return "refusing"


def test_the_limits_of_metadata_are_allowed_themselves(cloud: Cloud) -> None:
    group(cloud, "limits")
    properties = {f"{number:0128}": "ä:/.=+-@ _" + "v" * 246 for number in range(50)}
    arn = package(cloud, "limits", CustomerMetadataProperties=properties)
    found = call(cloud, "DescribeModelPackage", ModelPackageName=arn)
    assert found["CustomerMetadataProperties"] == properties


def test_lists_are_filtered_sorted_and_paged(cloud: Cloud) -> None:
    group(cloud, "paged")
    for number in range(5):
        package(cloud, "paged", ModelApprovalStatus="Approved" if number % 2 == 0 else "Rejected")
    assert listed(cloud, ModelPackageGroupName="paged") == [5, 4, 3, 2, 1]
    assert listed(cloud, ModelPackageGroupName="paged", SortOrder="Ascending") == [1, 2, 3, 4, 5]
    assert listed(cloud, ModelPackageGroupName="paged", ModelApprovalStatus="Approved") == [5, 3, 1]
    assert listed(cloud, ModelPackageGroupName="paged", NameContains="PAG") == [5, 4, 3, 2, 1]
    assert listed(cloud, ModelPackageGroupName="paged", NameContains="other") == []
    third = call(cloud, "DescribeModelPackage", ModelPackageName=f"{PACKAGE_ARN}/paged/3")["CreationTime"]
    assert listed(cloud, ModelPackageGroupName="paged", CreationTimeAfter=third) == [5, 4]
    assert listed(cloud, ModelPackageGroupName="paged", CreationTimeBefore=third) == [2, 1]
    assert listed(cloud, ModelPackageType="Versioned", NameContains="paged") == [5, 4, 3, 2, 1]
    assert listed(cloud, NameContains="paged") == []


def test_a_version_registered_between_two_pages_shifts_nothing(cloud: Cloud) -> None:
    group(cloud, "shifting")
    for _ in range(3):
        package(cloud, "shifting")
    params = {"ModelPackageGroupName": "shifting", "MaxResults": 2}
    first = call(cloud, "ListModelPackages", **params)
    package(cloud, "shifting")
    second = call(cloud, "ListModelPackages", **params, NextToken=first["NextToken"])
    shown = [
        one["ModelPackageVersion"] for page in (first, second) for one in page["ModelPackageSummaryList"]
    ]
    assert (shown, "NextToken" in second) == ([3, 2, 1], False)


def test_a_summary_shows_what_awss_does(cloud: Cloud) -> None:
    group(cloud, "summary")
    package(cloud, "summary", ModelPackageDescription="d", ModelApprovalStatus="Rejected")
    (found,) = call(cloud, "ListModelPackages", ModelPackageGroupName="summary")["ModelPackageSummaryList"]
    assert {key: value for key, value in found.items() if key != "CreationTime"} == {
        "ModelPackageGroupName": "summary",
        "ModelPackageVersion": 1,
        "ModelPackageArn": f"{PACKAGE_ARN}/summary/1",
        "ModelPackageDescription": "d",
        "ModelPackageStatus": "Completed",
        "ModelApprovalStatus": "Rejected",
    }


def test_a_list_of_an_unknown_group_is_refused(cloud: Cloud) -> None:
    assert refusal(cloud, "ListModelPackages", ModelPackageGroupName="nobody") == (
        "ValidationException",
        f"ModelPackageGroup {GROUP_ARN}/nobody does not exist.",
    )


def test_a_role_needs_the_permission_for_the_groups_versions(cloud: Cloud) -> None:
    for name in ("mine", "theirs"):
        group(cloud, name)
    arn = role(cloud, "registrar", action="sagemaker:*", resource=f"{PACKAGE_ARN}/mine/*")
    caller = Principal(arn, "me")
    made = cloud.call(
        "sagemaker",
        "CreateModelPackage",
        {"ModelPackageGroupName": "mine", "InferenceSpecification": SPECIFICATION},
        principal=caller,
    )["ModelPackageArn"]
    found = cloud.call("sagemaker", "DescribeModelPackage", {"ModelPackageName": made}, principal=caller)
    assert found["CreatedBy"]["IamIdentity"]["Arn"] == ("arn:aws:sts::123456789012:assumed-role/registrar/me")
    theirs = package(cloud, "theirs")
    for operation, params, resource in (
        ("CreateModelPackage", {"ModelPackageGroupName": "theirs"}, f"{PACKAGE_ARN}/theirs/*"),
        ("ListModelPackages", {"ModelPackageGroupName": "theirs"}, f"{PACKAGE_ARN}/theirs/*"),
        ("DescribeModelPackage", {"ModelPackageName": theirs}, theirs),
        ("UpdateModelPackage", {"ModelPackageArn": theirs}, theirs),
        ("DeleteModelPackage", {"ModelPackageName": theirs}, theirs),
        ("DescribeModelPackageGroup", {"ModelPackageGroupName": "theirs"}, f"{GROUP_ARN}/theirs"),
        ("DeleteModelPackageGroup", {"ModelPackageGroupName": "theirs"}, f"{GROUP_ARN}/theirs"),
        ("CreateModelPackageGroup", {"ModelPackageGroupName": "other"}, f"{GROUP_ARN}/other"),
        ("ListModelPackageGroups", {}, "*"),
    ):
        with pytest.raises(AwsError, match="is not authorized to perform") as caught:
            cloud.call("sagemaker", operation, params, principal=caller)
        assert f"sagemaker:{operation} on resource: {resource} because" in caught.value.message


def test_the_registry_survives_a_restart(tmp_path: Path) -> None:
    root = tmp_path / "root"
    cloud = Cloud.start(root, port=0)
    group(cloud, "lasting")
    arn = package(cloud, "lasting", ModelApprovalStatus="Approved")
    before = call(cloud, "DescribeModelPackage", ModelPackageName=arn)
    cloud.close()
    cloud = Cloud.start(root, port=0)
    try:
        assert call(cloud, "DescribeModelPackage", ModelPackageName=arn) == before
        assert package(cloud, "lasting") == f"{PACKAGE_ARN}/lasting/2"
    finally:
        cloud.close()
