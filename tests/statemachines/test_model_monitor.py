"""Every way through the model monitor."""

import json
from typing import Any

import pytest

from stepmill.engine.errors import TaskFailure

from .monitor_aws import DRIFT, NOTHING_NEW, STABLE, job, model, monitor_answers, window
from .running import TOKENS, Ran, Run, definition_for, run_definition

EVALUATED = {"Payload": DRIFT}
LOST = {"Payload": {"committed": False}}


def ended(ran: Ran) -> tuple[str, str, bool]:
    assert ran.status == "SUCCEEDED", (ran.error, ran.cause)
    return ran.states[-1], ran.output["outcome"], ran.output["quiet"]


def test_nothing_new_ends_at_once_and_quietly(monitor: Run) -> None:
    ran = monitor(ReadWindow=NOTHING_NEW)
    assert ended(ran) == ("NothingNew", "nothing new", True)
    assert set(ran.requests) == {"Consolidate", "ReadWindow"}


def test_a_stable_window_is_committed_and_nobody_is_told(monitor: Run) -> None:
    ran = monitor()
    assert ended(ran) == ("Committed", "stable", True)
    assert "TellDrift" not in ran.requests
    [commit] = ran.requests["CommitWindow"]
    assert (commit["Payload"]["window"], commit["Payload"]["endpoint_name"]) == (7, "stepmill-prod")


def test_drift_is_told_before_the_window_is_committed(monitor: Run) -> None:
    ran = monitor(EvaluateDrift=EVALUATED)
    assert ended(ran) == ("Committed", "drift", True)
    [mail] = ran.requests["TellDrift"]
    assert (mail["Subject"], mail["Message"]) == (DRIFT["subject"], DRIFT["message"])
    assert ran.states.index("TellDrift") < ran.states.index("CommitWindow")


def test_drift_that_another_execution_tells_is_not_told_again(monitor: Run) -> None:
    ran = monitor(EvaluateDrift={"Payload": DRIFT | {"tell": False}})
    assert ended(ran) == ("Committed", "drift", True)
    assert "TellDrift" not in ran.requests


@pytest.mark.parametrize(
    ("error", "asked"), [("SNS.InternalErrorException", 6), ("SNS.AuthorizationErrorException", 1)]
)
def test_a_window_that_people_could_not_be_told_of_is_not_committed_and_the_execution_fails_with_it(
    monitor: Run, error: str, asked: int
) -> None:
    ran = monitor(EvaluateDrift=EVALUATED, TellDrift=TaskFailure(error, "no"))
    assert (ran.status, ran.error, ran.states[-1]) == ("FAILED", "NotTold", "Failed")
    assert ran.cause == (
        f"people could not be told of window 7 ({error}: no), so that it is not committed; the next "
        f"execution tells it. {DRIFT['message']}"
    )
    assert len(ran.requests["TellDrift"]) == asked
    assert "CommitWindow" not in ran.requests


def test_a_window_that_another_execution_is_to_tell_is_left_to_it(monitor: Run) -> None:
    """Else it would count, and nobody would hear of it, if that one fails to tell."""
    left = {"Payload": DRIFT | {"tell": False, "commit": False}}
    ran = monitor(ReadWindow=[window(has_more=True), window(number=8)], EvaluateDrift=left)
    assert ended(ran) == ("Superseded", "superseded", True)
    assert len(ran.requests["Consolidate"]) == 1
    assert ran.requests.keys().isdisjoint({"TellDrift", "CommitWindow"})


def test_metrics_that_cloudwatch_does_not_take_cost_neither_mail_nor_commit_and_are_told(
    monitor: Run,
) -> None:
    """Also when a later window has its metrics."""
    lacks = {"Payload": DRIFT | {"metrics_error": "ClientError: denied"}}
    ran = monitor(
        ReadWindow=[window(has_more=True), window(number=8)], EvaluateDrift=[lacks, {"Payload": STABLE}]
    )
    assert ended(ran) == ("CommittedNoMetrics", "drift, not in CloudWatch", False)
    assert ran.output["reason"] == (
        f"how far the columns have moved is not in CloudWatch (ClientError: denied); all else is done: "
        f"{DRIFT['reason']}"
    )
    assert (len(ran.requests["TellDrift"]), len(ran.requests["CommitWindow"])) == (1, 2)


def test_who_loses_the_commit_is_superseded(monitor: Run) -> None:
    assert ended(monitor(CommitWindow=LOST)) == ("Superseded", "superseded", True)


def test_who_loses_goes_on_with_what_is_new_beside_it(monitor: Run) -> None:
    """It took up the other's plan, so what came after that plan is still there."""
    ran = monitor(ReadWindow=[window(has_more=True), NOTHING_NEW], CommitWindow=LOST)
    assert ended(ran) == ("Superseded", "superseded", True)
    first, second = (one["Arguments"]["--run-id"] for one in ran.requests["Consolidate"])
    assert first != second


def test_the_last_window_decides_how_an_execution_ends(monitor: Run) -> None:
    """One lost and one committed is no lost execution; one committed and nothing after it is not nothing."""
    both = [window(has_more=True), window(number=8)]
    won = {"Payload": {"committed": True}}
    ran = monitor(ReadWindow=both, EvaluateDrift=EVALUATED, CommitWindow=[LOST, won])
    assert (ended(ran), ran.output["window"]) == (("Committed", "drift", True), 8)
    no_more = {"Payload": NOTHING_NEW["Payload"] | {"window": 7}}
    ran = monitor(ReadWindow=[window(has_more=True), no_more], EvaluateDrift=EVALUATED)
    assert (ended(ran), ran.output["window"]) == (("Committed", "drift", True), 7)


def test_more_windows_are_made_in_one_execution_three_at_most(monitor: Run) -> None:
    ran = monitor(ReadWindow=[window(has_more=True, number=number) for number in (7, 8, 9, 10)])
    assert ended(ran) == ("Committed", "stable", True)
    assert [one["Payload"]["window"] for one in ran.requests["CommitWindow"]] == [7, 8, 9]
    assert ran.output["window"] == 9


def test_each_model_of_a_window_is_measured_against_its_own_baseline(monitor: Run) -> None:
    ran = monitor(ReadWindow=window(model("3"), model("4", has_quality=True, judged=2)))
    assert ended(ran)[1] == "stable"
    names = {one["ProcessingJobName"] for one in ran.requests["DataDrift"]}
    assert len(names) == 2
    assert max(map(len, names)) <= 63
    baselines = [one["ProcessingInputs"][2]["S3Input"]["S3Uri"] for one in ran.requests["DataDrift"]]
    assert sorted(baselines) == [f"s3://artifacts/training/{version}/baseline/data" for version in "34"]
    [evaluated] = ran.requests["EvaluateDrift"]
    data, quality = job("data")["ProcessingJobArn"], job("quality")["ProcessingJobArn"]
    assert evaluated["Payload"]["measured"] == [
        {"version": "3", "jobs": {"data": data, "quality": None, "attributions": None}},
        {"version": "4", "jobs": {"data": data, "quality": quality, "attributions": None}},
    ]


def test_a_model_without_baseline_is_not_measured(monitor: Run) -> None:
    ran = monitor(ReadWindow=window(model(has_data=False, baseline_uri="", silence="none")))
    assert "DataDrift" not in ran.requests
    assert len(ran.requests["EvaluateDrift"]) == 1


def test_attributions_are_compared_when_they_are_asked_for(monitor: Run) -> None:
    ran = monitor({"attributions": True}, ReadWindow=window(model(has_attributions=True)))
    [ask] = ran.requests["AskForAttributions"]
    assert ask["ModelName"] == "stepmill-prod-model-1"
    [solve] = ran.requests["SolveAttributions"]
    places = {one["InputName"]: one["S3Input"]["S3Uri"] for one in solve["ProcessingInputs"]}
    assert places["answers"] == ask["TransformOutput"]["S3OutputPath"]
    assert places["baseline"] == "s3://artifacts/training/3/baseline/attributions/analysis.json"


ANALYZER = "123456789012.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-analyzer"


def by_aws(judged: dict[str, Any], **config: Any) -> Ran:
    definition = definition_for(TOKENS | {"AnalyzerImage": ANALYZER}, "model_monitor")
    answers = monitor_answers() | {"ReadWindow": window(judged)}
    return run_definition(definition, {"monitor_image": "aws"} | config, answers)


def test_the_analyzer_of_aws_gets_the_same_files() -> None:
    ran = by_aws(model(has_quality=True, judged=2))
    assert ended(ran)[1] == "stable"
    assert ran.requests["Consolidate"][0]["Arguments"]["--monitor-image"] == "aws"
    places = "s3://artifacts/monitoring/stepmill-prod"
    told = {
        "AnalyzeWithAws": (f"{places}/columns/window=7/model=3/", "data", "data"),
        "JudgeWithAws": (f"{places}/pairs/window=7/model=3/", "model_quality", "quality"),
    }
    for state, (rows, baseline, report) in told.items():
        [asked] = ran.requests[state]
        assert asked["AppSpecification"] == {"ImageUri": ANALYZER}
        inputs = {one["InputName"]: one["S3Input"]["S3Uri"] for one in asked["ProcessingInputs"]}
        assert inputs == {"current": rows, "baseline": f"s3://artifacts/training/3/baseline/{baseline}"}
        [output] = asked["ProcessingOutputConfig"]["Outputs"]
        assert output["S3Output"]["S3Uri"] == f"{places}/reports/window=7/model=3/{report}"
    shared = ran.requests["AnalyzeWithAws"][0]["Environment"]
    assert shared["dataset_source"] == "/opt/ml/processing/input/current"
    assert ran.requests["JudgeWithAws"][0]["Environment"] == shared | {
        "analysis_type": "MODEL_QUALITY",
        "problem_type": "Regression",
        "inference_attribute": "prediction",
        "ground_truth_attribute": "truth",
    }
    assert not {"DataDrift", "ModelQuality"} & ran.requests.keys()


def test_what_is_no_regression_is_judged_by_our_own_job() -> None:
    ran = by_aws(model(has_quality=True, judged=2), problem="binary")
    assert "JudgeWithAws" not in ran.requests
    assert len(ran.requests["ModelQuality"]) == 1


def option(arguments: list[str], name: str) -> str:
    return arguments[arguments.index(name) + 1]


def test_what_jobs_and_functions_are_told_is_what_the_input_says(monitor: Run) -> None:
    """No value given here is a default; what `monitor_image` aws does stands above."""
    told = {"problem": "binary", "slack": 0.25, "lookback_days": 7, "truth_windows": 11}
    counts = {"sample_rows": 3, "metric_columns": 13}
    ran = monitor(told | counts, ReadWindow=window(model(has_quality=True, judged=2)))
    [consolidate] = ran.requests["Consolidate"]
    run_id = consolidate["Arguments"]["--run-id"]
    assert consolidate["Arguments"] == {
        "--endpoint": "stepmill-prod",
        "--parameter-prefix": "/stepmill/prod/training",
        "--problem": "binary",
        "--run-id": run_id,
        "--monitor-image": "own",
        "--lookback-days": "7",
        "--truth-windows": "11",
    }
    [judged] = ran.requests["ModelQuality"]
    arguments = judged["AppSpecification"]["ContainerArguments"]
    assert (option(arguments, "--problem"), option(arguments, "--slack")) == ("binary", "0.25")
    [drift] = ran.requests["DataDrift"]
    both = (arguments, drift["AppSpecification"]["ContainerArguments"])
    assert [option(one, "--samples") for one in both] == ["3", "3"]
    [evaluated] = ran.requests["EvaluateDrift"]
    assert {name: evaluated["Payload"][name] for name in counts} == counts


@pytest.mark.parametrize(
    ("given", "cause"),
    [
        ({"endpoint_name": ""}, 'model_monitor: input.endpoint_name is ""; give a text'),
        ({"monitor_image": "other"}, 'model_monitor: input.monitor_image is "other"; give own or aws'),
        ({"slack": -1}, "model_monitor: input.slack is -1; give a number of at least 0"),
        ({"truth_windows": 0}, "model_monitor: input.truth_windows is 0; give a whole number of at least 1"),
        (
            {"lookback_days": 1.5},
            "model_monitor: input.lookback_days is 1.5; give a whole number of at least 0",
        ),
        (
            {"metric_columns": 1001},
            "model_monitor: input.metric_columns is 1001; give a whole number of at least 0 and below 1001",
        ),
        ({"attributions": "yes"}, 'model_monitor: input.attributions is "yes"; give true or false'),
    ],
    ids=["endpoint", "image", "slack", "windows", "a fraction", "metrics", "attributions"],
)  # fmt: skip
def test_bad_input_is_refused_before_any_cost(monitor: Run, given: dict[str, Any], cause: str) -> None:
    ran = monitor(given)
    assert (ran.status, ran.error, ran.cause, ran.requests) == ("FAILED", "InputInvalid", cause, {})


def test_an_input_that_is_no_object_is_refused(monitor: Run) -> None:
    ran = monitor(["stepmill-prod"])
    assert (ran.error, ran.requests) == ("InputInvalid", {})
    assert ran.cause == 'model_monitor: input is ["stepmill-prod"]; give an object'


@pytest.mark.parametrize(
    ("state", "error", "cause", "told"),
    [
        (
            "Consolidate",
            "States.TaskFailed",
            {"JobRunState": "FAILED", "ErrorMessage": "no bucket"},
            ("ConsolidateFailed", "no bucket"),
        ),
        ("Consolidate", "Glue.EntityNotFoundException", "no job", ("Glue.EntityNotFoundException", "no job")),
        (
            "DataDrift",
            "States.TaskFailed",
            {"ProcessingJobStatus": "Failed", "ExitMessage": "bad file"},
            ("JobFailed", "bad file"),
        ),
        ("EvaluateDrift", "ObjectMissing", {"errorMessage": "gone"}, ("ObjectMissing", "gone")),
        ("CommitWindow", "StorageFailed", {"errorMessage": "denied"}, ("StorageFailed", "denied")),
    ],
    ids=["glue", "no_job", "job", "function", "commit"],
)
def test_a_failure_ends_with_its_reason_and_no_window(
    monitor: Run, state: str, error: str, cause: Any, told: tuple[str, str]
) -> None:
    failure = TaskFailure(error, cause if isinstance(cause, str) else json.dumps(cause))
    ran = monitor(**{state: failure})
    assert (ran.status, ran.error, ran.cause) == ("FAILED", *told)
    assert ran.states[-1] == "Failed"
    assert state == "CommitWindow" or "CommitWindow" not in ran.requests


def test_runs_at_once_beyond_what_glue_allows_wait(monitor: Run) -> None:
    busy = TaskFailure("Glue.ConcurrentRunsExceededException", "busy")
    ran = monitor(Consolidate=[busy, busy, {"Id": "jr"}])
    assert ended(ran) == ("Committed", STABLE["outcome"], True)
    assert len({one["Arguments"]["--run-id"] for one in ran.requests["Consolidate"]}) == 1
