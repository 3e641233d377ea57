import json
from typing import Any

import pytest
from botocore.exceptions import ClientError


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    code: str = error.value.response["Error"]["Code"]
    return code


@pytest.mark.parametrize("name", ["Upper", "a.-b..c", "192.168.0.1", "xn--bucket", "under_score"])
def test_refuses_a_name_that_no_bucket_may_have(cloud: Any, name: str) -> None:
    from stepmill.cloud.service import AwsError

    with pytest.raises(AwsError, match="InvalidBucketName"):
        cloud.call("s3", "CreateBucket", {"Bucket": name})


def test_buckets_are_listed_with_their_place(s3: Any, bucket: str) -> None:
    assert bucket in [each["Name"] for each in s3.list_buckets()["Buckets"]]
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None
    assert s3.head_bucket(Bucket=bucket)["BucketRegion"] == "us-east-1"


BLOCK = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
RULES = [{"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 7}}]
ENCRYPTION = {
    "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}]
}
CORS = [{"AllowedMethods": ["GET"], "AllowedOrigins": ["https://a.example"]}]


@pytest.mark.parametrize(
    ("put", "get", "given", "member"),
    [
        (
            "put_public_access_block",
            "get_public_access_block",
            {"PublicAccessBlockConfiguration": BLOCK},
            None,
        ),
        (
            "put_bucket_encryption",
            "get_bucket_encryption",
            {"ServerSideEncryptionConfiguration": ENCRYPTION},
            None,
        ),
        (
            "put_bucket_ownership_controls",
            "get_bucket_ownership_controls",
            {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}},
            None,
        ),
        (
            "put_bucket_lifecycle_configuration",
            "get_bucket_lifecycle_configuration",
            {"LifecycleConfiguration": {"Rules": RULES}},
            "LifecycleConfiguration",
        ),
        (
            "put_bucket_tagging",
            "get_bucket_tagging",
            {"Tagging": {"TagSet": [{"Key": "team", "Value": "ml"}]}},
            "Tagging",
        ),
        (
            "put_bucket_cors",
            "get_bucket_cors",
            {"CORSConfiguration": {"CORSRules": CORS}},
            "CORSConfiguration",
        ),
        (
            "put_bucket_logging",
            "get_bucket_logging",
            {"BucketLoggingStatus": {"LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": "x/"}}},
            "BucketLoggingStatus",
        ),
    ],
)
def test_a_document_is_answered_as_it_was_given(
    s3: Any, bucket: str, put: str, get: str, given: dict[str, Any], member: str | None
) -> None:
    getattr(s3, put)(Bucket=bucket, **given)
    answer = getattr(s3, get)(Bucket=bucket)
    del answer["ResponseMetadata"]
    assert answer == (given if member is None else given[member])


def test_a_policy_is_kept_and_can_be_taken_away(s3: Any, bucket: str) -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    s3.put_bucket_policy(Bucket=bucket, Policy=policy)
    assert s3.get_bucket_policy(Bucket=bucket)["Policy"] == policy
    s3.delete_bucket_policy(Bucket=bucket)
    with pytest.raises(ClientError) as error:
        s3.get_bucket_policy(Bucket=bucket)
    assert code_of(error) == "NoSuchBucketPolicy"
    with pytest.raises(ClientError) as error:
        s3.put_bucket_policy(Bucket=bucket, Policy="not json")
    assert code_of(error) == "MalformedPolicy"


def test_the_bucket_s_encryption_is_the_objects(s3: Any, bucket: str) -> None:
    assert s3.put_object(Bucket=bucket, Key="x", Body=b"")["ServerSideEncryption"] == "AES256"
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=ENCRYPTION)
    assert s3.put_object(Bucket=bucket, Key="x", Body=b"")["ServerSideEncryption"] == "aws:kms"


def test_refuses_customer_keys_by_name(s3: Any, bucket: str) -> None:
    with pytest.raises(ClientError, match="SSECustomerAlgorithm is not supported"):
        s3.put_object(
            Bucket=bucket, Key="x", Body=b"", SSECustomerKey="k" * 32, SSECustomerAlgorithm="AES256"
        )


def test_tags_of_an_object_are_replaced_and_removed(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="x", Body=b"")
    tags = [{"Key": "a", "Value": "1"}]
    s3.put_object_tagging(Bucket=bucket, Key="x", Tagging={"TagSet": tags})
    assert s3.get_object_tagging(Bucket=bucket, Key="x")["TagSet"] == tags
    s3.delete_object_tagging(Bucket=bucket, Key="x")
    assert s3.get_object_tagging(Bucket=bucket, Key="x")["TagSet"] == []
    with pytest.raises(ClientError) as error:
        s3.put_object_tagging(Bucket=bucket, Key="x", Tagging={"TagSet": tags * 2})
    assert code_of(error) == "InvalidTag"


def test_attributes_tell_size_and_checksum(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="x", Body=b"123", ChecksumAlgorithm="SHA256")
    answer = s3.get_object_attributes(
        Bucket=bucket, Key="x", ObjectAttributes=["ETag", "ObjectSize", "Checksum"]
    )
    assert (answer["ETag"], answer["ObjectSize"]) == ("202cb962ac59075b964b07152d234b70", 3)
    assert answer["Checksum"]["ChecksumType"] == "FULL_OBJECT"
