"""The whole product as a user runs it: `stepmill up` as a process, template.yaml deployed to it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from stepmill.cli import session
from stepmill.cli.deploy import Others, deploy
from stepmill.cli.errors import UserError

REPOSITORY = Path(__file__).parents[2]
LIMIT_S = 120.0
# A better model goes live without people, and without a time in which alarms are watched.
AT_ONCE = {"approval": "automatic", "bake_s": 0}
T = TypeVar("T")


class Platform:
    """One cloud in `root`. `outputs` are the root stack's."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.outputs: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._clients: dict[str, Any] = {}

    def up(self) -> None:
        argv = [
            sys.executable,
            "-m",
            "stepmill.cli",
            "up",
            "--no-deploy",
            "--root",
            str(self.root),
            "--port",
            "0",
        ]
        with (self.root.parent / "up.log").open("ab") as log:
            self._process = subprocess.Popen(argv, cwd=REPOSITORY, stdout=log, stderr=log)
        self._clients = {}
        wait_for(self._address, "the cloud to come up")

    def kill(self) -> None:
        """As a power cut does: nothing is told, nothing is tidied."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def down(self) -> int:
        """Stop as Ctrl-C does; the exit code is returned."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(30)

    def deploy(self, others: Others | None = None, /, **parameters: str) -> None:
        """`others` are packed with the template's folders, as `stepmill deploy` packs a use case's steps."""
        given = {
            "NotificationEmail": "team@example.com",
            "PollIntervalS": "1",
            "UseCase": json.dumps(AT_ONCE),
        } | parameters
        template = REPOSITORY / "template.yaml"
        self.outputs = deploy(self.client, template, "stepmill", given, print, others).outputs

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = session.client(service, self.root)
        return self._clients[service]

    @cached_property
    def machine(self) -> str:
        return self.outputs["TrainingArn"]

    def upload(self, name: str, content: bytes) -> str:
        """Put an object under the data prefix; its URI is returned."""
        bucket, key = self.outputs["DataBucketName"], self.outputs["DataPrefix"] + name
        self.client("s3").put_object(Bucket=bucket, Key=key, Body=content)
        return f"s3://{bucket}/{key}"

    def executions_on(self, uri: str) -> list[dict[str, Any]]:
        """DescribeExecution of each execution whose input names `uri`."""
        states = self.client("stepfunctions")
        found = states.list_executions(stateMachineArn=self.machine)["executions"]
        described = [states.describe_execution(executionArn=one["executionArn"]) for one in found]
        return [one for one in described if json.loads(one["input"]).get("data_uri") == uri]

    def start(self, **document: Any) -> str:
        answer = self.client("stepfunctions").start_execution(
            stateMachineArn=self.machine, input=json.dumps(document)
        )
        return str(answer["executionArn"])

    def ended(self, execution_arn: str) -> dict[str, Any]:
        """DescribeExecution once it is over."""

        def over() -> dict[str, Any] | None:
            found: dict[str, Any] = self.client("stepfunctions").describe_execution(
                executionArn=execution_arn
            )
            found.pop("ResponseMetadata")
            return found if found["status"] != "RUNNING" else None

        return wait_for(over, f"{execution_arn} to end")

    def ended_on(self, uri: str) -> dict[str, Any]:
        """The first execution that an upload started, once it is over."""
        found = wait_for(lambda: self.executions_on(uri), f"an execution on {uri}")
        return self.ended(found[0]["executionArn"])

    def deployments_of(self, package_arn: str) -> list[dict[str, Any]]:
        """DescribeExecution of each deployment of a version."""
        states = self.client("stepfunctions")
        found = states.list_executions(stateMachineArn=self.outputs["DeploymentArn"])["executions"]
        described = [states.describe_execution(executionArn=one["executionArn"]) for one in found]
        return [one for one in described if json.loads(one["input"])["model_package_arn"] == package_arn]

    def deployed(self, trained: dict[str, Any]) -> dict[str, Any]:
        """The deployment of what a training has registered as approved, once it is over."""
        assert trained["status"] == "SUCCEEDED", trained.get("cause")
        package = json.loads(trained["output"])["model_package_arn"]
        found = wait_for(lambda: self.deployments_of(package), f"a deployment of {package}")
        return self.ended(found[0]["executionArn"])

    def settled(self, trained: dict[str, Any]) -> dict[str, Any]:
        """The training, when nothing that it has started runs any more."""
        if json.loads(trained.get("output", "{}")).get("approval_status") == "Approved":
            self.deployed(trained)
        return trained

    def package(self, below: str = "") -> dict[str, Any]:
        """DescribeModelPackage of the version that serves."""
        arn = self.parameters(below)["model-package-arn"]
        found: dict[str, Any] = self.client("sagemaker").describe_model_package(ModelPackageName=arn)
        return found

    def run(self) -> str:
        """The id of the training whose model serves."""
        uri: str = self.package()["CustomerMetadataProperties"]["run_uri"]
        return uri.rpartition("/")[2]

    def parameters(self, below: str = "") -> dict[str, str]:
        answer = self.client("ssm").get_parameters_by_path(Path=self.outputs["ParameterPrefix"] + below)
        return {one["Name"].rpartition("/")[2]: one["Value"] for one in answer["Parameters"]}

    def champion(self) -> tuple[str, str, str]:
        """What serves: the exported model, the endpoint's config, and its answer to one car."""
        config = self.client("sagemaker").describe_endpoint(EndpointName=self.outputs["EndpointName"])
        assert config["EndpointStatus"] == "InService"
        return self.parameters()["model-name"], config["EndpointConfigName"], self.predict(first_row(self))

    def predict(self, row: str) -> str:
        answer = self.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=self.outputs["EndpointName"], ContentType="text/csv", Body=row.encode()
        )
        return str(answer["Body"].read().decode())

    def mail_with(self, *words: str) -> str:
        """The body of the one mail with all these words, once it has come."""

        def found() -> list[str]:
            bodies = [decoded(file) for file in sorted((self.root / "mail").glob("*.eml"))]
            return [body for body in bodies if all(word in body for word in words)]

        return wait_for(found, f"a mail with {words}")[0]

    def _address(self) -> dict[str, Any] | None:
        try:
            return session.running(self.root)
        except UserError:
            return None


def first_row(platform: Platform) -> str:
    """The first row of features that the live model was judged on."""
    key = f"training/{platform.run()}/prepared/test/test.csv"
    answer = platform.client("s3").get_object(Bucket=platform.outputs["ArtifactsBucketName"], Key=key)
    return str(answer["Body"].read().decode().splitlines()[0])


def run_of(model_name: str) -> str:
    """A candidate's name ends with the run's id and the two numbers of the attempt."""
    return model_name.split("-")[-3]


def decoded(file: Path) -> str:
    from email.parser import BytesParser
    from email.policy import default

    message = BytesParser(policy=default).parsebytes(file.read_bytes())
    return f"{message['Subject']}\n{message.get_content()}"


def wait_for(look: Callable[[], T | None], what: str, limit_s: float = LIMIT_S) -> T:
    """What `look` finds, as soon as that is something."""
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited {limit_s:.0f} s in vain for {what}")
