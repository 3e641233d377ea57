"""AWS::Glue::Database and Table, AWS::Athena::WorkGroup and NamedQuery of a template."""

from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError
from tests.cloud.athena.things import BUCKET, JSON, ended, json_lines, put, results
from tests.cloud.deploy.things import create, delete, physical, update


def template(query: str, cutoff: int | None = 10_000_000, column: str = "string") -> dict[str, Any]:
    configuration: dict[str, Any] = {"ResultConfiguration": {"OutputLocation": f"s3://{BUCKET}/results/"}}
    if cutoff:
        configuration["BytesScannedCutoffPerQuery"] = cutoff
    serde = {"SerializationLibrary": JSON, "Parameters": {"ignore.malformed.json": True}}
    storage = {
        "Columns": [{"Name": "id", "Type": column}],
        "Location": f"s3://{BUCKET}/d/",
        "SerdeInfo": serde,
    }
    table_input = {"Name": "things", "Parameters": {"classification": "json"}, "StorageDescriptor": storage}
    database = {"CatalogId": {"Ref": "AWS::AccountId"}, "DatabaseInput": {"Name": "Shop"}}
    table = {
        "CatalogId": {"Ref": "AWS::AccountId"},
        "DatabaseName": {"Ref": "Shop"},
        "TableInput": table_input,
    }
    named = {"Name": "all", "Database": {"Ref": "Shop"}, "QueryString": query, "WorkGroup": {"Ref": "Group"}}
    group = {"Name": "shop", "WorkGroupConfiguration": configuration, "RecursiveDeleteOption": True}
    return {
        "Resources": {
            "Shop": {"Type": "AWS::Glue::Database", "Properties": database},
            "Things": {"Type": "AWS::Glue::Table", "Properties": table},
            "Group": {"Type": "AWS::Athena::WorkGroup", "Properties": group},
            "All": {"Type": "AWS::Athena::NamedQuery", "Properties": named},
        }
    }


def run_named(cloud: Cloud) -> list[list[str | None]]:
    (query_id,) = cloud.call("athena", "ListNamedQueries", {"WorkGroup": "shop"})["NamedQueryIds"]
    named = cloud.call("athena", "GetNamedQuery", {"NamedQueryId": query_id})["NamedQuery"]
    context = {"Database": named["Database"]}
    params = {"QueryString": named["QueryString"], "QueryExecutionContext": context, "WorkGroup": "shop"}
    execution = cloud.call("athena", "StartQueryExecution", params)["QueryExecutionId"]
    status = ended(cloud, execution)["Status"]
    assert status["State"] == "SUCCEEDED", status
    return results(cloud, execution)


def test_a_named_query_of_a_stack_runs_over_its_table(cloud: Cloud) -> None:
    put(cloud, "d/a.jsonl", json_lines({"id": "7"}))
    stack = create(cloud, "shop", template("select id from things"))
    made = physical(cloud, stack)
    assert (made["Shop"], made["Things"], made["Group"]) == ("shop", "things", "shop")
    assert run_named(cloud) == [["id"], ["7"]]
    update(cloud, "shop", template("select id + 1 as next from things", None, "int"))
    assert run_named(cloud) == [["next"], ["8"]]
    group = cloud.call("athena", "GetWorkGroup", {"WorkGroup": "shop"})["WorkGroup"]
    assert "BytesScannedCutoffPerQuery" not in group["Configuration"]
    delete(cloud, stack)
    with pytest.raises(AwsError, match="WorkGroup shop is not found"):
        cloud.call("athena", "GetWorkGroup", {"WorkGroup": "shop"})
    with pytest.raises(AwsError, match="Database shop not found"):
        cloud.call("glue", "GetTables", {"DatabaseName": "shop"})


def test_a_cutoff_below_athenas_least_is_refused(cloud: Cloud) -> None:
    stack = create(cloud, "shop-small", template("select 1", 1000))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
