"""From requests of drifted rows to a mail that names the feature, through four stacks of the template."""

import json
from collections.abc import Iterator

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.engine.clock import SystemClock
from tests.cloud.conftest import connect
from tests.end_to_end.platform import wait_for
from tests.end_to_end.watched import ENDPOINT, PREFIX, Watched


class FastForward(SystemClock):
    """The true time, and `ahead_s` seconds."""

    ahead_s = 0.0

    def time(self) -> float:
        return super().time() + self.ahead_s


@pytest.fixture(scope="module")
def clock() -> FastForward:
    return FastForward()


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory, clock: FastForward) -> Iterator[Cloud]:
    cloud = Cloud.start(tmp_path_factory.mktemp("monitor") / ".stepmill", port=0, clock=clock)
    try:
        yield cloud
    finally:
        cloud.close()


@pytest.fixture(scope="module")
def watched(cloud: Cloud) -> Watched:
    return Watched(lambda service: connect(cloud, service), cloud.root, cloud.root.parent)


def test_drifted_requests_end_in_a_mail_that_names_the_feature(watched: Watched) -> None:
    watched.ask("drifted", *(f"{900 + place},1,0" for place in range(60)))
    watched.captured(1)
    done = watched.monitor()
    assert done["status"] == "SUCCEEDED", (done.get("error"), done.get("cause"))
    assert json.loads(done["output"]) == {
        "outcome": "drift",
        "reason": "Mileage, distribution: 0.7454 against a limit of 0.1 (PSI 8.28)",
        "endpoint_name": ENDPOINT,
        "window": 1,
        "quiet": True,
    }
    mail = wait_for(lambda: "".join(watched.mails()), "a mail")
    report = f"s3://{watched.bucket}/monitoring/{ENDPOINT}/reports/window=1/model=1/data/report.html"
    assert mail.startswith(f"Drift at {ENDPOINT}: Mileage")
    for words in (
        "Window: 1, requests from 20",
        f"Model: {ENDPOINT}/1, 60 records, 0 with ground truth",
        "Mileage, distribution: 0.7454 against a limit of 0.1 (PSI 8.28)",
        f"Report: {report}",
    ):
        assert words in mail
    lines = watched.lines(f"monitoring/{ENDPOINT}/violations/")
    drifted = {(one["feature"], one["check_type"]): one for one in lines}["Mileage", "baseline_drift_check"]
    assert (drifted["window"], drifted["violated"], drifted["report_uri"]) == (1, True, report)
    assert ":processing-job/stepmill-dev-data-drift-" in drifted["monitoring_job"]
    assert drifted["sample_rows"][0] == {
        "inference_id": "drifted#1",
        "prediction": 901,
        "truth": None,
        "value": 900,
    }
    assert max(watched.drift_metric("Mileage")) == pytest.approx(0.7454, abs=1e-4)


def test_a_second_run_finds_nothing_new_and_tells_nobody(watched: Watched) -> None:
    before = len(watched.mails())
    done = watched.monitor()
    assert json.loads(done["output"])["outcome"] == "nothing new"
    assert len(watched.mails()) == before


def test_truth_that_lands_starts_the_monitor_and_judges_the_model(watched: Watched) -> None:
    """The rule of the stack is off in this test's stack: it is switched on for it."""
    watched.client("events").enable_rule(Name="stepmill-dev-truth")
    table = "\n".join(["inference_id,truth", *(f"drifted#{place},5" for place in range(1, 61)), ""])
    watched.put(f"truth/{ENDPOINT}/late.csv", table.encode(), watched.made["DataBucketName"])
    mail = wait_for(lambda: next((one for one in watched.mails() if "rmse" in one), ""), "a mail on quality")
    assert f"Model: {ENDPOINT}/1, 0 records, 60 with ground truth" in mail
    assert "rmse, GreaterThanThreshold: 925" in mail
    lines = watched.lines(f"monitoring/{ENDPOINT}/violations/")
    assert {one["feature"] for one in lines if one["window"] == 2} >= {"rmse", "mae"}
    watched.quiet()


def test_two_runs_at_once_tell_once_and_one_commits(watched: Watched) -> None:
    watched.ask("again", *(f"{900 + place},1,0" for place in range(60)))
    watched.captured(2)
    states = watched.client("stepfunctions")
    arn = watched.made["ModelMonitorArn"]
    started = [states.start_execution(stateMachineArn=arn, input="{}")["executionArn"] for _ in range(2)]
    done = [watched.over(one) for one in started]
    outcomes = sorted(json.loads(one["output"])["outcome"] for one in done)
    assert outcomes in (["drift", "superseded"], ["drift", "nothing new"])
    wait_for(lambda: [one for one in watched.mails() if "Window: 3," in one], "a mail")
    assert len([one for one in watched.mails() if "Window: 3," in one]) == 1
    records = watched.lines(f"monitoring/{ENDPOINT}/records/")
    assert len(records) == len({one["inference_id"] for one in records}) == 120


def test_a_ranking_of_the_columns_that_has_changed_is_told(watched: Watched) -> None:
    """All rows have the Mileage that is the training's mean, so that Make alone moves the answers."""
    watched.ask("ranked", *(f"{49 + place % 2},{place % 2},{1 - place % 2}" for place in range(60)))
    watched.captured(3)
    done = watched.monitor(attributions=True)
    assert done["status"] == "SUCCEEDED", (done.get("error"), done.get("cause"))
    lines = watched.lines(f"monitoring/{ENDPOINT}/violations/")
    [line] = [one for one in lines if one["window"] == 4 and "/attributions/" in str(one["report_uri"])]
    report = f"s3://{watched.bucket}/monitoring/{ENDPOINT}/reports/window=4/model=1/attributions/report.html"
    assert (line["violated"], line["threshold"], line["report_uri"]) == (True, 0.9, report)
    assert line["value"] == pytest.approx(0.7, abs=0.05)
    assert ":processing-job/stepmill-dev-drift-solve-" in line["monitoring_job"]
    mails = wait_for(lambda: [one for one in watched.mails() if "Window: 4," in one], "a mail")
    assert f"Report: {report}" in mails[0]
    assert (
        f"attributions, ranking of the columns (NDCG): {line['value']:.4g} against a limit of 0.9" in mails[0]
    )
    assert "columns that count most: Make, Mileage; in training: Mileage, Make" in mails[0]


def test_truth_of_the_second_endpoint_starts_its_monitor(watched: Watched) -> None:
    """The rules are off in this test's stack, and switched on one by one."""
    events = watched.client("events")
    events.enable_rule(Name="stepmill-dev-truth-linear")
    second = {"endpoint_name": "stepmill-dev-linear", "parameter_prefix": f"{PREFIX}/linear"}
    before = watched.started()
    table = b"inference_id,truth\nnobody,5\n"
    watched.put("truth/stepmill-dev-linear/early.csv", table, watched.made["DataBucketName"])
    [arn] = wait_for(lambda: watched.started() - before, "an execution")
    done = watched.over(arn)
    assert (done["status"], json.loads(done["input"])) == ("SUCCEEDED", second)
    assert json.loads(done["output"])["endpoint_name"] == "stepmill-dev-linear"
    assert watched.started() - before == {arn}
    scheduled = events.list_targets_by_rule(Rule="stepmill-dev-monitor")["Targets"]
    assert [json.loads(one["Input"]) for one in scheduled] == [{"endpoint_name": ENDPOINT}, second]


def test_a_window_that_sns_does_not_tell_fails_is_kept_as_a_dead_letter_and_is_told_by_the_next_run(
    watched: Watched,
) -> None:
    """The topic is gone, for the drift and for the mail about the execution that could not tell it."""
    watched.client("lambda").put_function_event_invoke_config(
        FunctionName="stepmill-dev-notify", MaximumRetryAttempts=0
    )
    [topic] = [one["TopicArn"] for one in watched.client("sns").list_topics()["Topics"]]
    watched.ask("third", *(f"{900 + place},1,0" for place in range(60)))
    watched.captured(4)
    watched.client("sns").delete_topic(TopicArn=topic)
    failed = watched.monitor()
    assert (failed["status"], failed["error"]) == ("FAILED", "NotTold")
    assert failed["cause"].startswith("people could not be told of window 5 (SNS.NotFoundException: ")
    assert f"tells it. Endpoint: {ENDPOINT}\nWindow: 5," in failed["cause"]
    letter = wait_for(lambda: watched.dead_letter(failed["executionArn"]), "a dead letter")
    assert (letter["detail"]["status"], letter["detail"]["cause"]) == ("FAILED", failed["cause"])
    assert not [one for one in watched.mails() if "Window: 5," in one]

    watched.client("sns").create_topic(Name=topic.rpartition(":")[2])
    watched.client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="team@example.com")
    watched.deny("stepmill-dev-evaluate-drift", "cloudwatch:PutMetricData")
    output = json.loads(watched.monitor()["output"])
    assert (output["outcome"], output["quiet"], output["window"]) == ("drift, not in CloudWatch", False, 5)
    assert "(ClientError: An error occurred (AccessDenied" in output["reason"]
    both = ("drift, not in CloudWatch", "Window: 5,")
    wait_for(lambda: all(any(words in one for one in watched.mails()) for words in both), "both mails")
    told = [one for one in watched.mails() if "Window: 5," in one]
    assert [one.partition(":")[0] for one in told] == [f"Drift at {ENDPOINT}"]
    assert json.loads(watched.monitor()["output"])["outcome"] == "nothing new"


def test_the_analyzer_of_aws_takes_the_place_of_two_jobs(watched: Watched) -> None:
    """Its stand-in finds what ours finds; the topic is gone by now, so SQL is looked at."""
    watched.client("events").disable_rule(Name="stepmill-dev-truth")
    watched.quiet()
    truth = "\n".join(["inference_id,truth", *(f"analyzed#{place},5" for place in range(1, 61)), ""])
    watched.put(f"truth/{ENDPOINT}/analyzed.csv", truth.encode(), watched.made["DataBucketName"])
    watched.ask("analyzed", *(f"{900 + place},1,0" for place in range(60)))
    watched.captured(5)
    done = watched.monitor(monitor_image="aws")
    assert done["status"] == "SUCCEEDED", (done.get("error"), done.get("cause"))
    window = json.loads(done["output"])["window"]
    lines = [one for one in watched.lines(f"monitoring/{ENDPOINT}/violations/") if one["window"] == window]
    found = {(one["feature"], one["check_type"]) for one in lines}
    assert found == {
        ("Mileage", "baseline_drift_check"),
        ("Price", "baseline_drift_check"),
        *((name, "GreaterThanThreshold") for name in ("mae", "mse", "rmse")),
    }
    place = f"s3://{watched.bucket}/monitoring/{ENDPOINT}/reports/window={window}/model=1"
    files = {f"{place}/{kind}/constraint_violations.json" for kind in ("data", "quality")}
    assert {one["report_uri"] for one in lines} == files
    [drifted] = [one for one in lines if one["feature"] == "Mileage"]
    assert (drifted["value"], drifted["threshold"]) == (pytest.approx(0.9, abs=0.05), 0.1)


def test_the_hour_that_its_rule_waits_for_starts_the_monitor_of_each_endpoint(
    watched: Watched, cloud: Cloud, clock: FastForward
) -> None:
    """The last test of this module, for the cloud stays an hour ahead. The rule is off before."""
    watched.quiet()
    before = watched.started()
    watched.client("events").enable_rule(Name="stepmill-dev-monitor")
    clock.ahead_s = 3600.0
    cloud.scheduler.wake()
    wait_for(lambda: len(watched.started() - before) == 2, "an execution for each endpoint")
    watched.client("events").disable_rule(Name="stepmill-dev-monitor")
    done = [watched.over(arn) for arn in watched.started() - before]
    second = {"endpoint_name": "stepmill-dev-linear", "parameter_prefix": f"{PREFIX}/linear"}
    given = sorted((json.loads(one["input"]) for one in done), key=lambda one: str(one["endpoint_name"]))
    assert given == [{"endpoint_name": ENDPOINT}, second]
    ends = [(one["status"], json.loads(one["output"])["outcome"]) for one in done]
    assert ends == [("SUCCEEDED", "nothing new")] * 2
