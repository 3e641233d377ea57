import pytest

from stepmill.cloud.tasks.naming import exception_name, getter, pascal, sdk_services


@pytest.mark.parametrize(
    ("api", "sdk"),
    [
        ("SSEKMSKeyId", "SsekmsKeyId"),
        ("ETag", "ETag"),
        ("ACL", "Acl"),
        ("executionArn", "ExecutionArn"),
        ("DBInstanceIdentifier", "DbInstanceIdentifier"),
        ("S3Uri", "S3Uri"),
        ("SupportedResponseMIMETypes", "SupportedResponseMIMETypes"),
        ("MaxPayloadInMB", "MaxPayloadInMB"),
    ],
)
def test_members_are_spelled_as_the_java_sdks_getters(api: str, sdk: str) -> None:
    """Source: https://github.com/aws/aws-sdk-java-v2, codegen's naming strategy."""
    assert getter(api) == sdk


@pytest.mark.parametrize(
    ("api", "sdk"),
    [
        ("DynamoDB", "DynamoDb"),
        ("GreengrassV2", "GreengrassV2"),
        ("CloudWatch Logs", "CloudWatchLogs"),
        ("SageMaker FeatureStore Runtime", "SageMakerFeatureStoreRuntime"),
    ],
)
def test_classes_and_services_are_spelled_as_the_java_sdks_classes(api: str, sdk: str) -> None:
    """Source: https://github.com/aws/aws-sdk-java-v2, codegen's naming strategy."""
    assert pascal(api) == sdk


@pytest.mark.parametrize(
    ("shape", "name"),
    [
        ("ResourceInUse", "ResourceInUseException"),
        ("ConflictException", "ConflictException"),
        ("InternalServerFault", "InternalServerException"),
        ("NoSuchKey", "NoSuchKeyException"),
    ],
)
def test_exceptions_end_in_exception_once(shape: str, name: str) -> None:
    assert exception_name(shape) == name


def test_services_go_by_their_sdk_names() -> None:
    known = sdk_services()
    assert {
        name: known[name] for name in ("sfn", "eventbridge", "sagemakerruntime", "ssm", "cloudwatchlogs")
    } == {
        "sfn": "stepfunctions",
        "eventbridge": "events",
        "sagemakerruntime": "sagemaker-runtime",
        "ssm": "ssm",
        "cloudwatchlogs": "logs",
    }
    assert not {"stepfunctions", "events", "logs"} & known.keys()
