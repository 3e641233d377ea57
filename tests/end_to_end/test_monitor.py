"""From requests of drifted rows to a mail that names the feature, through four stacks of the template."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jobs.monitoring import data_baseline, model_quality_baseline
from stepmill.cli.deploy import deploy
from stepmill.cloud.cloud import Cloud
from tests.cloud.conftest import connect
from tests.cloud.sagemaker.things import settled
from tests.end_to_end.platform import REPOSITORY, decoded, wait_for
from tests.end_to_end.test_realtime import COLUMNS, model_role
from tests.end_to_end.tiny import LINE, packed

ENDPOINT = "stepmill-dev"
PREFIX = "/stepmill/dev/training"
OVER = ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")


class Watched:
    """An endpoint with a registered champion, and its monitor."""

    def __init__(self, cloud: Cloud, folder: Path) -> None:
        self.cloud = cloud
        given = {"NotificationEmail": "team@example.com"}
        made: dict[str, str] = {}
        for stack in ("foundation", "jobs", "windows", "monitoring"):
            template = REPOSITORY / f"stacks/{stack}.yaml"
            names = [
                line.split(":")[0].strip()
                for line in template.read_text().splitlines()
                if ": {Type: String, MinLength" in line
            ]
            wanted = {name: made[name] for name in names}
            if stack == "jobs":
                wanted = {
                    name: made[name]
                    for name in (
                        "DataBucketName",
                        "ArtifactsBucketName",
                        "DeadLettersArn",
                        "CommonLayerArn",
                        "FunctionBasicsArn",
                    )
                }
            if stack == "monitoring":
                wanted["MonitorState"] = "DISABLED"
            made |= deploy(
                self.client, template, stack, given | wanted if stack == "foundation" else wanted, print
            ).outputs
        self.made = made
        self.bucket = made["ArtifactsBucketName"]
        self.s3 = self.client("s3")
        self._baselines(folder)
        self._serve()

    def client(self, service: str) -> Any:
        return connect(self.cloud, service)

    def put(self, key: str, body: bytes, bucket: str = "") -> str:
        self.s3.put_object(Bucket=bucket or self.bucket, Key=key, Body=body)
        return f"s3://{bucket or self.bucket}/{key}"

    def _baselines(self, folder: Path) -> None:
        """Mileage around 50, half Buick, half Saab; the model answers Mileage + 1 or 2."""
        (folder / "base").mkdir()
        rows = [f"{20 + place % 60},{20 + place % 60},{('Buick', 'Saab')[place % 2]}" for place in range(300)]
        (folder / "base/train.csv").write_text("\n".join(["Price,Mileage,Make", *rows, ""]))
        assert data_baseline.main(["--input", str(folder / "base"), "--output", str(folder / "data")]) == 0
        for name, shift in (("truth", 0), ("predictions", 1)):
            (folder / name).mkdir()
            (folder / name / "a.csv").write_text(
                "".join(f"{20 + place % 60 + shift}\n" for place in range(300))
            )
        places = [f"--{name}={folder / name}" for name in ("truth", "predictions")]
        assert model_quality_baseline.main([*places, "--output", str(folder / "model_quality")]) == 0
        for kind in ("data", "model_quality"):
            for file in ("statistics.json", "constraints.json"):
                self.put(f"training/1/baseline/{kind}/{file}", (folder / kind / file).read_bytes())

    def _serve(self) -> None:
        sagemaker = self.client("sagemaker")
        model = self.put("training/1/model.tar.gz", packed([1.0, 1.0, 2.0]))
        schema = {"target": "Price", "columns": COLUMNS}
        schema_uri = self.put("training/1/prepared/schema/features.json", json.dumps(schema).encode())
        container = {"Image": LINE, "ModelDataUrl": model, "Environment": {"SCHEMA_URI": schema_uri}}
        files = {
            kind: {
                name: {
                    "ContentType": "application/json",
                    "S3Uri": f"s3://{self.bucket}/training/1/baseline/{folder}/{name.lower()}.json",
                }
                for name in ("Statistics", "Constraints")
            }
            for kind, folder in (("ModelDataQuality", "data"), ("ModelQuality", "model_quality"))
        }
        sagemaker.create_model_package_group(ModelPackageGroupName=ENDPOINT)
        arn = sagemaker.create_model_package(
            ModelPackageGroupName=ENDPOINT,
            ModelApprovalStatus="Approved",
            InferenceSpecification={"Containers": [container], "SupportedContentTypes": ["text/csv"]},
            DriftCheckBaselines=files,
            CustomerMetadataProperties={"schema_uri": schema_uri},
        )["ModelPackageArn"]
        name = f"{ENDPOINT}-model-1"
        sagemaker.create_model(
            ModelName=name, PrimaryContainer=container, ExecutionRoleArn=model_role(self.cloud)
        )
        sagemaker.create_endpoint_config(
            EndpointConfigName=f"{ENDPOINT}-config-1",
            ProductionVariants=[{
                "VariantName": "AllTraffic", "ModelName": name,
                "InstanceType": "ml.m5.large", "InitialInstanceCount": 1,
            }],
            DataCaptureConfig={
                "EnableCapture": True, "InitialSamplingPercentage": 100,
                "DestinationS3Uri": f"s3://{self.bucket}/capture",
                "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
                "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
            },
        )  # fmt: skip
        sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName=f"{ENDPOINT}-config-1")
        assert settled(self.cloud, ENDPOINT)["EndpointStatus"] == "InService"
        for parameter, value in (("model-package-arn", arn), ("model-name", name)):
            self.client("ssm").put_parameter(Name=f"{PREFIX}/{parameter}", Value=value, Type="String")

    def ask(self, inference_id: str, *rows: str) -> None:
        body = "\n".join(rows).encode()
        runtime = self.client("sagemaker-runtime")
        answer = runtime.invoke_endpoint(
            EndpointName=ENDPOINT, ContentType="text/csv", Body=body, InferenceId=inference_id
        )
        assert answer["Body"].read()

    def captured(self, count: int) -> None:
        """Wait until that many calls are there: capture is written behind the answer."""
        prefix = f"capture/{ENDPOINT}/"
        wait_for(
            lambda: self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix).get("KeyCount", 0) >= count,
            "capture",
        )

    def monitor(self, **given: Any) -> dict[str, Any]:
        """DescribeExecution of a run by hand, once it is over."""
        started = self.client("stepfunctions").start_execution(
            stateMachineArn=self.made["ModelMonitorArn"], input=json.dumps(given)
        )
        return self.over(started["executionArn"])

    def over(self, execution_arn: str) -> dict[str, Any]:
        states = self.client("stepfunctions")

        def over() -> dict[str, Any] | None:
            found: dict[str, Any] = states.describe_execution(executionArn=execution_arn)
            return found if found["status"] in OVER else None

        return wait_for(over, "the monitor to end")

    def quiet(self) -> None:
        """Wait until no execution is under way."""
        states, arn = self.client("stepfunctions"), self.made["ModelMonitorArn"]

        def is_over() -> bool:
            return not states.list_executions(stateMachineArn=arn, statusFilter="RUNNING")["executions"]

        wait_for(is_over, "all executions to end")

    def mails(self) -> list[str]:
        return [decoded(file) for file in sorted((self.cloud.root / "mail").glob("*.eml"))]

    def lines(self, prefix: str) -> list[dict[str, Any]]:
        found = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix).get("Contents", [])
        bodies = [self.s3.get_object(Bucket=self.bucket, Key=one["Key"])["Body"].read() for one in found]
        return [json.loads(line) for body in bodies for line in body.splitlines()]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("monitor")
    cloud = Cloud.start(folder / ".stepmill", port=0)
    try:
        yield Watched(cloud, folder)
    finally:
        cloud.close()


def test_drifted_requests_end_in_a_mail_that_names_the_feature(watched: Watched) -> None:
    began_s = time.monotonic()
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
    assert time.monotonic() - began_s < 60


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


def test_a_window_that_sns_does_not_tell_is_committed_and_its_output_says_so(watched: Watched) -> None:
    """SNS refuses: the topic is gone. The window is committed, and the output says what was not told."""
    [topic] = [one["TopicArn"] for one in watched.client("sns").list_topics()["Topics"]]
    watched.ask("third", *(f"{900 + place},1,0" for place in range(60)))
    watched.captured(3)
    watched.client("sns").delete_topic(TopicArn=topic)
    output = json.loads(watched.monitor()["output"])
    assert (output["outcome"], output["quiet"], output["window"]) == ("drift, not told", False, 4)
    assert output["reason"].startswith(f"Endpoint: {ENDPOINT}\nWindow: 4,")
    assert json.loads(watched.monitor()["output"])["outcome"] == "nothing new"
