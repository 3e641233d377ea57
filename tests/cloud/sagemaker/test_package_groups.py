"""Model package groups: made once, listed, deleted when they are empty."""

from datetime import UTC, datetime, timedelta

import pytest

from stepmill.cloud.cloud import Cloud
from tests.cloud.sagemaker.packages import GROUP_ARN, OWNER, call, group, package, refusal


def test_a_group_is_described_as_it_was_made(cloud: Cloud) -> None:
    arn = group(cloud, "Cars", ModelPackageGroupDescription="used cars", Tags=[{"Key": "team", "Value": "a"}])
    found = call(cloud, "DescribeModelPackageGroup", ModelPackageGroupName=arn)
    made = found.pop("CreationTime")
    assert datetime.now(UTC) - made < timedelta(minutes=1)
    assert found == {
        "ModelPackageGroupName": "Cars",
        "ModelPackageGroupArn": f"{GROUP_ARN}/cars",
        "ModelPackageGroupDescription": "used cars",
        "CreatedBy": OWNER,
        "ModelPackageGroupStatus": "Completed",
    }
    assert call(cloud, "ListTags", ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "a"}]


def test_a_group_is_there_once_whatever_the_case_of_its_name(cloud: Cloud) -> None:
    group(cloud, "once")
    assert refusal(cloud, "CreateModelPackageGroup", ModelPackageGroupName="Once") == (
        "ValidationException",
        f"Model Package Group already exists: {GROUP_ARN}/once",
    )


def test_a_group_with_versions_is_not_deleted(cloud: Cloud) -> None:
    group(cloud, "full")
    arn = package(cloud, "full")
    assert refusal(cloud, "DeleteModelPackageGroup", ModelPackageGroupName="full") == (
        "ConflictException",
        f"ModelPackageGroup {GROUP_ARN}/full cannot be deleted: "
        "it contains 1 model packages; delete them first",
    )
    call(cloud, "DeleteModelPackage", ModelPackageName=arn)
    call(cloud, "DeleteModelPackageGroup", ModelPackageGroupName="full")
    assert refusal(cloud, "DescribeModelPackageGroup", ModelPackageGroupName="full") == (
        "ValidationException",
        f"ModelPackageGroup {GROUP_ARN}/full does not exist.",
    )


@pytest.mark.parametrize("token", ["MTI=", "not base64", "WzEsMiwzXQ=="])
def test_a_token_of_no_page_is_refused(cloud: Cloud, token: str) -> None:
    code, text = refusal(cloud, "ListModelPackageGroups", NextToken=token)
    assert (code, text[:9]) == ("ValidationException", "NextToken")


def test_groups_are_listed_by_name_over_pages(cloud: Cloud) -> None:
    for name in ("listed-b", "listed-a", "listed-c"):
        group(cloud, name)
    params = {"NameContains": "listed-", "SortBy": "Name", "SortOrder": "Ascending", "MaxResults": 2}
    first = call(cloud, "ListModelPackageGroups", **params)
    second = call(cloud, "ListModelPackageGroups", **params, NextToken=first["NextToken"])
    names = [
        one["ModelPackageGroupName"]
        for page in (first, second)
        for one in page["ModelPackageGroupSummaryList"]
    ]
    assert (names, "NextToken" in second) == (["listed-a", "listed-b", "listed-c"], False)
