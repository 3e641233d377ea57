"""EvaluateDrift, ReadWindow and CommitWindow: what is found goes to SQL, and is told by one execution."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from millkit import evaluating, windows
from millkit.windows import Layout

from functions.commit_window.handler import handler as commit_window
from functions.evaluate_drift.handler import METRICS_ATTEMPTS, METRICS_TIMEOUT_S
from functions.evaluate_drift.handler import handler as evaluate_drift
from functions.read_window.handler import handler as read_window

from .executions import ARN, Executions, mail

LAYOUT = Layout("artifacts", "e")
MODEL = {
    "version": "3",
    "name": "e/3",
    "package_arn": "arn:aws:sagemaker:eu-west-1:123456789012:model-package/e/3",
    "schema_uri": "s3://artifacts/training/3/prepared/schema/features.json",
    "baseline_uri": "s3://artifacts/training/3/baseline/data",
    "quality_uri": "s3://artifacts/training/3/baseline/model_quality",
    "attributions_uri": "s3://artifacts/training/3/baseline/attributions",
    "silence": "",
    "records": 2,
    "judged": 1,
    "records_uri": "s3://artifacts/monitoring/e/records/window=7/model=3/",
    "joined_uri": "s3://artifacts/monitoring/e/joined/window=7/model=3/",
    **{f"{one}_uri": f"s3://artifacts/monitoring/e/{one}/window=7/model=3/" for one in ("columns", "pairs")},
}
WINDOW = {
    "window": 7,
    "endpoint": "e",
    "made": "2026-11-20T12:30:00Z",
    "from": "2026-11-20T12:00:00Z",
    "to": "2026-11-20T12:20:00Z",
    "counts": {"records": 2, "problems": 1, "truth": {"came": 1}},
    "models": [MODEL],
}
DRIFT = {
    "feature_name": "Mileage",
    "constraint_check_type": "baseline_drift_check",
    "description": "Baseline drift distance: 0.6000 exceeds threshold: 0.1",
}
FIGURES = {
    "features": [
        {"name": "Mileage", "distance": 0.6, "threshold": 0.1, "psi": 2.25},
        {"name": "Make", "distance": 0.01, "threshold": 0.1, "psi": 0.0},
    ]
}
SLOW = {
    "metric_name": "rmse",
    "constraint_check_type": "GreaterThanThreshold",
    "description": "Metric rmse with 900.5 +/- 1.0 was GreaterThanThreshold '100.0' by more than 10%",
}


@pytest.fixture
def window(s3: Any) -> Any:
    """Window 7, prepared: Mileage has drifted."""

    def put(key: str, document: Any) -> None:
        s3.put_object(Bucket="artifacts", Key=f"monitoring/e/{key}", Body=json.dumps(document).encode())

    put("prepared/00000007.json", WINDOW)
    folder = "reports/window=7/model=3"
    put(f"{folder}/data/constraint_violations.json", {"violations": [DRIFT]})
    put(f"{folder}/data/figures.json", FIGURES)
    put(f"{folder}/quality/constraint_violations.json", {"violations": [SLOW]})
    put(
        "records/window=7/model=3/part-00000.jsonl",
        {"inference_id": "a", "features": {"Mileage": 900}, "prediction": 1, "truth": None},
    )
    return s3


def evaluate(s3: Any, execution: str = "one", states: Any = None, **jobs: Any) -> evaluating.Verdict:
    models = evaluating.models_of(s3, LAYOUT, 7)
    measured = [{"version": "3", "jobs": {"data": "arn:data", "quality": None, "attributions": None} | jobs}]
    return evaluating.evaluate(s3, states or Executions(), LAYOUT, 7, models, measured, 5, ARN + execution)


def lines(s3: Any) -> list[dict[str, Any]]:
    key = "monitoring/e/violations/dt=2026-11-20/window=7.jsonl"
    body = s3.get_object(Bucket="artifacts", Key=key)["Body"].read()
    return [json.loads(line) for line in body.splitlines()]


def test_the_letter_says_what_moved_how_far_against_what_and_where_the_report_is(window: Any) -> None:
    verdict = evaluate(window, quality="arn:quality")
    report = "s3://artifacts/monitoring/e/reports/window=7/model=3/data/report.html"
    assert (verdict.outcome, verdict.tell, verdict.violations, verdict.report_uri) == (
        "drift",
        True,
        2,
        "s3://artifacts/monitoring/e/reports/window=7/model=3/quality/constraint_violations.json",
    )
    assert verdict.letter.subject == "Drift at e: rmse and 1 more"
    text = verdict.letter.body.splitlines()
    assert text[:6] == [
        "Endpoint: e",
        "Window: 7, requests from 2026-11-20T12:00:00Z to 2026-11-20T12:20:00Z",
        "",
        "Model: e/3, 2 records, 1 with ground truth",
        "  rmse, GreaterThanThreshold: 900.5 against a limit of 100",
        "  Mileage, distribution: 0.6 against a limit of 0.1 (PSI 2.25)",
    ]
    assert f"  Report: {report}" in text
    assert any("https://eu-west-1.console.aws.amazon.com/s3/object/artifacts" in line for line in text)
    assert "900," not in verdict.letter.body  # no row of a customer


def test_lines_for_sql_have_job_model_window_figures_and_rows(window: Any) -> None:
    evaluate(window)
    drifted, stable = lines(window)
    assert drifted == {
        "window": 7, "time": "2026-11-20T12:30:00Z", "feature": "Mileage",
        "check_type": "baseline_drift_check", "value": 0.6, "threshold": 0.1, "violated": True,
        "description": DRIFT["description"], "monitoring_job": "arn:data", "model_name": "e/3",
        "report_uri": "s3://artifacts/monitoring/e/reports/window=7/model=3/data/report.html",
        "psi": 2.25, "model_package": MODEL["package_arn"], "from": WINDOW["from"], "to": WINDOW["to"],
        "records": 2,
        "sample_rows": [{"inference_id": "a", "prediction": 1, "truth": None, "value": 900}],
    }  # fmt: skip
    assert (stable["feature"], stable["violated"], stable["sample_rows"]) == ("Make", False, [])


def test_a_line_on_quality_has_rows_that_were_judged_also_of_earlier_windows(window: Any) -> None:
    late = {"inference_id": "long-ago", "features": {"Mileage": 5}, "prediction": 900, "truth": 7}
    key = "monitoring/e/joined/window=7/model=3/part-00000.jsonl"
    window.put_object(Bucket="artifacts", Key=key, Body=json.dumps(late).encode())
    evaluate(window, quality="arn:quality")
    [slow] = [line for line in lines(window) if line["feature"] == "rmse"]
    assert slow["sample_rows"] == [{"inference_id": "long-ago", "prediction": 900, "truth": 7, "value": None}]


def test_rows_that_the_job_says_show_it_are_taken_before_the_first_of_the_window(window: Any) -> None:
    rows = [{"inference_id": f"far-{n}", "prediction": 1, "truth": None, "value": 900 + n} for n in range(9)]
    entries = [
        {"feature_name": "Mileage", "constraint_check_type": "baseline_drift_check", "rows": rows},
        {"feature_name": "rmse", "constraint_check_type": "GreaterThanThreshold", "rows": []},
    ]
    for kind, entry in zip(("data", "quality"), entries, strict=True):
        key = f"monitoring/e/reports/window=7/model=3/{kind}/samples.json"
        window.put_object(Bucket="artifacts", Key=key, Body=json.dumps({"samples": [entry]}).encode())
    evaluate(window, quality="arn:quality")
    found = {line["feature"]: line["sample_rows"] for line in lines(window)}
    assert found == {"Mileage": rows[:5], "Make": [], "rmse": []}


def ranked(s3: Any, ndcg: float | None) -> dict[str, Any] | None:
    """The line about attributions of that NDCG, whose violation stands where attribution_solve puts it."""
    folder = "monitoring/e/reports/window=7/model=3/attributions"
    figures = {"ndcg": ndcg, "limit": 0.9, "now": ["Make", "Mileage"], "then": ["Mileage", "Make"]}
    documents: dict[str, Any] = {"figures.json": figures}
    if ndcg is not None and ndcg < 0.9:
        violation = {
            "constraint_check_type": "feature_attribution_drift_check",
            "description": "Feature attribution drift 0.7 exceeds threshold 0.9",
        }
        documents["constraint_violations.json"] = {"violations": [violation]}
    for name, document in documents.items():
        s3.put_object(Bucket="artifacts", Key=f"{folder}/{name}", Body=json.dumps(document).encode())
    verdict = evaluate(s3, attributions="arn:solve")
    assert ("ranking of the columns" in verdict.letter.body) == (ndcg == 0.7)
    found = [one for one in lines(s3) if one["feature"] == "attributions"]
    return found[0] if found else None


def test_a_ranking_that_has_changed_is_told_with_its_ndcg_and_the_columns(window: Any) -> None:
    line = ranked(window, 0.7)
    assert line is not None
    assert {
        name: line[name] for name in ("check_type", "value", "threshold", "violated", "monitoring_job")
    } == {
        "check_type": "feature_attribution_drift_check",
        "value": 0.7,
        "threshold": 0.9,
        "violated": True,
        "monitoring_job": "arn:solve",
    }
    words = "columns that count most: Make, Mileage; in training: Mileage, Make"
    assert line["description"] == words
    told = f"attributions, ranking of the columns (NDCG): 0.7 against a limit of 0.9; {words}"
    assert f"  {told}\n" in evaluate(window, attributions="arn:solve").letter.body


@pytest.mark.parametrize(
    ("ndcg", "told"), [(0.97, (0.97, False)), (None, None)], ids=["within", "nothing earlier"]
)
def test_a_ranking_within_its_limit_is_a_line_of_sql_and_none_without_an_earlier_one(
    window: Any, ndcg: float | None, told: tuple[float, bool] | None
) -> None:
    line = ranked(window, ndcg)
    assert (line and (line["value"], line["violated"])) == told


def test_the_analyzer_of_aws_writes_no_page_so_its_violations_are_linked(window: Any) -> None:
    folder = "monitoring/e/reports/window=7/model=3/data"
    window.delete_object(Bucket="artifacts", Key=f"{folder}/figures.json")
    verdict = evaluate(window)
    violations = f"s3://artifacts/{folder}/constraint_violations.json"
    assert verdict.report_uri == violations
    told = [line for line in verdict.letter.body.splitlines() if line.startswith("  Report: ")]
    assert told == [f"  Report: {violations}"]
    assert [line["report_uri"] for line in lines(window)] == [violations]


def test_run_again_it_answers_the_same_and_writes_no_line_twice(window: Any) -> None:
    assert evaluate(window) == evaluate(window)
    assert len(lines(window)) == 2


def test_a_model_without_baseline_is_told_once(window: Any) -> None:
    bare = {**MODEL, "baseline_uri": "", "silence": "package e/3 was registered without a baseline"}
    for number in (7, 8):
        windows.write(window, LAYOUT.prepared(number), {**WINDOW, "window": number, "models": [bare]})
    verdicts = []
    for number in (7, 7, 8):
        models = evaluating.models_of(window, LAYOUT, number)
        verdicts.append(evaluating.evaluate(window, Executions(), LAYOUT, number, models, [], 5, f"{ARN}one"))
    assert [(one.outcome, one.tell) for one in verdicts] == [
        ("no baseline", True),
        ("no baseline", True),
        ("no baseline", False),
    ]
    assert "no baseline: not compared: package e/3 was registered without" in verdicts[0].letter.body
    assert verdicts[0].letter.subject == "Monitor of e: a model has no baseline"


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTIFACTS_BUCKET", "artifacts")


@pytest.mark.parametrize(
    ("first", "tell", "commit"),
    [
        (("RUNNING", []), False, False),
        (("FAILED", mail(7, "TaskSucceeded")), False, True),
        (("FAILED", mail(7, "TaskFailed")), True, True),
    ],
    ids=["is_to_tell", "has_told", "could_not"],
)
def test_a_window_is_not_committed_while_another_execution_is_to_tell_it(
    window: Any, first: Any, tell: bool, commit: bool
) -> None:
    evaluate(window, "one")
    verdict = evaluate(window, "two", states=Executions(one=first))
    assert (verdict.outcome, verdict.tell, verdict.commit) == ("drift", tell, commit)


@pytest.mark.usefixtures("environ")
def test_without_cloudwatch_the_mail_goes_out_all_the_same_and_the_answer_says_so(
    window: Any, client: Callable[..., Any]
) -> None:
    def fail(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://monitoring")

    cloudwatch = client("cloudwatch", METRICS_TIMEOUT_S, METRICS_ATTEMPTS)
    cloudwatch.meta.events.register("before-call.cloudwatch.PutMetricData", fail)
    event: Any = {"endpoint_name": "e", "window": 7, "sample_rows": 1, "execution_arn": f"{ARN}one"}
    event["models"] = evaluating.models_of(window, LAYOUT, 7)
    event["measured"] = [{"version": "3", "jobs": {"data": "arn:data"}}]
    told = evaluate_drift(event | {"metric_columns": 5}, None)
    assert (told["outcome"], told["tell"], told["commit"]) == ("drift", True, True)
    error = 'EndpointConnectionError: Could not connect to the endpoint URL: "https://monitoring"'
    assert told["metrics_error"] == error
    assert evaluate_drift(event | {"metric_columns": 0}, None)["metrics_error"] == ""


@pytest.mark.usefixtures("environ")
def test_read_window_tells_what_is_to_be_measured(window: Any, client: Callable[[str], Any]) -> None:
    windows.write(window, LAYOUT.run("r"), {"outcome": "window", "window": 7, "has_more": True})
    for name, value in (("model-package-arn", MODEL["package_arn"]), ("model-name", "m-1")):
        client("ssm").put_parameter(Name=f"/p/{name}", Value=value, Type="String")
    asked: Any = {"endpoint_name": "e", "parameter_prefix": "/p", "run_id": "r", "attributions": True}
    told = read_window(asked, None)
    [model] = told["models"]
    assert (told["outcome"], told["window"], told["has_more"]) == ("window", 7, True)
    assert [model["has_data"], model["has_quality"], model["has_attributions"]] == [True, True, True]
    assert (model["model_name"], model["label"]) == ("m-1", "window 7, e/3")
    assert model["ask_uri"] == "s3://artifacts/training/3/monitoring/window=7/ask"
    asked["attributions"] = False
    plain = read_window(asked, None)["models"][0]
    assert (plain["has_attributions"], plain["model_name"]) == (False, "")


@pytest.mark.usefixtures("environ")
def test_commit_window_has_one_winner(window: Any) -> None:
    answers = [
        commit_window({"endpoint_name": "e", "window": 7, "execution_arn": ARN + name}, None)["committed"]
        for name in ("one", "two", "one")
    ]
    assert answers == [True, False, True]
    assert windows.last(window, LAYOUT) == 7
