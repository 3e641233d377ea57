"""StartScoring: start the batch scoring machine once for each new version of an object.

In:  EventBridge's "Object Created" event of S3
Out: {"execution_arn": str | None, "outcome": "started" | "already_started" | "stale"}

The execution's input is a JSON object in the parameter USE_CASE_PARAMETER with `data_uri` and `data_version`
of the object.
"""

from dataclasses import dataclass
from typing import Any, Literal, TypedDict

from millkit import aws, environment, log, uploads


class StartScoringOutput(TypedDict):
    execution_arn: str | None
    outcome: Literal["started", "already_started", "stale"]


@dataclass(frozen=True)
class Settings:
    state_machine_arn: str
    use_case_parameter: str


def handler(event: dict[str, Any], _context: object) -> StartScoringOutput:
    settings = environment.read(Settings, "stacks/batch.yaml")
    started = uploads.start(
        aws.client("stepfunctions"),
        aws.client("s3"),
        aws.client("ssm"),
        uploads.upload_of(event),
        machine_arn=settings.state_machine_arn,
        parameter=settings.use_case_parameter,
    )
    log.info("start_scoring", execution_arn=started.execution_arn, outcome=started.outcome)
    return {"execution_arn": started.execution_arn, "outcome": started.outcome}
