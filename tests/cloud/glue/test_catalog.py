"""The Data Catalog: databases, tables, and whom they are open to."""

import json

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError, Principal
from tests.cloud.glue.things import role


def code(cloud: Cloud, operation: str, **params: object) -> str:
    with pytest.raises(AwsError) as caught:
        cloud.call("glue", operation, params)
    return caught.value.code


def test_names_are_kept_in_small_letters(cloud: Cloud) -> None:
    cloud.call("glue", "CreateDatabase", {"DatabaseInput": {"Name": "Cars", "Description": "d"}})
    storage = {"Columns": [{"Name": "KM", "Type": "int"}], "Location": "s3://b/"}
    table = {"Name": "Sales", "StorageDescriptor": storage, "PartitionKeys": [{"Name": "Dt", "Type": "date"}]}
    cloud.call("glue", "CreateTable", {"DatabaseName": "CARS", "TableInput": table})
    found = cloud.call("glue", "GetTable", {"DatabaseName": "cars", "Name": "SALES"})["Table"]
    assert (found["Name"], found["DatabaseName"]) == ("sales", "cars")
    assert found["StorageDescriptor"]["Columns"] == [{"Name": "km", "Type": "int"}]
    assert found["PartitionKeys"] == [{"Name": "dt", "Type": "date"}]
    listed = cloud.call("glue", "GetTables", {"DatabaseName": "cars", "Expression": "sal*"})["TableList"]
    assert [one["Name"] for one in listed] == ["sales"]


def test_what_is_not_there_or_there_twice_is_told(cloud: Cloud) -> None:
    cloud.call("glue", "CreateDatabase", {"DatabaseInput": {"Name": "twice"}})
    assert code(cloud, "CreateDatabase", DatabaseInput={"Name": "Twice"}) == "AlreadyExistsException"
    assert code(cloud, "GetDatabase", Name="none") == "EntityNotFoundException"
    assert code(cloud, "GetTable", DatabaseName="twice", Name="none") == "EntityNotFoundException"
    assert code(cloud, "GetTables", DatabaseName="none") == "EntityNotFoundException"
    double = {
        "Name": "t",
        "StorageDescriptor": {"Columns": [{"Name": "a"}]},
        "PartitionKeys": [{"Name": "A"}],
    }
    assert code(cloud, "CreateTable", DatabaseName="twice", TableInput=double) == "InvalidInputException"
    given = {"DatabaseName": "twice", "TableInput": {"Name": "t"}}
    for _ in range(2):
        cloud.call("glue", "CreateTable", given, attempt="deploy-1")
    assert code(cloud, "CreateTable", **given) == "AlreadyExistsException"


def test_tables_go_with_their_database(cloud: Cloud) -> None:
    cloud.call("glue", "CreateDatabase", {"DatabaseInput": {"Name": "gone"}})
    cloud.call("glue", "CreateTable", {"DatabaseName": "gone", "TableInput": {"Name": "t"}})
    cloud.call("glue", "DeleteDatabase", {"Name": "gone"})
    cloud.call("glue", "CreateDatabase", {"DatabaseInput": {"Name": "gone"}})
    assert cloud.call("glue", "GetTables", {"DatabaseName": "gone"}) == {"TableList": []}


def test_a_caller_needs_catalog_database_and_table(cloud: Cloud) -> None:
    cloud.call("glue", "CreateDatabase", {"DatabaseInput": {"Name": "held"}})
    cloud.call("glue", "CreateTable", {"DatabaseName": "held", "TableInput": {"Name": "t"}})
    role(cloud, "reader", "lambda.amazonaws.com", "sns:Publish")
    caller = Principal(f"arn:aws:iam::{cloud.account}:role/reader", "lambda")
    arns = [cloud.arn("glue", part) for part in ("catalog", "database/held", "table/held/t")]
    for count in (2, 3):
        allow = {"Effect": "Allow", "Action": "glue:GetTable", "Resource": arns[:count]}
        document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        cloud.call(
            "iam", "PutRolePolicy", {"RoleName": "reader", "PolicyName": "all", "PolicyDocument": document}
        )
        place = {"DatabaseName": "held", "Name": "t"}
        if count == 3:
            assert cloud.call("glue", "GetTable", place, principal=caller)["Table"]["Name"] == "t"
        else:
            with pytest.raises(AwsError, match="table/held/t"):
                cloud.call("glue", "GetTable", place, principal=caller)
