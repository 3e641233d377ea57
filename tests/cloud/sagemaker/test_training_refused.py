"""Training jobs that are refused or fail: names, requests, data, permissions, limits."""

from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError, Principal
from tests.cloud.sagemaker.things import BUCKET, XGBOOST, channel, ended, put, role, run, script, training


def test_a_name_is_taken_for_ever_except_for_the_same_attempt(cloud: Cloud) -> None:
    params = script(cloud, "taken", "pass")
    first = cloud.call("sagemaker", "CreateTrainingJob", params, attempt="token-1")
    assert cloud.call("sagemaker", "CreateTrainingJob", params, attempt="token-1") == first
    ended(cloud, "TrainingJob", "taken")
    with pytest.raises(AwsError) as caught:
        cloud.call("sagemaker", "CreateTrainingJob", params, attempt="token-2")
    assert (caught.value.code, caught.value.message) == (
        "ResourceInUse",
        "Training job names must be unique within an AWS account and region, and a training job with this "
        "name already "
        "exists (arn:aws:sagemaker:us-east-1:123456789012:training-job/taken)",
    )


def test_an_unknown_job_is_not_found(cloud: Cloud) -> None:
    with pytest.raises(AwsError) as caught:
        cloud.call("sagemaker", "DescribeTrainingJob", {"TrainingJobName": "nobody"})
    assert (caught.value.code, caught.value.message) == (
        "ValidationException",
        "Requested resource not found.",
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"TrainingJobName": "a_b"}, "Member must satisfy regular expression pattern"),
        ({"TrainingJobName": "a" * 64}, "Member must have length less than or equal to 63"),
        (
            {"ResourceConfig": {"InstanceType": "ml.big", "VolumeSizeInGB": 1}},
            "Member must satisfy enum value set",
        ),
        (
            {"ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 1}},
            "InstanceCount of 1",
        ),
        (
            {"AlgorithmSpecification": {"TrainingImage": "a/b:1", "TrainingInputMode": "File"}},
            "no local program",
        ),
        (
            {"AlgorithmSpecification": {"TrainingImage": XGBOOST, "TrainingInputMode": "Pipe"}},
            "Pipe is not supported",
        ),
    ],
)
def test_refuses_at_once_what_cannot_run(cloud: Cloud, change: dict[str, Any], message: str) -> None:
    with pytest.raises(AwsError, match=message) as caught:
        cloud.call("sagemaker", "CreateTrainingJob", training(cloud, "refused") | change)
    assert caught.value.code == "ValidationException"


def test_a_manifest_file_is_refused_by_name(cloud: Cloud) -> None:
    source = {"S3DataSource": {"S3DataType": "ManifestFile", "S3Uri": "s3://b/m"}}
    params = training(cloud, "manifest", InputDataConfig=[{"ChannelName": "train", "DataSource": source}])
    with pytest.raises(AwsError, match="channel train: S3DataType ManifestFile is not supported here"):
        cloud.call("sagemaker", "CreateTrainingJob", params)


def test_data_that_is_not_there_fails_the_job(cloud: Cloud) -> None:
    params = script(cloud, "no-data", "pass", InputDataConfig=[channel("train", f"s3://{BUCKET}/nothing/")])
    done = run(cloud, "TrainingJob", params)
    assert done["TrainingJobStatus"] == "Failed"
    assert done["FailureReason"].startswith(
        f'ClientError: No S3 objects found under S3 URL "s3://{BUCKET}/nothing/"'
    )


def test_a_role_that_may_not_read_the_data_fails_the_job(cloud: Cloud) -> None:
    data = put(cloud, "secret/t.csv", "1,2\n")
    blind = role(cloud, "blind-role", action="logs:*")
    params = script(cloud, "blind", "pass", RoleArn=blind, InputDataConfig=[channel("train", data)])
    done = run(cloud, "TrainingJob", params)
    assert done["FailureReason"].startswith("ClientError: Data download failed: AccessDenied")


def test_a_caller_that_may_not_pass_the_role_is_refused(cloud: Cloud) -> None:
    caller = Principal(role(cloud, "starter", action="sagemaker:CreateTrainingJob"), "x")
    with pytest.raises(AwsError, match="iam:PassRole") as caught:
        cloud.call("sagemaker", "CreateTrainingJob", script(cloud, "unpassed", "pass"), principal=caller)
    assert caught.value.code == "AccessDeniedException"


def test_the_accounts_limit_of_instances_is_met_as_on_aws(cloud: Cloud) -> None:
    (cloud.root / "quotas.toml").write_text('[limits]\n"ml.m5.24xlarge for training job usage" = 0\n')
    machine = {"InstanceType": "ml.m5.24xlarge", "InstanceCount": 1, "VolumeSizeInGB": 1}
    with pytest.raises(AwsError) as caught:
        cloud.call(
            "sagemaker", "CreateTrainingJob", script(cloud, "too-many", "pass", ResourceConfig=machine)
        )
    (cloud.root / "quotas.toml").unlink()
    assert caught.value.code == "ResourceLimitExceeded"
    assert caught.value.message.startswith(
        "The account-level service limit 'ml.m5.24xlarge for training job usage' is 0 Instances, with "
        "current "
        "utilization of 0 Instances and a request delta of 1 Instances."
    )


def test_no_capacity_fails_the_job_as_on_aws(cloud: Cloud) -> None:
    (cloud.root / "quotas.toml").write_text('[capacity]\n"ml.m5.12xlarge" = 0\n')
    machine = {"InstanceType": "ml.m5.12xlarge", "InstanceCount": 1, "VolumeSizeInGB": 1}
    done = run(cloud, "TrainingJob", script(cloud, "no-capacity", "pass", ResourceConfig=machine))
    (cloud.root / "quotas.toml").unlink()
    assert (done["TrainingJobStatus"], done["FailureReason"][:14]) == ("Failed", "CapacityError:")


def test_lists_are_filtered_and_paged(cloud: Cloud) -> None:
    for name in ("list-a", "list-b", "list-c"):
        run(cloud, "TrainingJob", script(cloud, name, "pass"))
    params = {"NameContains": "list-", "SortBy": "Name", "SortOrder": "Ascending", "MaxResults": 2}
    first = cloud.call("sagemaker", "ListTrainingJobs", params)
    second = cloud.call("sagemaker", "ListTrainingJobs", params | {"NextToken": first["NextToken"]})
    names = [one["TrainingJobName"] for page in (first, second) for one in page["TrainingJobSummaries"]]
    assert (names, "NextToken" in second) == (["list-a", "list-b", "list-c"], False)
