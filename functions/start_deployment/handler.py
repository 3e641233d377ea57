"""StartDeployment: start the deployment machine once for each time that a model package is approved.

In:  EventBridge's "SageMaker Model Package State Change" event
Out: {"execution_arn": str | None, "outcome": "started" | "already_started" | "not_approved" | "other_group"}
"""

from dataclasses import dataclass
from typing import Any, Literal, TypedDict

from millkit import approvals, aws, environment, log


class StartDeploymentOutput(TypedDict):
    execution_arn: str | None
    outcome: Literal["started", "already_started", "not_approved", "other_group"]


@dataclass(frozen=True)
class Settings:
    state_machine_arn: str
    group_prefix: str


def handler(event: dict[str, Any], _context: object) -> StartDeploymentOutput:
    settings = environment.read(Settings, "stacks/deployment.yaml")
    change = approvals.change_of(event)
    started = approvals.start(
        aws.client("stepfunctions"),
        change,
        machine_arn=settings.state_machine_arn,
        group_prefix=settings.group_prefix,
    )
    log.info("start_deployment", model_package_arn=change.package_arn, outcome=started.outcome)
    return {"execution_arn": started.execution_arn, "outcome": started.outcome}
