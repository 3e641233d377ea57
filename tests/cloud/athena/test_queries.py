"""Queries: begun, refused, stopped, their results and what they may read."""

import json
import time
from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError
from tests.cloud.athena.things import (
    BUCKET,
    DATABASE,
    JSON,
    OUTPUT,
    ask,
    columns,
    ended,
    failure,
    json_lines,
    put,
    results,
    start,
    table,
)

SLOW = "select sum(sin(a.n * b.n)) from numbers as a cross join numbers as b cross join numbers as c"


@pytest.fixture(scope="module", autouse=True)
def numbers(cloud: Cloud) -> None:
    put(cloud, "numbers/a.jsonl", json_lines(*({"n": n, "name": f"n{n}"} for n in range(1500))))
    table(cloud, "numbers", JSON, columns(n="int", name="string"))
    put(cloud, "results/", "")


def refusal(cloud: Cloud, sql: str, *parameters: str, **more: Any) -> str:
    with pytest.raises(AwsError) as caught:
        start(cloud, sql, *parameters, **more)
    assert caught.value.code == "InvalidRequestException"
    return caught.value.message


def test_the_first_row_is_the_header_and_values_are_athenas_texts(cloud: Cloud) -> None:
    sql = """select 1 as i, 1.5e0 as d, cast(1e10 as double) as big,
        cast(2.50 as decimal(10,2)) as c,
        true as b, date '2026-01-02' as day, timestamp '2026-01-02 03:04:05' as t, null as n, '' as e,
        array[1,2] as a,
        7/2 as half, count(*) as rows, sum(n) as total from numbers"""
    query_id = start(cloud, sql)
    assert ended(cloud, query_id)["Status"]["State"] == "SUCCEEDED"
    assert results(cloud, query_id) == [
        ["i", "d", "big", "c", "b", "day", "t", "n", "e", "a", "half", "rows", "total"],
        ["1", "1.5", "1.0E10", "2.50", "true", "2026-01-02", "2026-01-02 03:04:05.000", None, "", "[1, 2]",
         "3", "1500", "1124250"],
    ]  # fmt: skip
    answer = cloud.call("athena", "GetQueryResults", {"QueryExecutionId": query_id})
    kinds = [one["Type"] for one in answer["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]]
    assert " ".join(kinds) == (
        "integer double double decimal boolean date timestamp varchar varchar array integer bigint bigint"
    )


def test_the_result_lies_in_s3_as_csv_with_its_metadata(cloud: Cloud) -> None:
    query_id = start(cloud, "select n, name || ',\"' as name from numbers where n < 2 order by n")
    found = ended(cloud, query_id)
    assert found["ResultConfiguration"]["OutputLocation"] == f"{OUTPUT}{query_id}.csv"
    place = {"Bucket": BUCKET, "Key": f"results/{query_id}.csv"}
    body: bytes = cloud.call("s3", "GetObject", place)["Body"].read()
    assert body.decode() == '"n","name"\n"0","n0,"""\n"1","n1,"""\n'
    place["Key"] += ".metadata"
    assert json.loads(cloud.call("s3", "GetObject", place)["Body"].read())["columns"][0]["Name"] == "n"


def test_results_come_page_by_page_with_one_header(cloud: Cloud) -> None:
    query_id = start(cloud, "select n from numbers order by n")
    assert ended(cloud, query_id)["Status"]["State"] == "SUCCEEDED"
    rows: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = cloud.call("athena", "GetQueryResults", {"QueryExecutionId": query_id, **token})
        rows += [row["Data"][0]["VarCharValue"] for row in page["ResultSet"]["Rows"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert rows == ["n", *map(str, range(1500))]


def test_parameters_stand_for_literals_only(cloud: Cloud) -> None:
    sql = "select name, '?' as mark from numbers where n = ? or name = ? -- ?\n order by n"
    assert ask(cloud, sql, "3", "'n7'") == [["name", "mark"], ["n3", "?"], ["n7", "?"]]
    assert "ExecutionParameters 1 is '1 or true'" in refusal(cloud, "select ?", "1 or true")
    assert "2 given" in refusal(cloud, "select ?", "1", "2")
    assert "more are expected" in refusal(cloud, "select ?, ?", "1")


@pytest.mark.parametrize(
    "sql",
    [
        "insert into numbers values (1, 'x')",
        "drop table numbers",
        "create table x as select 1",
        "copy numbers to '/tmp/x'",
        "attach '/tmp/x.db'",
        "pragma version",
        "set memory_limit = '8GB'",
        "install httpfs",
        "load httpfs",
        "export database '/tmp/x'",
        "delete from numbers",
        "update numbers set n = 1",
        "call pragma_version()",
        "describe numbers",
        "show tables",
        "summarize numbers",
    ],
)
def test_what_does_not_only_read_is_refused(cloud: Cloud, sql: str) -> None:
    assert "Queries of this type are not supported" in refusal(cloud, sql)


@pytest.mark.parametrize(
    "function",
    ["read_csv('/etc/passwd')", "read_text('/etc/passwd')", "glob('/*')", "duckdb_views()", "query('x')"],
)
def test_functions_that_open_files_are_not_registered(cloud: Cloud, function: str) -> None:
    name = function.partition("(")[0]
    assert f"table function {name} is not registered" in refusal(cloud, f"select * from {function}")


def test_a_path_as_a_table_is_no_table(cloud: Cloud) -> None:
    assert "TABLE_NOT_FOUND" in failure(cloud, "select * from '/etc/passwd'")


def test_statements_that_cannot_be_read_are_refused_at_once(cloud: Cloud) -> None:
    assert 'syntax error at or near "selec"' in refusal(cloud, "selec 1")
    assert "Only one sql statement is allowed. Got: 2" in refusal(cloud, "select 1; select 2")
    assert "CATALOG_NOT_FOUND" in refusal(cloud, "select * from other.cars.numbers")
    assert "MISSING_SCHEMA_NAME" in refusal(cloud, "select * from numbers", QueryExecutionContext={})


def test_tables_are_named_in_up_to_three_parts_and_in_any_case(cloud: Cloud) -> None:
    sql = """with few as (select * from Numbers where n < 2)
        select count(*) from few, "AwsDataCatalog"."cars"."numbers" as b where few.n = b.n"""
    assert ask(cloud, sql)[1:] == [["2"]]
    assert "'awsdatacatalog.cars.absent' does not exist" in failure(cloud, "select * from absent")
    assert failure(cloud, "select absent from numbers").startswith("SYNTAX_ERROR: ")
    assert failure(cloud, "select cast(name as integer) from numbers").startswith("INVALID_CAST_ARGUMENT: ")


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("from_iso8601_timestamp('2026-11-20T10:00:00Z')", "2026-11-20 10:00:00.000"),
        ("date(from_iso8601_timestamp('2026-11-20T10:00:00Z'))", "2026-11-20"),
        ("date_add('day', 2, date '2026-11-20')", "2026-11-22 00:00:00.000"),
        ("date_diff('day', date '2026-11-20', date '2026-11-22')", "2"),
        ("date_format(timestamp '2026-11-20 10:00:00', '%Y-%m')", "2026-11"),
        ("date_trunc('hour', timestamp '2026-11-20 10:31:00')", "2026-11-20 10:00:00.000"),
        ("element_at(map(array['a'], array[1]), 'b')", None),
        ("json_extract_scalar('{\"a\": {\"b\": 7}}', '$.a.b')", "7"),
        ("json_format(cast(map(array['a', 'b'], array['x', null]) as json))", '{"a":"x","b":null}'),
        ("cardinality(array[1, 2, 3])", "3"),
        ("try_cast('x' as double)", None),
        ("regexp_like('abc', 'b')", "true"),
        ("to_unixtime(from_unixtime(5))", "5.0"),
        ("array_join(array['a', 'b'], '-')", "a-b"),
        ("if(1 > 2, 'a', 'b')", "b"),
    ],
    ids=lambda value: value if isinstance(value, str) else "null",
)
def test_functions_of_athenas_dialect(cloud: Cloud, expression: str, text: str | None) -> None:
    assert ask(cloud, f"select {expression} as x") == [["x"], [text]]


def test_a_query_is_stopped_while_it_runs(cloud: Cloud) -> None:
    query_id = start(cloud, SLOW)
    deadline = time.monotonic() + 30
    place = {"QueryExecutionId": query_id}
    while cloud.call("athena", "GetQueryExecution", place)["QueryExecution"]["Status"]["State"] == "QUEUED":
        assert time.monotonic() < deadline
        time.sleep(0.01)
    cloud.call("athena", "StopQueryExecution", place)
    assert ended(cloud, query_id)["Status"]["State"] == "CANCELLED"
    with pytest.raises(AwsError, match="Current state: CANCELLED"):
        results(cloud, query_id)


def test_a_query_that_reads_more_than_its_workgroup_allows_fails(cloud: Cloud) -> None:
    configuration = {
        "ResultConfiguration": {"OutputLocation": OUTPUT},
        "BytesScannedCutoffPerQuery": 10_000_000,
    }
    cloud.call("athena", "CreateWorkGroup", {"Name": "small", "Configuration": configuration})
    put(cloud, "wide/a.jsonl", json_lines({"x": "y" * 10_000_000}))
    table(cloud, "wide", JSON, columns(x="string"))
    status = ended(cloud, start(cloud, "select count(*) from wide", WorkGroup="small"))["Status"]
    assert status["State"] == "FAILED"
    assert "Bytes scanned limit was exceeded: 10000010 bytes" in status["StateChangeReason"]


def test_a_workgroup_that_insists_decides_where_results_go(cloud: Cloud) -> None:
    configuration = {"ResultConfiguration": {"OutputLocation": f"s3://{BUCKET}/fixed/"}}
    cloud.call("athena", "CreateWorkGroup", {"Name": "fixed", "Configuration": configuration})
    found = ended(cloud, start(cloud, "select 1", WorkGroup="fixed"))
    assert found["ResultConfiguration"]["OutputLocation"].startswith(f"s3://{BUCKET}/fixed/")


def test_needs_a_place_for_results_that_exists(cloud: Cloud) -> None:
    assert "No output location provided" in refusal(cloud, "select 1", ResultConfiguration={})
    absent = {"OutputLocation": "s3://absent-bucket/"}
    assert "NoSuchBucket" in refusal(cloud, "select 1", ResultConfiguration=absent)


def test_the_same_token_is_one_query_and_cannot_be_another(cloud: Cloud) -> None:
    token = "t" * 40
    ids = {start(cloud, "select 1", ClientRequestToken=token) for _ in range(3)}
    assert len(ids) == 1
    assert refusal(cloud, "select 2", ClientRequestToken=token) == "Idempotent parameters do not match"


def test_the_end_of_a_query_is_told_as_an_event(cloud: Cloud) -> None:
    events: list[dict[str, Any]] = []
    cloud.listen("Athena Query State Change", events.append)
    query_id = start(cloud, "select 1")
    ended(cloud, query_id)
    deadline = time.monotonic() + 10
    while not (own := [one for one in events if one["detail"]["queryExecutionId"] == query_id]):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert [(one["source"], one["detail"]["currentState"]) for one in own] == [("aws.athena", "SUCCEEDED")]


def test_queries_under_way_run_again_after_a_restart(tmp_path: Any) -> None:
    cloud = Cloud.start(tmp_path / "root", port=0)
    put(cloud, "numbers/a.jsonl", json_lines({"n": 1}))
    table(cloud, "numbers", JSON, columns(n="int"))
    query_id = start(cloud, "select n from numbers")
    ended(cloud, query_id)
    with cloud.store.transaction() as connection:
        data = json.loads(connection.execute("select data from athena_execution").fetchone()[0])
        data["Status"] = {"State": "RUNNING", "SubmissionDateTime": data["Status"]["SubmissionDateTime"]}
        connection.execute("update athena_execution set is_over = 0, data = ?", (json.dumps(data),))
    cloud.close()
    cloud = Cloud.start(tmp_path / "root", port=0)
    try:
        assert ended(cloud, query_id)["Status"]["State"] == "SUCCEEDED"
        assert results(cloud, query_id) == [["n"], ["1"]]
        assert DATABASE in [one["Name"] for one in cloud.call("glue", "GetDatabases")["DatabaseList"]]
    finally:
        cloud.close()
