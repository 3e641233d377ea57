"""Functions, layers, permissions: what is stored, and what is refused."""

import base64
import hashlib
import io
import json
import stat
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError, Principal
from tests.cloud.lambda_.packages import create, package, role

SOURCE = "def handler(event, context): return 1"


def zipped(*members: tuple[zipfile.ZipInfo | str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for info, content in members:
            archive.writestr(info, content)
    return data.getvalue()


def link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def test_a_function_is_shown_as_it_was_made(cloud: Cloud) -> None:
    made = create(cloud, "shown", SOURCE, Timeout=9, MemorySize=256, Tags={"team": "cars"}, Description="one")
    found = cloud.call("lambda", "GetFunction", {"FunctionName": made["FunctionArn"]})
    assert found["Configuration"] == made
    assert found["Tags"] == {"team": "cars"}
    expected = base64.b64encode(hashlib.sha256(package(SOURCE)).digest()).decode()
    shown = {
        key: made[key] for key in ("FunctionArn", "Timeout", "MemorySize", "State", "Version", "CodeSize")
    }
    assert shown == {
        "FunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:shown",
        "Timeout": 9,
        "MemorySize": 256,
        "State": "Active",
        "Version": "$LATEST",
        "CodeSize": len(package(SOURCE)),
    }
    assert len(made["CodeSha256"]) == len(expected)


def test_boto3_sees_the_same(cloud: Cloud, aws: Any) -> None:
    made = create(cloud, "seen", SOURCE)
    found = aws("lambda").get_function_configuration(FunctionName="seen")
    del found["ResponseMetadata"]
    assert found == made


def test_a_package_can_come_from_s3(cloud: Cloud) -> None:
    cloud.call("s3", "CreateBucket", {"Bucket": "code"})
    cloud.call("s3", "PutObject", {"Bucket": "code", "Key": "p q.zip", "Body": package(SOURCE)})
    made = create(cloud, "from-s3", SOURCE, Code={"S3Bucket": "code", "S3Key": "p q.zip"})
    assert made["CodeSize"] == len(package(SOURCE))
    with pytest.raises(AwsError, match="S3 Error Code: NoSuchKey"):
        create(cloud, "from-nowhere", SOURCE, Code={"S3Bucket": "code", "S3Key": "none.zip"})


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (zipped(("../evil.py", b"x")), "is outside the package"),
        (zipped(("/abs.py", b"x")), "is outside the package"),
        (zipped((link(), b"/etc/passwd")), "is a link or device"),
        (zipped(("a\\b.py", b"x")), "is outside the package"),
        (b"no zip", "Could not unzip uploaded file"),
        (package(SOURCE)[:-30], "Could not unzip uploaded file"),
        (zipped(("zeros", bytes(262_144_001))), "Unzipped size must be smaller than 262144000 bytes"),
    ],
    ids=["dotdot", "absolute", "link", "backslash", "no_zip", "truncated", "bomb"],
)
def test_a_package_that_attacks_is_refused(cloud: Cloud, data: bytes, message: str) -> None:
    with pytest.raises(AwsError, match=message) as caught:
        create(cloud, "attacked", SOURCE, Code={"ZipFile": data})
    assert caught.value.code == "InvalidParameterValueException"


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"Runtime": "nodejs22.x"}, "Runtime nodejs22.x is not supported"),
        ({"Timeout": 901}, "Timeout is 901"),
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, "reserved keys"),
        ({"Environment": {"Variables": {"A": "x" * 5000}}}, "larger than 4096 bytes"),
        ({"Role": "arn:aws:iam::123456789012:role/nobody"}, "cannot be assumed by Lambda"),
        ({"Layers": ["arn:aws:lambda:us-east-1:123456789012:layer:none:1"]}, "does not exist"),
        ({"Code": {"ImageUri": "x"}, "PackageType": "Image"}, "Image is not supported"),
    ],
)
def test_refuses_at_once_what_cannot_run(cloud: Cloud, params: dict[str, Any], message: str) -> None:
    with pytest.raises(AwsError, match=message):
        create(cloud, "refused", SOURCE, **params)


def test_a_name_is_taken_except_for_the_same_attempt(cloud: Cloud) -> None:
    params: dict[str, Any] = {
        "FunctionName": "taken",
        "Runtime": "python3.13",
        "Handler": "handler.handler",
        "Role": role(cloud),
    }
    params |= {"Code": {"ZipFile": package(SOURCE)}}
    first = cloud.call("lambda", "CreateFunction", params, attempt="a")
    assert cloud.call("lambda", "CreateFunction", params, attempt="a") == first
    with pytest.raises(AwsError) as caught:
        cloud.call("lambda", "CreateFunction", params, attempt="b")
    assert (caught.value.code, caught.value.status) == ("ResourceConflictException", 409)


def test_passing_a_role_needs_permission(cloud: Cloud) -> None:
    params = {
        "FunctionName": "unpassed",
        "Runtime": "python3.13",
        "Handler": "handler.handler",
        "Role": role(cloud),
    }
    cloud.call("iam", "CreateRole", {"RoleName": "maker", "AssumeRolePolicyDocument": "{}"})
    allowed = {"Effect": "Allow", "Action": "lambda:CreateFunction", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    cloud.call("iam", "PutRolePolicy", {"RoleName": "maker", "PolicyName": "p", "PolicyDocument": policy})
    maker = Principal(f"arn:aws:iam::{cloud.account}:role/maker", "x")
    with pytest.raises(AwsError, match="iam:PassRole"):
        cloud.call(
            "lambda", "CreateFunction", params | {"Code": {"ZipFile": package(SOURCE)}}, principal=maker
        )


def test_layers_are_numbered_and_a_deleted_number_is_not_given_again(cloud: Cloud) -> None:
    zipfile_of = {"ZipFile": package("x = 1", "python/x.py")}
    content: dict[str, Any] = {"Content": zipfile_of, "LayerName": "numbers"}
    numbers = [cloud.call("lambda", "PublishLayerVersion", content)["Version"] for _ in range(2)]
    cloud.call("lambda", "DeleteLayerVersion", {"LayerName": "numbers", "VersionNumber": 2})
    numbers.append(cloud.call("lambda", "PublishLayerVersion", content)["Version"])
    listed = cloud.call("lambda", "ListLayerVersions", {"LayerName": "numbers"})["LayerVersions"]
    assert (numbers, [one["Version"] for one in listed]) == ([1, 2, 3], [3, 1])
    arn = f"arn:aws:lambda:us-east-1:{cloud.account}:layer:numbers:2"
    with pytest.raises(AwsError, match="does not exist"):
        cloud.call("lambda", "GetLayerVersionByArn", {"Arn": arn})


def test_permissions_are_kept_and_taken_away(cloud: Cloud) -> None:
    create(cloud, "permitted", SOURCE)
    grant = {"FunctionName": "permitted", "StatementId": "s", "Action": "lambda:InvokeFunction"}
    grant |= {
        "Principal": "events.amazonaws.com",
        "SourceArn": "arn:aws:events:us-east-1:123456789012:rule/r",
    }
    cloud.call("lambda", "AddPermission", grant)
    with pytest.raises(AwsError, match="already exists"):
        cloud.call("lambda", "AddPermission", grant)
    policy = json.loads(cloud.call("lambda", "GetPolicy", {"FunctionName": "permitted"})["Policy"])
    assert policy["Statement"] == [
        {
            "Sid": "s",
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "lambda:InvokeFunction",
            "Resource": "arn:aws:lambda:us-east-1:123456789012:function:permitted",
            "Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:events:us-east-1:123456789012:rule/r"}},
        }
    ]
    cloud.call("lambda", "RemovePermission", {"FunctionName": "permitted", "StatementId": "s"})
    with pytest.raises(AwsError, match="does not exist"):
        cloud.call("lambda", "GetPolicy", {"FunctionName": "permitted"})


def test_functions_are_listed_in_pages_and_deleted(cloud: Cloud) -> None:
    for name in ("zz-1", "zz-2", "zz-3"):
        create(cloud, name, SOURCE)
    page = cloud.call("lambda", "ListFunctions", {"Marker": "zz-0", "MaxItems": 2})
    rest = cloud.call("lambda", "ListFunctions", {"Marker": page["NextMarker"]})
    assert [one["FunctionName"] for one in page["Functions"] + rest["Functions"]] == ["zz-1", "zz-2", "zz-3"]
    cloud.call("lambda", "DeleteFunction", {"FunctionName": "zz-1"})
    with pytest.raises(AwsError, match="Function not found"):
        cloud.call("lambda", "GetFunction", {"FunctionName": "zz-1"})


def test_tags_and_event_configuration_are_kept(cloud: Cloud) -> None:
    arn = create(cloud, "tagged", SOURCE)["FunctionArn"]
    cloud.call("lambda", "TagResource", {"Resource": arn, "Tags": {"a": "1", "b": "2"}})
    cloud.call("lambda", "UntagResource", {"Resource": arn, "TagKeys": ["a"]})
    assert cloud.call("lambda", "ListTags", {"Resource": arn}) == {"Tags": {"b": "2"}}
    with pytest.raises(AwsError, match="doesn't have an EventInvokeConfig"):
        cloud.call("lambda", "GetFunctionEventInvokeConfig", {"FunctionName": "tagged"})
    cloud.call(
        "lambda", "PutFunctionEventInvokeConfig", {"FunctionName": "tagged", "MaximumRetryAttempts": 1}
    )
    found = cloud.call("lambda", "GetFunctionEventInvokeConfig", {"FunctionName": "tagged"})
    assert found["MaximumRetryAttempts"] == 1


def test_permissions_added_at_once_are_all_kept(cloud: Cloud) -> None:
    create(cloud, "granted", SOURCE)
    names = [f"s{number}" for number in range(12)]
    with ThreadPoolExecutor(len(names)) as pool:
        for name in names:
            grant = {"FunctionName": "granted", "StatementId": name, "Action": "lambda:InvokeFunction"}
            grant |= {"Principal": "apigateway.amazonaws.com"}
            pool.submit(cloud.call, "lambda", "AddPermission", grant)
    policy = json.loads(cloud.call("lambda", "GetPolicy", {"FunctionName": "granted"})["Policy"])
    assert sorted(one["Sid"] for one in policy["Statement"]) == sorted(names)
