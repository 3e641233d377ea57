"""The demo's plot: three trainings, the deployments that they lead to, and what must be true after each."""

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stepmill.cli.demo import serving
from stepmill.cli.demo.serving import Price
from stepmill.cli.demo.usecase import UseCase
from stepmill.cli.errors import UserError

ADDRESS = "team@example.com"
STACK = "stepmill"
START_LIMIT_S = 30.0
MAIL_LIMIT_S = 30.0
BASELINE, CHALLENGER = "linear-learner", "xgboost"
# No alarm has anything to see in a demo.
SETTINGS = {"bake_s": 0}


@dataclass(frozen=True)
class Run:
    """One training, its verdict and its deployment; RMSE in the target's unit, None without a verdict.

    `accepted`: it is live. `version` is its ARN in the Model Registry, empty when it was not registered.
    """

    title: str
    algorithm: str
    execution_arn: str
    status: str
    accepted: bool
    rmse: float | None
    champion_rmse: float | None
    reason: str
    seconds: float
    folder_uri: str
    version: str
    deployment_arn: str


@dataclass
class Story:
    case: UseCase
    runs: list[Run] = field(default_factory=list)
    prices: list[Price] = field(default_factory=list)
    parameters: dict[str, str] = field(default_factory=dict)
    mails: list[dict[str, str]] = field(default_factory=list)
    claims: dict[str, bool] = field(default_factory=dict)


class Scenario:
    def __init__(self, root: Path, case: UseCase, console: Any, *, with_logs: bool) -> None:
        self._root = root
        self._case = case
        self._console = console
        self._with_logs = with_logs
        self._seen: set[str] = set()
        self._outputs: dict[str, str] = {}

    def play(self, template: Path) -> Story:
        """Deploy, train twice, then train on spoilt data; the story has a claim for each thing to show."""
        case, story = self._case, Story(self._case)
        self._deploy(template)
        key = f"{self._outputs['DataPrefix']}{case.good.name}"
        self._chapter(f"{case.good.name} arrives in S3: a {BASELINE} model is trained")
        self._upload(case.good, key)
        story.runs.append(self._follow(f"{BASELINE}, on arrival", BASELINE))
        self._chapter(f"{CHALLENGER} challenges it on the same file")
        self._start({"data_uri": f"s3://{self._outputs['DataBucketName']}/{key}", "algorithm": CHALLENGER})
        story.runs.append(self._follow(f"{CHALLENGER}, the challenger", CHALLENGER))
        before = self._parameters()
        story.prices = self._prices(story.runs)
        self._chapter(f"{case.worse.name} arrives: the same rows with spoilt values of {case.target}")
        self._upload(case.worse, f"{self._outputs['DataPrefix']}{case.worse.name}")
        story.runs.append(self._follow("spoilt data", BASELINE))
        story.parameters = self._parameters()
        story.mails = self._await_mails(story.runs)
        story.claims = claims(story, before, self._prices(story.runs), self._endpoint_config())
        return story

    def _client(self, service: str) -> Any:
        from stepmill.cli.session import client

        return client(service, self._root)

    def _chapter(self, title: str) -> None:
        self._console.print(f"\n[bold]{title}[/bold]")

    def _deploy(self, template: Path) -> None:
        from stepmill.cli.deploy import deploy

        config = dict(self._case.config)
        parameters = {
            "NotificationEmail": ADDRESS,
            "Algorithm": BASELINE,
            "PollIntervalS": "1",
            "Target": str(config.pop("target")),
            "RmseLimit": str(config.pop("rmse_limit")),
            "UseCase": json.dumps(config | SETTINGS),
        }
        with self._console.status(f"deploying {template}"):
            done = deploy(self._client, template, STACK, parameters, self._console.print)
        self._outputs = done.outputs
        self._console.print(
            f"[green]✓[/green] {template} deployed to the embedded cloud in {done.seconds:.1f} s"
        )

    def _upload(self, file: Path, key: str) -> None:
        bucket = self._outputs["DataBucketName"]
        self._client("s3").upload_file(str(file), bucket, key)
        self._console.print(f"[green]✓[/green] uploaded to s3://{bucket}/{key}")

    def _start(self, document: dict[str, Any]) -> None:
        """As the arrival of a file does: the use case's own inputs, and these over them."""
        stored = self._client("ssm").get_parameter(Name=self._outputs["UseCaseParameterName"])
        full = json.loads(stored["Parameter"]["Value"]) | document
        self._client("stepfunctions").start_execution(
            stateMachineArn=self._outputs["TrainingArn"], input=json.dumps(full)
        )

    def _follow(self, title: str, algorithm: str) -> Run:
        """The training, and the deployment that its registration starts."""
        trained = self._watch("TrainingArn")
        output = json.loads(trained.get("output", "{}"))
        deployed = None
        if output.get("approval_status") == "Approved":
            version = output["model_package_arn"].rpartition("model-package/")[2]
            self._console.print(f"[green]✓[/green] registered as {version}, approved: its deployment starts")
            deployed = self._watch("DeploymentArn")
        return run_of(title, algorithm, trained, deployed)

    def _watch(self, machine: str) -> dict[str, Any]:
        """DescribeExecution of the machine's next execution, shown until it was over."""
        from stepmill.cli.follow import follow
        from stepmill.cli.joblogs import JobLogs

        stepfunctions = self._client("stepfunctions")
        with self._console.status("waiting for the execution to begin"):
            arn = self._next_execution(stepfunctions, self._outputs[machine])
        logs = JobLogs(self._client("logs"), self._console) if self._with_logs else None
        try:
            return follow(stepfunctions, arn, self._console, logs.began if logs else None)
        finally:
            if logs:
                logs.close()

    def _next_execution(self, stepfunctions: Any, machine: str) -> str:
        """The one execution that has begun since the last; its event takes a moment."""
        deadline = time.monotonic() + START_LIMIT_S
        while time.monotonic() < deadline:
            found = stepfunctions.list_executions(stateMachineArn=machine)["executions"]
            for execution in found:
                if execution["executionArn"] not in self._seen:
                    self._seen.add(execution["executionArn"])
                    return str(execution["executionArn"])
            time.sleep(0.1)
        raise UserError(f"no execution began within {START_LIMIT_S:.0f} s; see {self._root}/cloud.log")

    def _parameters(self) -> dict[str, str]:
        path = self._outputs["ParameterPrefix"]
        pages = (
            self._client("ssm").get_paginator("get_parameters_by_path").paginate(Path=path, Recursive=True)
        )
        return {one["Name"]: one["Value"] for page in pages for one in page["Parameters"]}

    def _prices(self, runs: list[Run]) -> list[Price]:
        if not any(run.accepted for run in runs):
            return []
        newest = [run for run in runs if run.accepted][-1]
        return serving.ask(
            self._client("s3"),
            self._client("sagemaker-runtime"),
            self._outputs["EndpointName"],
            newest.folder_uri,
        )

    def _endpoint_config(self) -> str:
        if not self._parameters():
            return ""
        answer = self._client("sagemaker").describe_endpoint(EndpointName=self._outputs["EndpointName"])
        return str(answer["EndpointConfigName"]) if answer["EndpointStatus"] == "InService" else ""

    def _await_mails(self, runs: list[Run]) -> list[dict[str, str]]:
        """Every execution's end is told by mail, a moment later: a deployment's too, a rejection twice."""
        deadline = time.monotonic() + MAIL_LIMIT_S
        while True:
            mails = serving.mails(self._root / "mail")
            if len(mails) >= 2 * len(runs) or time.monotonic() > deadline:
                return mails
            time.sleep(0.1)


def run_of(title: str, algorithm: str, trained: dict[str, Any], deployed: dict[str, Any] | None) -> Run:
    output = json.loads(trained.get("output", "{}"))
    outcome = json.loads((deployed or {}).get("output", "{}"))
    verdict = output.get("verdict", {})
    ended = deployed or trained
    failed = deployed is not None and outcome.get("outcome") != "live"
    reason = verdict.get("reason") or trained.get("cause") or trained["status"]
    if failed:
        reason = outcome.get("reason") or ended.get("cause") or ended["status"]
    return Run(
        title=title,
        algorithm=algorithm,
        execution_arn=trained["executionArn"],
        status=ended["status"],
        accepted=outcome.get("outcome") == "live",
        rmse=verdict.get("candidate_rmse"),
        champion_rmse=verdict.get("champion_rmse"),
        reason=reason,
        seconds=(ended["stopDate"] - trained["startDate"]).total_seconds(),
        folder_uri=output.get("manifest_uri", "").rpartition("/")[0],
        version=output.get("model_package_arn", ""),
        deployment_arn=ended["executionArn"] if deployed else "",
    )


def claims(
    story: Story, before: dict[str, str], prices: list[Price], endpoint_config: str
) -> dict[str, bool]:
    """What the demo says has happened, each with whether it has."""
    baseline, challenger, spoilt = story.runs
    champions = {name.rpartition("/")[2]: value for name, value in story.parameters.items()}
    champions_before = {name.rpartition("/")[2]: value for name, value in before.items()}
    serving_names = ("endpoint-name", "endpoint-config-name", "model-package-arn", "model-name")
    both = baseline.rmse is not None and challenger.rmse is not None
    better = both and (challenger.rmse or 0.0) < (baseline.rmse or 0.0)
    subjects = " ".join(mail["subject"] for mail in story.mails)
    return {
        f"the upload alone put a {baseline.algorithm} model live": baseline.accepted,
        "the better of both models serves": both and challenger.accepted == better,
        "what serves is a version of the Model Registry": champions.get("model-package-arn")
        in {run.version for run in story.runs if run.accepted},
        "the model from spoilt data was rejected": spoilt.status == "SUCCEEDED" and not spoilt.accepted,
        "the champion was left untouched": bool(prices)
        and prices == story.prices
        and all(champions.get(name) == champions_before.get(name) is not None for name in serving_names)
        and champions.get("endpoint-config-name") == endpoint_config,
        "every end was told by e-mail, the rejection too": len(story.mails) >= len(story.runs)
        and "rejected" in subjects,
    }
