"""External tables: each format, partitions, what is not there."""

import gzip
import io

import pyarrow
import pyarrow.parquet
import pytest

from stepmill.cloud.cloud import Cloud
from tests.cloud.athena.things import (
    BUCKET,
    CSV,
    JSON,
    LAZY,
    PARQUET,
    REGEX,
    ask,
    columns,
    failure,
    json_lines,
    put,
    table,
)


def test_json_lines_give_maps_nested_text_and_nulls(cloud: Cloud) -> None:
    put(
        cloud,
        "records/a.jsonl",
        json_lines(
            {
                "id": "a",
                "features": {"km": 1.5, "make": "vw"},
                "rows": [{"x": 1}],
                "prediction": 3,
                "truth": None,
            },
            {"id": "b", "other": 1},
        ),
    )
    table(
        cloud,
        "records",
        JSON,
        columns(
            id="string", features="map<string,string>", rows="string", prediction="double", truth="double"
        ),
    )
    assert ask(cloud, "select *, element_at(features, 'km') as km from records order by id") == [
        ["id", "features", "rows", "prediction", "truth", "km"],
        ["a", "{km=1.5, make=vw}", '[{"x":1}]', "3.0", None, "1.5"],
        ["b", None, None, None, None, None],
    ]


def test_a_line_that_is_no_json_fails_the_query_unless_the_table_says_otherwise(cloud: Cloud) -> None:
    put(cloud, "broken/a.jsonl", '{"id": "a"}\n{"id": \n')
    table(cloud, "strict", JSON, columns(id="string"), location=f"s3://{BUCKET}/broken/")
    assert "Malformed JSON" in failure(cloud, "select * from strict")
    ignore = {"ignore.malformed.json": "true"}
    table(cloud, "lenient", JSON, columns(id="string"), location=f"s3://{BUCKET}/broken/", options=ignore)
    assert ask(cloud, "select id from lenient where id is not null") == [["id"], ["a"]]


def test_quoted_csv_skips_its_header_and_spare_cells(cloud: Cloud) -> None:
    put(cloud, "quoted/a.csv", 'id,note,price\n1,"x, ""y""",2.5,spare\n2,,abc\n3\n')
    put(cloud, "quoted/b.csv.gz", gzip.compress(b"id,note,price\n4,z,1\n"))
    header = {"skip.header.line.count": "1"}
    table(cloud, "quoted", CSV, columns(id="int", note="string", price="double"), properties=header)
    assert ask(cloud, "select * from quoted order by id") == [
        ["id", "note", "price"],
        ["1", 'x, "y"', "2.5"],
        ["2", "", None],
        ["3", None, None],
        ["4", "z", "1.0"],
    ]


def test_plain_csv_keeps_quotes_and_reads_its_null(cloud: Cloud) -> None:
    put(cloud, "plain/a.csv", '"a";1\n\\N;\\N\n')
    table(cloud, "plain", LAZY, columns(name="string", n="bigint"), options={"field.delim": ";"})
    assert ask(cloud, "select * from plain order by n") == [["name", "n"], ['"a"', "1"], [None, None]]


def test_lines_are_cut_by_a_regular_expression(cloud: Cloud) -> None:
    """First two and last two cells, whatever stands between them."""
    put(cloud, "scored/a.csv", "id,time,km,make,prediction,package\nr1,t1,5,vw,10.5,3\nbad line\n")
    table(
        cloud,
        "scored",
        REGEX,
        columns(id="string", time="string", cells="string", prediction="double", package="int"),
        options={"input.regex": "([^,]*),([^,]*),(.*),([^,]*),([^,]*)"},
        properties={"skip.header.line.count": "1"},
    )
    assert ask(cloud, "select * from scored order by id")[1:] == [
        ["r1", "t1", "5,vw", "10.5", "3"],
        [None, None, None, None, None],
    ]


def test_parquet_is_read_by_the_names_of_its_columns(cloud: Cloud) -> None:
    for name, columns_given in (("a", {"n": [1, 2], "text": ["x", None]}), ("b", {"text": ["y"], "n": [3]})):
        buffer = io.BytesIO()
        pyarrow.parquet.write_table(pyarrow.table(columns_given), buffer)
        put(cloud, f"packed/{name}.parquet", buffer.getvalue())
    table(cloud, "packed", PARQUET, columns(text="string", n="bigint"))
    assert ask(cloud, "select * from packed order by n") == [
        ["text", "n"],
        ["x", "1"],
        [None, "2"],
        ["y", "3"],
    ]


def test_projected_partitions_are_found_by_the_template(cloud: Cloud) -> None:
    for endpoint in ("dev", "other"):
        for window in (1, 2, 70):
            put(
                cloud,
                f"m/{endpoint}/records/window={window}/p.jsonl",
                json_lines({"id": f"{endpoint}{window}"}),
            )
    put(cloud, "m/dev/records/window=x/p.jsonl", json_lines({"id": "no number"}))
    table(
        cloud,
        "windows",
        JSON,
        columns(id="string"),
        location=f"s3://{BUCKET}/m/",
        keys=columns(endpoint="string", window="int"),
        properties={
            "projection.enabled": "true",
            "projection.endpoint.type": "enum",
            "projection.endpoint.values": "dev,third",
            "projection.window.type": "integer",
            "projection.window.range": "0,50",
            "storage.location.template": f"s3://{BUCKET}/m/${{endpoint}}/records/window=${{window}}/",
        },
    )
    assert ask(
        cloud, 'select id, endpoint, "window" + 1 as next, "$path" from windows where "window" > 0 order by 1'
    ) == [
        ["id", "endpoint", "next", "$path"],
        ["dev1", "dev", "2", f"s3://{BUCKET}/m/dev/records/window=1/p.jsonl"],
        ["dev2", "dev", "3", f"s3://{BUCKET}/m/dev/records/window=2/p.jsonl"],
    ]


def test_days_are_projected_up_to_now(cloud: Cloud) -> None:
    today = cloud.clock.time()
    from datetime import UTC, datetime, timedelta

    now = datetime.fromtimestamp(today, UTC)
    days = [(now + timedelta(days=shift)).strftime("%Y-%m-%d") for shift in (-800, -3, 0, 2)]
    for day in days:
        put(cloud, f"daily/dt={day}/a.jsonl", json_lines({"id": day}))
    table(
        cloud,
        "daily",
        JSON,
        columns(id="string"),
        keys=columns(dt="date"),
        properties={
            "projection.enabled": "true",
            "projection.dt.type": "date",
            "projection.dt.format": "yyyy-MM-dd",
            "projection.dt.range": "NOW-2YEARS,NOW",
        },
    )
    assert ask(cloud, "select id, dt from daily order by dt") == [["id", "dt"], [days[1]] * 2, [days[2]] * 2]


def test_registered_partitions_count_where_nothing_is_projected(cloud: Cloud) -> None:
    for day in ("2026-01-01", "2026-01-02"):
        put(cloud, f"listed/dt={day}/a.jsonl", json_lines({"id": day}))
    table(cloud, "listed", JSON, columns(id="string"), keys=columns(dt="string"))
    assert ask(cloud, "select count(*) from listed")[1:] == [["0"]]
    place = {"DatabaseName": "cars", "TableName": "listed"}
    storage = {"Location": f"s3://{BUCKET}/listed/dt=2026-01-02/"}
    given = {"Values": ["2026-01-02"], "StorageDescriptor": storage}
    cloud.call("glue", "CreatePartition", {**place, "PartitionInput": given})
    assert ask(cloud, "select id, dt from listed") == [["id", "dt"], ["2026-01-02", "2026-01-02"]]


def test_hidden_and_empty_objects_are_no_data(cloud: Cloud) -> None:
    for key in ("hidden/_temporary/a", "hidden/.meta", "hidden/_SUCCESS"):
        put(cloud, key, "no json")
    put(cloud, "hidden/folder/", "")
    put(cloud, "hidden/deep/er/a.jsonl", json_lines({"id": "a"}))
    table(cloud, "hidden", JSON, columns(id="string"))
    assert ask(cloud, "select id from hidden") == [["id"], ["a"]]


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({}, "projection.n.range is missing"),
        ({"projection.n.range": "1"}, "projection.n.range is '1'; give two ends"),
        ({"projection.n.range": "a,b"}, "projection.n.range a,b is not two whole numbers"),
        ({"projection.n.range": "1,2", "projection.n.type": "set"}, "projection.n.type is 'set'"),
        (
            {"projection.n.range": "1,2", "storage.location.template": "s3://lake/${m}/"},
            "names m; the keys are n",
        ),
    ],
    ids=["no-range", "one-end", "no-numbers", "other-type", "other-key"],
)
def test_a_wrong_projection_is_told(
    cloud: Cloud, properties: dict[str, str], message: str, request: pytest.FixtureRequest
) -> None:
    name = "wrong_" + request.node.callspec.id.replace("-", "_")
    given = {"projection.enabled": "true", "projection.n.type": "integer", **properties}
    table(cloud, name, JSON, columns(id="string"), keys=columns(n="int"), properties=given)
    assert message in failure(cloud, f"select * from {name}")


def test_a_format_or_type_that_is_not_read_is_named(cloud: Cloud) -> None:
    table(cloud, "orc", "org.apache.hadoop.hive.ql.io.orc.OrcSerde", columns(id="string"))
    assert "SerDe org.apache.hadoop.hive.ql.io.orc.OrcSerde" in failure(cloud, "select * from orc")
    table(cloud, "odd", JSON, columns(id="uniontype<int,string>"))
    assert "'uniontype<int,string>' is no type of a column here" in failure(cloud, "select * from odd")
