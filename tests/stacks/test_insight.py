"""The named queries of the insight stack, really run over its tables."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from samtranslator.yaml_helper import yaml_parse

from stepmill.cloud.cloud import Cloud
from tests.cloud.athena.things import ended, results

from .deployment import ROOT
from .lake import ENDPOINT, MADE, RELAYED, deploy_insight, fill, fill_two_models, lines, put, violation

TODAY = datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m-%d")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    cloud = Cloud.start(tmp_path_factory.mktemp("root") / ".stepmill", port=0)
    deploy_insight(cloud)
    fill(cloud, TODAY)
    yield cloud
    cloud.close()


def ask(cloud: Cloud, name: str, *parameters: str) -> list[dict[str, str | None]]:
    """The rows of a named query."""
    ids = cloud.call("athena", "ListNamedQueries", {"WorkGroup": "stepmill-dev-insight"})["NamedQueryIds"]
    named = cloud.call("athena", "BatchGetNamedQuery", {"NamedQueryIds": ids})["NamedQueries"]
    [query] = [one for one in named if one["Name"] == name]
    params = {"QueryString": query["QueryString"], "WorkGroup": query["WorkGroup"]}
    params |= {"QueryExecutionContext": {"Database": query["Database"]}}
    if parameters:
        params["ExecutionParameters"] = list(parameters)
    query_id = cloud.call("athena", "StartQueryExecution", params)["QueryExecutionId"]
    found = ended(cloud, query_id)
    assert found["Status"]["State"] == "SUCCEEDED", found["Status"]
    assert found["ResultConfiguration"]["OutputLocation"].startswith(f"s3://{MADE}/queries/")
    header, *rows = results(cloud, query_id)
    return [dict(zip(map(str, header), row, strict=True)) for row in rows]


def of_dashboards(cloud: Cloud) -> list[dict[str, str | None]]:
    """The rows of the data set that the optional stack of QuickSight makes of the same tables."""
    resources = yaml_parse((ROOT / "stacks/dashboards.yaml").read_text())["Resources"]
    source = resources["Requests"]["Properties"]["PhysicalTableMap"]["requests"]["CustomSql"]
    sql = source["SqlQuery"]["Fn::Sub"].replace("${DatabaseName}", "stepmill_dev")
    asked = {"QueryString": sql, "WorkGroup": "stepmill-dev-insight"}
    query_id = cloud.call("athena", "StartQueryExecution", asked)["QueryExecutionId"]
    found = ended(cloud, query_id)
    assert found["Status"]["State"] == "SUCCEEDED", found["Status"]
    header, *rows = results(cloud, query_id)
    assert header == [column["Name"] for column in source["Columns"]]
    return [dict(zip(map(str, header), row, strict=True)) for row in rows]


def values(rows: list[dict[str, str | None]], *names: str) -> list[tuple[str | None, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


def test_predictions_of_all_sources_are_counted_by_the_hour(lake: Cloud) -> None:
    rows = ask(lake, "predictions-over-time")
    assert values(rows, "source", "hour", "predictions", "mean", "highest") == [
        ("endpoint", "2026-11-20T10", "2", "150.0", "200.0"),
        ("endpoint", "2026-11-20T13", "1", "300.0", "300.0"),
        ("endpoint", "2026-11-20T14", "1", "5.0", "5.0"),
        ("batch", f"{TODAY}T08", "1", "50.5", "50.5"),
        ("realtime", f"{TODAY}T09", "2", "20.0", "30.0"),
    ]


def test_drift_is_told_of_each_feature_and_window(lake: Cloud) -> None:
    rows = ask(lake, "drift-over-time")
    assert values(rows, "window", "feature", "value", "threshold", "violated") == [
        ("1", "km", "0.1", "0.2", "false"),
        ("1", "make", "0.05", "0.2", "false"),
        ("2", "km", "0.7", "0.2", "true"),
    ]


def test_quality_counts_truth_that_came_late_and_its_last_word(lake: Cloud) -> None:
    rows = ask(lake, "model-quality-over-time")
    assert values(rows, "window", "judged", "mae", "bias", "agreement") == [
        ("1", "2", "15.0", "-15.0", "0.0"),
        ("2", "1", "0.0", "0.0", "1.0"),
    ]
    assert rows[0]["rmse"] == "15.811388300841896"


def test_errors_are_told_by_the_hour(lake: Cloud) -> None:
    rows = ask(lake, "errors-over-time")
    assert values(rows, "hour", "judged", "mean", "largest") == [
        ("2026-11-20T10", "2", "15.0", "20.0"),
        ("2026-11-20T13", "1", "0.0", "0.0"),
    ]


def test_models_are_told_in_the_order_they_answered(lake: Cloud) -> None:
    rows = ask(lake, "model-versions")
    assert values(rows, "model_name", "first", "last", "predictions", "judged") == [
        ("model-1", "2026-11-20T10:30:00Z", "2026-11-20T10:30:00Z", "2", "2"),
        ("model-2", "2026-11-20T13:30:00Z", "2026-11-20T14:30:00Z", "2", "1"),
    ]


def test_an_alert_leads_to_its_job_and_the_rows_it_saw(lake: Cloud) -> None:
    [alert] = ask(lake, "alerts")
    assert values([alert], "window", "feature", "monitoring_job") == [("2", "km", "drift-2")]
    assert json.loads(str(alert["sample_rows"])) == [{"inference_id": "c", "truth": None, "value": 900}]
    rows = ask(lake, "triage-alert", f"'{ENDPOINT}'", "2", "'km'", "'model-2'")
    assert values(rows, "monitoring_job", "inference_id", "value", "prediction", "truth") == [
        ("drift-2", "c", "900", "300", "300"),
        ("drift-2", "d", "8", "5", None),
    ]


def test_a_hundred_old_alerts_of_an_endpoint_do_not_hide_todays_of_another(lake: Cloud) -> None:
    """Windows are numbered for each endpoint: the numbers of two say nothing about which is later."""
    key = f"monitoring/{RELAYED}/violations/dt={TODAY}/window=1.jsonl"
    old = [violation(number, "km", 0.5) | {"time": "2026-10-01T00:00:00Z"} for number in range(10, 130)]
    put(lake, MADE, key, lines(*old))
    try:
        latest, *others = ask(lake, "alerts")
    finally:
        lake.call("s3", "DeleteObject", {"Bucket": MADE, "Key": key})
    assert values([latest], "endpoint", "window", "time") == [(ENDPOINT, "2", "2026-11-20T12:00:00Z")]
    assert {row["endpoint"] for row in others} == {RELAYED}
    assert len(others) == 99


@pytest.fixture
def two_models(lake: Cloud) -> Iterator[Cloud]:
    """The lake with a window that two models answered; the other tests count without it."""
    keys = fill_two_models(lake, TODAY)
    yield lake
    for key in keys:
        lake.call("s3", "DeleteObject", {"Bucket": MADE, "Key": key})


@pytest.mark.parametrize(("model", "row"), [("model-1", "e"), ("model-2", "f")])
def test_an_alert_leads_to_the_rows_of_its_own_model_alone(two_models: Cloud, model: str, row: str) -> None:
    rows = ask(two_models, "triage-alert", f"'{RELAYED}'", "1", "'km'", f"'{model}'")
    assert values(rows, "monitoring_job", "model_name", "inference_id", "value") == [
        (f"of-{model}", model, row, "7")
    ]


OF_TWO_MODELS = [("e", "model-1", "km", "of-model-1"), ("f", "model-2", "km, make", "of-model-2")]


def test_a_request_is_joined_with_what_drifted_for_its_own_model(two_models: Cloud) -> None:
    rows = [row for row in ask(two_models, "joined-requests", "1", "1") if row["endpoint"] == RELAYED]
    assert values(rows, "inference_id", "model_name", "drifted", "monitoring_job") == OF_TWO_MODELS


def test_the_dashboards_show_what_drifted_for_the_model_of_a_request(two_models: Cloud) -> None:
    rows = sorted(of_dashboards(two_models), key=lambda row: str(row["inference_id"]))
    found = [row for row in rows if row["endpoint"] == RELAYED]
    assert values(found, "inference_id", "model_name", "drifted", "monitoring_job") == OF_TWO_MODELS


def test_drift_of_two_models_in_a_window_is_told_of_each(two_models: Cloud) -> None:
    rows = [row for row in ask(two_models, "drift-over-time") if row["endpoint"] == RELAYED]
    assert values(rows, "feature", "model_name", "value") == [
        ("km", "model-1", "0.5"),
        ("km", "model-2", "0.4"),
        ("make", "model-2", "0.3"),
    ]


def test_requests_are_joined_with_truth_and_drift(lake: Cloud) -> None:
    rows = ask(lake, "joined-requests", "1", "2")
    assert values(rows, "inference_id", "truth", "error", "drifted", "monitoring_job") == [
        ("a", "110", "-10.0", None, None),
        ("b", "220", "-20.0", None, None),
        ("c", "300", "0.0", "km", "drift-2"),
        ("d", None, None, "km", "drift-2"),
    ]


def test_the_dashboards_merge_requests_truth_and_what_the_monitor_found(lake: Cloud) -> None:
    rows = sorted(of_dashboards(lake), key=lambda row: str(row["inference_id"]))
    assert json.loads(str(rows[2]["features"])) == {"km": "900", "make": "vw"}
    assert values(rows, "inference_id", "day", "prediction", "truth", "drifted", "monitoring_job") == [
        ("a", "2026-11-20", "100.0", "110.0", None, None),
        ("b", "2026-11-20", "200.0", "220.0", None, None),
        ("c", "2026-11-20", "300.0", "300.0", "km", "drift-2"),
        ("d", "2026-11-20", "5.0", None, "km", "drift-2"),
    ]
