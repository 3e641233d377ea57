"""An endpoint with a registered champion, and its monitor: four stacks of the template, deployed."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from jobs.monitoring import attribution_plan, attribution_solve, data_baseline, model_quality_baseline
from stepmill.cli.deploy import deploy
from tests.cloud.sagemaker.things import TRUST
from tests.end_to_end.platform import REPOSITORY, decoded, wait_for
from tests.end_to_end.test_realtime import COLUMNS
from tests.end_to_end.tiny import LINE, packed

ENDPOINT = "stepmill-dev"
PREFIX = "/stepmill/dev/training"
OVER = ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")


# Of an encoded row: Mileage, Buick, Saab.
WEIGHTS = [1.0, 1.0, 5.0]
SCHEMA = {"target": "Price", "columns": COLUMNS}


class Watched:
    """The deployed stacks, and what is in them. client: of a service of the cloud, whose folder is `root`."""

    def __init__(
        self, client: Callable[[str], Any], root: Path, folder: Path, *, with_endpoint: bool = True
    ) -> None:
        self.client = client
        self.root = root
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
            if stack in ("windows", "monitoring"):
                wanted["AnalyzerAccount"] = "156813124566"
            if stack == "monitoring":
                wanted["MonitorState"] = "DISABLED"
            made |= deploy(
                self.client, template, stack, given | wanted if stack == "foundation" else wanted, print
            ).outputs
        self.made = made
        self.bucket = made["ArtifactsBucketName"]
        self._baselines(folder)
        name = self._register()
        if with_endpoint:
            self._serve(name)

    @property
    def s3(self) -> Any:
        return self.client("s3")

    def put(self, key: str, body: bytes, bucket: str = "") -> str:
        self.s3.put_object(Bucket=bucket or self.bucket, Key=key, Body=body)
        return f"s3://{bucket or self.bucket}/{key}"

    def _baselines(self, folder: Path) -> None:
        """Mileage around 50, half Buick, half Saab; the model answers Mileage + 1 or 5."""
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
        self._attributions(folder)

    def _attributions(self, folder: Path) -> None:
        """What Mileage and Make do to the answers for those rows: Mileage counts most."""
        (folder / "schema").mkdir()
        (folder / "schema/features.json").write_text(json.dumps(SCHEMA))
        (folder / "answers").mkdir()
        given = [f"--rows={folder / 'base'}", f"--schema={folder / 'schema'}", f"--output={folder / 'asked'}"]
        assert attribution_plan.main(given) == 0
        rows = (folder / "asked/ask/rows.csv").read_text().splitlines()
        answers = [
            sum(float(cell) * weight for cell, weight in zip(row.split(","), WEIGHTS, strict=True))
            for row in rows
        ]
        (folder / "answers/rows.csv.out").write_text("".join(f"{answer}\n" for answer in answers))
        places = [f"--plan={folder / 'asked/plan'}", f"--answers={folder / 'answers'}"]
        assert attribution_solve.main([*places, f"--output={folder / 'solved'}"]) == 0
        for name, file in (("analysis.json", "solved"), ("plan/plan.json", "asked")):
            self.put(f"training/1/baseline/attributions/{name}", (folder / file / name).read_bytes())

    def _register(self) -> str:
        """The model that is the champion, with its baselines in the registry."""
        sagemaker = self.client("sagemaker")
        model = self.put("training/1/model.tar.gz", packed(WEIGHTS))
        schema_uri = self.put("training/1/prepared/schema/features.json", json.dumps(SCHEMA).encode())
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
        analysis = f"s3://{self.bucket}/training/1/baseline/attributions/analysis.json"
        explained = {"Report": {"ContentType": "application/json", "S3Uri": analysis}}
        sagemaker.create_model_package_group(ModelPackageGroupName=ENDPOINT)
        arn = sagemaker.create_model_package(
            ModelPackageGroupName=ENDPOINT,
            ModelApprovalStatus="Approved",
            InferenceSpecification={"Containers": [container], "SupportedContentTypes": ["text/csv"]},
            DriftCheckBaselines=files,
            ModelMetrics={"Explainability": explained},
            CustomerMetadataProperties={"schema_uri": schema_uri},
        )["ModelPackageArn"]
        name = f"{ENDPOINT}-model-1"
        sagemaker.create_model(ModelName=name, PrimaryContainer=container, ExecutionRoleArn=self._role())
        for parameter, value in (("model-package-arn", arn), ("model-name", name)):
            self.client("ssm").put_parameter(Name=f"{PREFIX}/{parameter}", Value=value, Type="String")
        return name

    def _role(self) -> str:
        """A role of models that may do anything."""
        iam = self.client("iam")
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        made = iam.create_role(RoleName="model", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
        iam.put_role_policy(RoleName="model", PolicyName="all", PolicyDocument=json.dumps(policy))
        return str(made["Arn"])

    def _serve(self, name: str) -> None:
        sagemaker = self.client("sagemaker")
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

        def settled() -> str:
            status: str = sagemaker.describe_endpoint(EndpointName=ENDPOINT)["EndpointStatus"]
            return "" if status == "Creating" else status

        assert wait_for(settled, "the endpoint") == "InService"

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

    def started(self) -> set[str]:
        """All executions of the monitor that there have been."""
        arn = self.made["ModelMonitorArn"]
        found = self.client("stepfunctions").list_executions(stateMachineArn=arn)["executions"]
        return {one["executionArn"] for one in found}

    def quiet(self) -> None:
        """Wait until no execution is under way."""
        states, arn = self.client("stepfunctions"), self.made["ModelMonitorArn"]

        def is_over() -> bool:
            return not states.list_executions(stateMachineArn=arn, statusFilter="RUNNING")["executions"]

        wait_for(is_over, "all executions to end")

    def drift_metric(self, column: str) -> list[float]:
        """What CloudWatch has of a column's drift in the last hours."""
        now = datetime.now(UTC)
        dimensions = {"Endpoint": ENDPOINT, "MonitoringSchedule": f"{ENDPOINT}-model-monitor"}
        found = self.client("cloudwatch").get_metric_statistics(
            Namespace="aws/sagemaker/Endpoints/data-metrics",
            MetricName=f"feature_baseline_drift_{column}",
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
            StartTime=now - timedelta(hours=2),
            EndTime=now + timedelta(hours=1),
            Period=3600,
            Statistics=["Maximum"],
        )
        return [one["Maximum"] for one in found["Datapoints"]]

    def deny(self, function: str, action: str) -> None:
        """From now on the function may not do that."""
        role = self.client("lambda").get_function_configuration(FunctionName=function)["Role"]
        statement = {"Effect": "Deny", "Action": action, "Resource": "*"}
        self.client("iam").put_role_policy(
            RoleName=role.rpartition("/")[2],
            PolicyName="Deny",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )

    def dead_letter(self, execution_arn: str) -> dict[str, Any] | None:
        """The event about the end of an execution that could not be told, once it is in the queue."""
        sqs = self.client("sqs")
        url = sqs.get_queue_url(QueueName="stepmill-dev-dead-letters")["QueueUrl"]
        for one in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            event: dict[str, Any] = json.loads(one["Body"])
            if event.get("detail", {}).get("executionArn") == execution_arn:
                return event
        return None

    def mails(self) -> list[str]:
        return [decoded(file) for file in sorted((self.root / "mail").glob("*.eml"))]

    def lines(self, prefix: str) -> list[dict[str, Any]]:
        found = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix).get("Contents", [])
        bodies = [self.s3.get_object(Bucket=self.bucket, Key=one["Key"])["Body"].read() for one in found]
        return [json.loads(line) for body in bodies for line in body.splitlines()]
