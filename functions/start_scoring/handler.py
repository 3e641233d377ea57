"""StartScoring: start the batch scoring machine once for each version of an object, or time of a schedule.

In:  EventBridge's "Object Created" event of S3, or its "Scheduled Event"
Out: {"execution_arn": str | None, "outcome": "started" | "already_started" | "stale" | "waiting"}

The execution's input is a JSON object in the parameter USE_CASE_PARAMETER with `data_uri` and `data_version`
of the object. A schedule scores all that lies under SCHEDULED_URI; what arrives there waits for it.
"""

from dataclasses import dataclass
from typing import Any, Literal, TypedDict

from millkit import aws, environment, log, uploads

SCHEDULED = "Scheduled Event"


class StartScoringOutput(TypedDict):
    execution_arn: str | None
    outcome: Literal["started", "already_started", "stale", "waiting"]


@dataclass(frozen=True)
class Settings:
    state_machine_arn: str
    use_case_parameter: str
    scheduled_uri: str


def handler(event: dict[str, Any], _context: object) -> StartScoringOutput:
    settings = environment.read(Settings, "stacks/batch.yaml")
    if event.get("detail-type") == SCHEDULED:
        upload = uploads.scheduled(event, settings.scheduled_uri)
    else:
        upload = uploads.upload_of(event)
        if str(upload.place).startswith(settings.scheduled_uri):
            return {"execution_arn": None, "outcome": "waiting"}
    started = uploads.start(
        aws.client("stepfunctions"),
        aws.client("s3"),
        aws.client("ssm"),
        upload,
        machine_arn=settings.state_machine_arn,
        parameter=settings.use_case_parameter,
    )
    log.info("start_scoring", execution_arn=started.execution_arn, outcome=started.outcome)
    return {"execution_arn": started.execution_arn, "outcome": started.outcome}
