"""Names as the SDK for Java 2 has them."""

from __future__ import annotations

import pytest

from stepmill.check.services.spelling import method, pascal, sdk_name, sdk_names, service_of, spellings


@pytest.mark.parametrize(
    ("member", "name"),
    [
        ("DBInstances", "DbInstances"),
        ("SNSTopicArn", "SnsTopicArn"),
        ("SSEKMSKeyId", "SsekmsKeyId"),
        ("VolumeSizeInGB", "VolumeSizeInGB"),
        ("AutoMLJobArn", "AutoMLJobArn"),
        ("awsInstanceID", "AwsInstanceID"),
        ("ETag", "ETag"),
        ("ARN", "Arn"),
        ("S3Uri", "S3Uri"),
        ("stateMachineArn", "StateMachineArn"),
        ("N", "N"),
        ("x", "X"),
    ],
)
def test_a_member_is_spelled_as_its_getter(member: str, name: str) -> None:
    assert sdk_name(member) == name


@pytest.mark.parametrize(
    ("name", "spelled"),
    [("VolumeSizeInGB", "VolumeSizeInGb"), ("DBInstances", "DbInstances"), ("IPv6Cidr", "IpV6Cidr")],
)
def test_a_class_is_spelled_by_words(name: str, spelled: str) -> None:
    assert pascal(name) == spelled


def test_a_word_of_java_gets_value_behind_it() -> None:
    assert spellings("Filter", "equals") == ("EqualsValue", "Equals")


def test_a_member_renamed_by_hand_has_both_names() -> None:
    assert spellings("CopyObjectRequest", "Key") == ("DestinationKey", "Key")
    assert sdk_names("AttributeValue", "NULL")[0] == "Nul"


@pytest.mark.parametrize(
    ("service_id", "name"),
    [
        ("Cognito Identity Provider", "cognitoidentityprovider"),
        ("Database Migration Service", "databasemigration"),
        ("SFN", "sfn"),
        ("EMR containers", "emrcontainers"),
    ],
)
def test_a_service_is_named_by_its_id(service_id: str, name: str) -> None:
    assert service_of(service_id) == name


def test_an_action_begins_small() -> None:
    assert method("DescribeDBInstances") == "describeDBInstances"
