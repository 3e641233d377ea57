"""The latest approved version of a group, in a registry that a table stands for; S3 is moto's."""

from typing import Any

import pytest
from millkit import approved
from millkit.approved import Found, NoApprovedModel, PackageUnknown

GROUP = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/cars"
RUN = "s3://artifacts/training"
FACTS = {
    "schema_uri": "s3://artifacts/training/1/prepared/schema/features.json",
    "manifest_uri": "s3://artifacts/training/1/manifest.json",
    "manifest_sha256": "5ea1",
    "parameter_prefix": "/cars",
    "algorithm": "xgboost",
}


class NotThere(Exception):
    def __init__(self, message: str = "ModelPackageGroup cars does not exist.") -> None:
        self.response = {"Error": {"Code": "ValidationException", "Message": message}}


class Registry:
    """A client of SageMaker that knows versions, the newest first, and gives them a page of two at a time."""

    class exceptions:  # noqa: N801 - as boto3 names it
        ClientError = NotThere

    def __init__(self, *statuses: str, explained: bool = False) -> None:
        self.statuses = statuses  # of version 1, 2, ...
        self.explained = explained
        self.asked: list[dict[str, Any]] = []
        self.lacks: dict[str, Any] = {}

    def list_model_packages(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        if not self.statuses:
            raise NotThere
        found = [
            {"ModelPackageArn": f"{GROUP}/{version}", "ModelApprovalStatus": status}
            for version, status in reversed(list(enumerate(self.statuses, 1)))
            if status == request["ModelApprovalStatus"]
        ]
        start = int(request.get("NextToken", 0))
        more = {"NextToken": str(start + 2)} if len(found) > start + 2 else {}
        return {"ModelPackageSummaryList": found[start : start + 2], **more}

    def describe_model_package(self, ModelPackageName: str) -> dict[str, Any]:  # noqa: N803 - as boto3 has it
        version = ModelPackageName.rpartition("/")[2]
        metrics: dict[str, Any] = {
            "ModelDataQuality": {"Statistics": {"S3Uri": f"{RUN}/{version}/baseline/data/statistics.json"}}
        }
        if self.explained:
            report = f"{RUN}/{version}/baseline/attributions/analysis.json"
            metrics["Explainability"] = {"Report": {"S3Uri": report}}
        described = {
            "ModelPackageArn": ModelPackageName,
            "ModelPackageVersion": int(version),
            "InferenceSpecification": {"Containers": [{"ModelDataUrl": f"{RUN}/{version}/model.tar.gz"}]},
            "ModelMetrics": metrics,
            "CustomerMetadataProperties": FACTS,
        }
        return described | self.lacks


def put(s3: Any, *keys: str) -> None:
    for key in keys:
        s3.put_object(Bucket="artifacts", Key=f"training/{key}", Body=b"x")


def found(version: int, **other: Any) -> Found:
    facts = Found(
        f"{GROUP}/{version}",
        str(version),
        f"{RUN}/{version}/model.tar.gz",
        FACTS,
        f"{RUN}/{version}/baseline/data",
        None,
        [],
    )
    return facts._replace(**other)


def test_takes_the_newest_that_is_approved(s3: Any) -> None:
    put(s3, "1/model.tar.gz", "2/model.tar.gz", "3/model.tar.gz")
    registry = Registry("Approved", "Approved", "PendingManualApproval", "Rejected")
    assert approved.find(registry, s3, "cars") == found(2)
    assert registry.asked == [
        {
            "ModelPackageGroupName": "cars",
            "ModelApprovalStatus": "Approved",
            "SortBy": "CreationTime",
            "SortOrder": "Descending",
            "MaxResults": 100,
        }
    ]


def test_passes_over_those_whose_model_data_were_deleted_through_all_pages(s3: Any) -> None:
    put(s3, "1/model.tar.gz")
    gone = [f"{GROUP}/{n}: its model data {RUN}/{n}/model.tar.gz have been deleted" for n in (5, 4, 3, 2)]
    registry = Registry(*["Approved"] * 5)
    assert approved.find(registry, s3, "cars") == found(1, passed_over=gone)
    assert [one.get("NextToken") for one in registry.asked] == [None, "2", "4"]


def test_of_many_that_are_passed_over_the_newest_are_told_and_the_others_counted(s3: Any) -> None:
    put(s3, "1/model.tar.gz")
    told = approved.find(Registry(*["Approved"] * 9), s3, "cars").passed_over
    assert [one.partition(":model-package/cars/")[2][:1] or one for one in told] == [
        *("9", "8", "7", "6", "5"),
        "and 3 more",
    ]


def test_an_approved_version_of_which_nothing_is_left_is_none(s3: Any) -> None:
    said = (
        f"^group cars: has no approved model \\({GROUP}/1: its model data {RUN}/1/model.tar.gz have been "
        "deleted\\); train one, and approve it$"
    )
    with pytest.raises(NoApprovedModel, match=said):
        approved.find(Registry("Approved"), s3, "cars")


def test_without_an_approved_version_it_tells_how_to_approve_the_newest(s3: Any) -> None:
    registry = Registry("PendingManualApproval", "PendingManualApproval", "Rejected")
    with pytest.raises(NoApprovedModel) as caught:
        approved.find(registry, s3, "cars")
    assert str(caught.value) == (
        "group cars: has no approved model; approve one: aws sagemaker update-model-package "
        f"--model-approval-status Approved --model-package-arn {GROUP}/2"
    )


def test_a_group_that_does_not_exist_has_none(s3: Any) -> None:
    with pytest.raises(
        NoApprovedModel, match=r"^group cars: has no approved model; train one, and approve it$"
    ):
        approved.find(Registry(), s3, "cars")


def test_an_error_of_the_registry_is_not_taken_for_an_absent_group(s3: Any) -> None:
    class Denied(Registry):
        def list_model_packages(self, **request: Any) -> dict[str, Any]:
            raise NotThere("not authorized")

    with pytest.raises(NotThere):
        approved.find(Denied("Approved"), s3, "cars")


def test_a_version_that_no_training_registered_is_an_error_and_not_passed_over(s3: Any) -> None:
    put(s3, "1/model.tar.gz", "2/model.tar.gz")
    registry = Registry("Approved", "Approved")
    registry.lacks = {"CustomerMetadataProperties": {}}
    said = f"^package {GROUP}/2: lacks 'schema_uri', which the training machine registers; register it by a "
    with pytest.raises(PackageUnknown, match=said):
        approved.find(registry, s3, "cars")


def test_attributions_are_those_of_a_version_that_has_analysis_and_plan(s3: Any) -> None:
    folder = "1/baseline/attributions"
    put(s3, "1/model.tar.gz", f"{folder}/analysis.json")
    registry = Registry("Approved", explained=True)
    assert approved.find(registry, s3, "cars") == found(1)
    put(s3, f"{folder}/plan/plan.json")
    assert approved.find(registry, s3, "cars") == found(1, attributions_uri=f"{RUN}/{folder}")
