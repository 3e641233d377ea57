"""What a caller must be allowed to do so that its query reads and writes."""

import json
from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError, Principal
from tests.cloud.athena.things import BUCKET, JSON, columns, ended, failure, json_lines, put, start, table


@pytest.fixture(scope="module", autouse=True)
def numbers(cloud: Cloud) -> None:
    put(cloud, "numbers/a.jsonl", json_lines(*({"n": n} for n in range(3))))
    table(cloud, "numbers", JSON, columns(n="int"))
    put(cloud, "wide/a.jsonl", json_lines({"x": "y"}))
    table(cloud, "wide", JSON, columns(x="string"))


def role(cloud: Cloud, name: str, *statements: dict[str, Any]) -> Principal:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    documents = [json.dumps({"Version": "2012-10-17", "Statement": part}) for part in ([trust], statements)]
    cloud.call("iam", "CreateRole", {"RoleName": name, "AssumeRolePolicyDocument": documents[0]})
    params = {"RoleName": name, "PolicyName": "all", "PolicyDocument": documents[1]}
    cloud.call("iam", "PutRolePolicy", params)
    return Principal(f"arn:aws:iam::{cloud.account}:role/{name}", "lambda")


def allow(action: str | list[str], resource: str = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


CATALOG = allow(["glue:GetTable", "glue:GetDatabase", "glue:GetPartitions"])
ATHENA = allow("athena:*")
WRITE = allow(["s3:PutObject", "s3:GetObject"], f"arn:aws:s3:::{BUCKET}/results/*")
PLACE = allow(["s3:GetBucketLocation", "s3:ListBucket"], f"arn:aws:s3:::{BUCKET}")
DATA = allow("s3:GetObject", f"arn:aws:s3:::{BUCKET}/numbers/*")


def test_a_caller_needs_the_tables_objects_and_no_more(cloud: Cloud) -> None:
    enough = role(cloud, "enough", CATALOG, ATHENA, WRITE, PLACE, DATA)
    query_id = start(cloud, "select count(*) from numbers", principal=enough)
    assert ended(cloud, query_id)["Status"]["State"] == "SUCCEEDED"
    assert failure(cloud, "select * from wide", principal=enough).startswith(
        "PERMISSION_DENIED: cars.wide: Access"
    )


@pytest.mark.parametrize(
    ("name", "statements", "reason"),
    [
        (
            "no-data",
            [CATALOG, ATHENA, WRITE, PLACE],
            "PERMISSION_DENIED: cars.numbers: Access Denied on s3://lake/",
        ),
        ("no-table", [ATHENA, WRITE, PLACE, DATA], "PERMISSION_DENIED: User: "),
        (
            "no-write",
            [CATALOG, ATHENA, PLACE, DATA],
            "Access denied when writing output to s3://lake/results/",
        ),
        (
            "no-list",
            [CATALOG, ATHENA, WRITE, DATA, allow("s3:GetBucketLocation")],
            "PERMISSION_DENIED: cars.numbers: AccessDenied",
        ),
    ],
    ids=["data", "table", "write", "list"],
)
def test_each_permission_is_needed(
    cloud: Cloud, name: str, statements: list[dict[str, Any]], reason: str
) -> None:
    assert failure(cloud, "select * from numbers", principal=role(cloud, name, *statements)).startswith(
        reason
    )


def test_a_role_is_held_to_its_workgroup(cloud: Cloud) -> None:
    only = role(cloud, "one-group", allow("athena:*", cloud.arn("athena", "workgroup/other")))
    with pytest.raises(AwsError) as caught:
        start(cloud, "select 1", principal=only)
    assert caught.value.code == "AccessDeniedException"
    query_id = start(cloud, "select 1")
    ended(cloud, query_id)
    with pytest.raises(AwsError) as caught:
        cloud.call("athena", "GetQueryExecution", {"QueryExecutionId": query_id}, principal=only)
    assert caught.value.code == "AccessDeniedException"
