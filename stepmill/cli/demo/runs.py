"""One training as the demo tells it: its verdict, the version that it registered, and its deployment."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from stepmill.cli.demo.stage import Stage, Wanted, any_input

TRAINING, DEPLOYMENT = "TrainingArn", "DeploymentArn"
Json = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """One training, its verdict and its deployment; RMSE in the target's unit, None without a verdict.

    `accepted`: it is live, or was good enough to wait for a person. `version` is its ARN in the Model
    Registry, empty when it was not registered; `waits` for approval.
    """

    title: str
    algorithm: str
    execution_arn: str
    status: str
    accepted: bool
    waits: bool
    rmse: float | None
    champion_rmse: float | None
    reason: str
    seconds: float
    folder_uri: str
    version: str
    deployment_arn: str

    @property
    def number(self) -> str:
        return self.version.rpartition("/")[2]


def await_training(stage: Stage, title: str, algorithm: str, wanted: Wanted = any_input) -> Run:
    """Follow the next training, and the deployment that its registration starts."""
    return _followed(stage, title, algorithm, stage.watch(TRAINING, wanted))


def start_training(stage: Stage, title: str, algorithm: str, document: Json) -> Run:
    """The same of one that is started by hand."""
    return _followed(stage, title, algorithm, stage.run(TRAINING, document))


def _followed(stage: Stage, title: str, algorithm: str, trained: Json) -> Run:
    output = json.loads(trained.get("output", "{}"))
    deployed = None
    if output.get("approval_status") == "Approved":
        package = output["model_package_arn"]
        stage.done(f"registered as version {_version(package)}, approved: its deployment starts")
        deployed = stage.watch(DEPLOYMENT, of_package(package))
    run = run_of(title, algorithm, trained, deployed)
    tell(stage, run)
    return run


def approve(stage: Stage, version: str) -> None:
    """As a person does; the registry's event starts the deployment."""
    _decide(stage, version, "Approved")


def reject(stage: Stage, version: str) -> None:
    _decide(stage, version, "Rejected")


def _decide(stage: Stage, version: str, status: str) -> None:
    stage.typed(
        f"aws sagemaker update-model-package --model-approval-status {status} \\\n"
        f"  --model-package-arn {version}"
    )
    stage.client("sagemaker").update_model_package(ModelPackageArn=version, ModelApprovalStatus=status)


def of_package(package_arn: str) -> Callable[[Json], bool]:
    """Whether an execution's input is that version."""
    return lambda document: document.get("model_package_arn") == package_arn


def run_of(title: str, algorithm: str, trained: Json, deployed: Json | None) -> Run:
    output = json.loads(trained.get("output", "{}"))
    outcome = json.loads((deployed or {}).get("output", "{}"))
    verdict = output.get("verdict", {})
    ended = deployed or trained
    failed = deployed is not None and outcome.get("outcome") != "live"
    reason = verdict.get("reason") or trained.get("cause") or trained["status"]
    if failed:
        reason = outcome.get("reason") or ended.get("cause") or ended["status"]
    waits = output.get("approval_status") == "PendingManualApproval"
    return Run(
        title=title,
        algorithm=algorithm,
        execution_arn=trained["executionArn"],
        status=ended["status"],
        accepted=waits or outcome.get("outcome") == "live",
        waits=waits,
        rmse=verdict.get("candidate_rmse"),
        champion_rmse=verdict.get("champion_rmse"),
        reason=reason,
        seconds=(ended["stopDate"] - trained["startDate"]).total_seconds(),
        folder_uri=output.get("manifest_uri", "").rpartition("/")[0],
        version=output.get("model_package_arn", ""),
        deployment_arn=ended["executionArn"] if deployed else "",
    )


def deployed(run: Run, ended: Json) -> Run:
    """The run whose version a person has approved, with the deployment that this has started."""
    outcome = json.loads(ended.get("output", "{}"))
    is_live = outcome.get("outcome") == "live"
    reason = run.reason if is_live else outcome.get("reason") or ended.get("cause") or ended["status"]
    return replace(
        run,
        status=ended["status"],
        accepted=is_live,
        waits=False,
        reason=reason,
        deployment_arn=ended["executionArn"],
    )


def _version(package_arn: str) -> str:
    return package_arn.rpartition("model-package/")[2]


def tell(stage: Stage, run: Run) -> None:
    if run.waits:
        stage.done(f"version {_version(run.version)} waits for a person's approval: {run.reason}")
    elif run.accepted:
        stage.done(f"live: {run.reason}")
    elif run.status == "SUCCEEDED":
        stage.noted(f"rejected: {run.reason}")
    else:
        stage.failed(run.status, run.reason, run.deployment_arn or run.execution_arn)
