"""A bucket, tables over it, and queries of them."""

import json
import time
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import ROOT, Principal

BUCKET = "lake"
DATABASE = "cars"
OUTPUT = f"s3://{BUCKET}/results/"
OVER = ("SUCCEEDED", "FAILED", "CANCELLED")
JSON = "org.openx.data.jsonserde.JsonSerDe"
CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
LAZY = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
REGEX = "org.apache.hadoop.hive.serde2.RegexSerDe"
PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"


def put(cloud: Cloud, key: str, text: str | bytes) -> None:
    if BUCKET not in [one["Name"] for one in cloud.call("s3", "ListBuckets")["Buckets"]]:
        cloud.call("s3", "CreateBucket", {"Bucket": BUCKET})
    body = text if isinstance(text, bytes) else text.encode()
    cloud.call("s3", "PutObject", {"Bucket": BUCKET, "Key": key, "Body": body})


def json_lines(*rows: dict[str, Any]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def columns(**kinds: str) -> list[dict[str, str]]:
    return [{"Name": name, "Type": kind} for name, kind in kinds.items()]


def table(
    cloud: Cloud,
    name: str,
    serde: str,
    fields: list[dict[str, str]],
    *,
    location: str = "",
    keys: list[dict[str, str]] | None = None,
    properties: dict[str, str] | None = None,
    options: dict[str, str] | None = None,
) -> None:
    if DATABASE not in [one["Name"] for one in cloud.call("glue", "GetDatabases")["DatabaseList"]]:
        cloud.call("glue", "CreateDatabase", {"DatabaseInput": {"Name": DATABASE}})
    storage = {
        "Columns": fields,
        "Location": location or f"s3://{BUCKET}/{name}/",
        "SerdeInfo": {"SerializationLibrary": serde, "Parameters": options or {}},
    }
    given: dict[str, Any] = {"Name": name, "TableType": "EXTERNAL_TABLE", "StorageDescriptor": storage}
    given |= {"PartitionKeys": keys or [], "Parameters": properties or {}}
    cloud.call("glue", "CreateTable", {"DatabaseName": DATABASE, "TableInput": given})


def start(cloud: Cloud, sql: str, *parameters: str, principal: Principal = ROOT, **more: Any) -> str:
    params = {
        "QueryString": sql,
        "QueryExecutionContext": {"Database": DATABASE},
        "ResultConfiguration": {"OutputLocation": OUTPUT},
        **more,
    }
    if parameters:
        params["ExecutionParameters"] = list(parameters)
    return str(cloud.call("athena", "StartQueryExecution", params, principal=principal)["QueryExecutionId"])


def ended(cloud: Cloud, query_id: str, timeout_s: float = 60) -> dict[str, Any]:
    deadline = time.monotonic() + timeout_s
    while True:
        found: dict[str, Any] = cloud.call("athena", "GetQueryExecution", {"QueryExecutionId": query_id})
        if found["QueryExecution"]["Status"]["State"] in OVER:
            return dict(found["QueryExecution"])
        assert time.monotonic() < deadline, found
        time.sleep(0.01)


def results(cloud: Cloud, query_id: str) -> list[list[str | None]]:
    answer = cloud.call("athena", "GetQueryResults", {"QueryExecutionId": query_id})
    return [[cell.get("VarCharValue") for cell in row["Data"]] for row in answer["ResultSet"]["Rows"]]


def ask(cloud: Cloud, sql: str, *parameters: str, principal: Principal = ROOT) -> list[list[str | None]]:
    """Header and rows of a query that succeeds."""
    query_id = start(cloud, sql, *parameters, principal=principal)
    status = ended(cloud, query_id)["Status"]
    assert status["State"] == "SUCCEEDED", status
    return results(cloud, query_id)


def failure(cloud: Cloud, sql: str, *parameters: str, principal: Principal = ROOT) -> str:
    """The reason of a query that fails."""
    status = ended(cloud, start(cloud, sql, *parameters, principal=principal))["Status"]
    assert status["State"] == "FAILED", status
    return str(status["StateChangeReason"])
