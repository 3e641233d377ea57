"""Roles' calls are held against their policies, through the door and in process."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError, Principal

TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: str | list[str], resource: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource} | more


def make_role(
    cloud: Cloud, name: str, *statements: dict[str, Any], trust: dict[str, Any] = TRUST
) -> Principal:
    arn = cloud.call("iam", "CreateRole", {"RoleName": name, "AssumeRolePolicyDocument": document(trust)})[
        "Role"
    ]["Arn"]
    if statements:
        policy = {"RoleName": name, "PolicyName": "own", "PolicyDocument": document(*statements)}
        cloud.call("iam", "PutRolePolicy", policy)
    return Principal(arn, "session")


def test_a_role_may_do_what_its_policy_allows_and_nothing_else(
    cloud: Cloud, aws_with: Callable[..., Any]
) -> None:
    role = make_role(cloud, "reader", allow("ssm:GetParameter", cloud.arn("ssm", "parameter/cars/*")))
    cloud.call("ssm", "PutParameter", {"Name": "/cars/model", "Value": "m1", "Type": "String"})
    client = aws_with("ssm", keys=cloud.credentials(role))
    assert client.get_parameter(Name="/cars/model")["Parameter"]["Value"] == "m1"
    with pytest.raises(ClientError) as caught:
        client.put_parameter(Name="/cars/model", Value="m2", Type="String", Overwrite=True)
    assert caught.value.response["Error"]["Code"] == "AccessDeniedException"
    assert caught.value.response["Error"]["Message"] == (
        "User: arn:aws:sts::123456789012:assumed-role/reader/session is not authorized to perform: "
        "ssm:PutParameter on resource: arn:aws:ssm:us-east-1:123456789012:parameter/cars/model "
        "because no identity-based policy allows the ssm:PutParameter action"
    )
    with pytest.raises(AwsError, match=r"ssm:GetParameter on resource: .*parameter/other"):
        cloud.call("ssm", "GetParameter", {"Name": "/other"}, principal=role)


def test_an_explicit_deny_is_named_as_one(cloud: Cloud) -> None:
    role = make_role(cloud, "denied", allow("*"), {"Effect": "Deny", "Action": "ssm:*", "Resource": "*"})
    with pytest.raises(AwsError) as caught:
        cloud.call("ssm", "DescribeParameters", principal=role)
    assert caught.value.message.endswith("with an explicit deny in an identity-based policy")


def test_calls_that_moto_answers_are_checked_by_table_queue_and_key(cloud: Cloud) -> None:
    role = make_role(cloud, "tables", allow("dynamodb:*", cloud.arn("dynamodb", "table/locks")))
    for service, operation, params, resource in (
        ("dynamodb", "GetItem", {"TableName": "other", "Key": {"k": {"S": "x"}}}, "table/other"),
        ("dynamodb", "Query", {"TableName": "locks", "IndexName": "i"}, "table/locks/index/i"),
        (
            "dynamodb",
            "BatchGetItem",
            {"RequestItems": {"other": {"Keys": [{"k": {"S": "x"}}]}}},
            "table/other",
        ),
        ("kms", "Encrypt", {"KeyId": "abc", "Plaintext": b"x"}, "key/abc"),
        ("iam", "GetRole", {"RoleName": "tables"}, "role/tables"),
        ("secretsmanager", "GetSecretValue", {"SecretId": "hook"}, "secret:hook"),
        (
            "ecr",
            "BatchGetImage",
            {"registryId": "210987654321", "repositoryName": "mine", "imageIds": []},
            "arn:aws:ecr:us-east-1:210987654321:repository/mine",
        ),
        ("ecr", "DescribeImages", {"repositoryName": "mine"}, "123456789012:repository/mine"),
        ("cloudwatch", "PutMetricData", {"Namespace": "n", "MetricData": []}, r"resource: \* "),
    ):
        with pytest.raises(AwsError, match=f"not authorized to perform: {service}:{operation} .*{resource}"):
            cloud.call(service, operation, params, principal=role)
    with pytest.raises(AwsError, match="ResourceNotFoundException"):
        cloud.call("dynamodb", "DescribeTable", {"TableName": "locks"}, principal=role)


def test_the_door_checks_what_it_passes_on(cloud: Cloud, aws_with: Callable[..., Any]) -> None:
    role = make_role(cloud, "outside", allow("dynamodb:ListTables"))
    keys = cloud.credentials(role)
    assert "TableNames" in aws_with("dynamodb", keys=keys).list_tables()
    with pytest.raises(ClientError, match="cloudwatch:ListMetrics on resource"):
        aws_with("cloudwatch", keys=keys).list_metrics()
    with pytest.raises(ClientError, match=r"AccessDenied\).*iam:CreateUser on resource: .*user/eve"):
        aws_with("iam", keys=keys).create_user(UserName="eve")


def test_a_new_policy_holds_at_once(cloud: Cloud, aws: Callable[[str], Any]) -> None:
    role = make_role(cloud, "changing")
    with pytest.raises(AwsError):
        cloud.call("ssm", "DescribeParameters", principal=role)
    policy = document(allow("ssm:DescribeParameters"))
    aws("iam").put_role_policy(RoleName="changing", PolicyName="late", PolicyDocument=policy)
    cloud.call("ssm", "DescribeParameters", principal=role)
    aws("iam").delete_role_policy(RoleName="changing", PolicyName="late")
    with pytest.raises(AwsError):
        cloud.call("ssm", "DescribeParameters", principal=role)


def test_attached_policies_count_and_a_boundary_limits_them(cloud: Cloud) -> None:
    role = make_role(cloud, "attached")
    made = cloud.call(
        "iam", "CreatePolicy", {"PolicyName": "wide", "PolicyDocument": document(allow(["ssm:*", "logs:*"]))}
    )
    bound = cloud.call(
        "iam", "CreatePolicy", {"PolicyName": "bound", "PolicyDocument": document(allow("logs:*"))}
    )
    cloud.call("iam", "AttachRolePolicy", {"RoleName": "attached", "PolicyArn": made["Policy"]["Arn"]})
    cloud.call("ssm", "DescribeParameters", principal=role)
    boundary = {"RoleName": "attached", "PermissionsBoundary": bound["Policy"]["Arn"]}
    cloud.call("iam", "PutRolePermissionsBoundary", boundary)
    cloud.call("logs", "DescribeLogGroups", principal=role)
    with pytest.raises(AwsError, match="ssm:DescribeParameters"):
        cloud.call("ssm", "DescribeParameters", principal=role)


def test_aws_managed_policies_are_known(cloud: Cloud) -> None:
    role = make_role(cloud, "managed")
    arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    cloud.call("iam", "AttachRolePolicy", {"RoleName": "managed", "PolicyArn": arn})
    cloud.call("logs", "CreateLogGroup", {"logGroupName": "/aws/lambda/x"}, principal=role)
    with pytest.raises(AwsError, match="logs:DeleteLogGroup"):
        cloud.call("logs", "DeleteLogGroup", {"logGroupName": "/aws/lambda/x"}, principal=role)


def test_a_role_that_does_not_exist_may_do_nothing(cloud: Cloud) -> None:
    with pytest.raises(AwsError, match="assumed-role/ghost/root is not authorized"):
        cloud.call("ssm", "DescribeParameters", principal=Principal("arn:aws:iam::123456789012:role/ghost"))


def test_passing_a_role_is_asked_with_the_service_it_goes_to(cloud: Cloud) -> None:
    condition = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    job = "arn:aws:iam::123456789012:role/job"
    role = make_role(cloud, "passer", allow("iam:PassRole", job, Condition=condition))
    cloud.allow(role, "iam:PassRole", job, {"iam:PassedToService": "sagemaker.amazonaws.com"})
    with pytest.raises(AwsError) as caught:
        cloud.allow(role, "iam:PassRole", job, {"iam:PassedToService": "lambda.amazonaws.com"})
    assert (caught.value.code, caught.value.status) == ("AccessDeniedException", 403)


def test_listing_a_bucket_is_limited_by_prefix(cloud: Cloud) -> None:
    condition = {"StringLike": {"s3:prefix": "raw/*"}}
    role = make_role(cloud, "lister", allow("s3:ListBucket", "arn:aws:s3:::cars", Condition=condition))
    cloud.call("s3", "CreateBucket", {"Bucket": "cars"})
    cloud.call("s3", "ListObjectsV2", {"Bucket": "cars", "Prefix": "raw/2026/"}, principal=role)
    with pytest.raises(AwsError, match="s3:ListBucket on resource: arn:aws:s3:::cars"):
        cloud.call("s3", "ListObjectsV2", {"Bucket": "cars", "Prefix": "models/"}, principal=role)


def test_a_service_takes_on_only_a_role_that_trusts_it(cloud: Cloud) -> None:
    role = make_role(cloud, "trusting").role_arn
    assert role is not None
    assert cloud.assume(role, "lambda.amazonaws.com") == Principal(role, "lambda")
    for arn, service in ((role, "states.amazonaws.com"), (f"{role}x", "lambda.amazonaws.com")):
        with pytest.raises(AwsError) as caught:
            cloud.assume(arn, service)
        assert (caught.value.code, caught.value.message) == (
            "AccessDenied",
            f"User: {service} is not authorized to perform: sts:AssumeRole on resource: {arn}",
        )


def test_a_trust_policy_may_name_account_and_source(cloud: Cloud) -> None:
    condition = {
        "StringEquals": {"aws:SourceAccount": cloud.account},
        "ArnLike": {"aws:SourceArn": cloud.arn("states", "stateMachine:*")},
    }
    trust = {**TRUST, "Principal": {"Service": ["states.amazonaws.com"]}, "Condition": condition}
    role = make_role(cloud, "sourced", trust=trust).role_arn
    assert role is not None
    cloud.assume(role, "states.amazonaws.com", source_arn=cloud.arn("states", "stateMachine:training"))
    for source in (None, cloud.arn("states", "activity:training")):
        with pytest.raises(AwsError):
            cloud.assume(role, "states.amazonaws.com", source_arn=source)
