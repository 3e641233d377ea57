"""StartTraining: start the training machine for each new version of an object, once for each variant.

In:  EventBridge's "Object Created" event of S3
Out: {"execution_arn": str | None, "outcome": "started" | "already_started" | "stale",
      "variants": {<name>: str}}; the ARNs of the executions of variants other than the first

An execution's input is the use case (a JSON object in the parameter USE_CASE_PARAMETER) with `data_uri` and
`data_version` of the object. Each of its `variants` has one more, with that variant's fields over it.
"""

from dataclasses import dataclass
from typing import Any, Literal, TypedDict

from millkit import aws, environment, log, uploads


class StartTrainingOutput(TypedDict):
    execution_arn: str | None
    outcome: Literal["started", "already_started", "stale"]
    variants: dict[str, str | None]


@dataclass(frozen=True)
class Settings:
    state_machine_arn: str
    use_case_parameter: str


def handler(event: dict[str, Any], _context: object) -> StartTrainingOutput:
    settings = environment.read(Settings, "stacks/tabular.yaml")
    all_started = uploads.start_all(
        aws.client("stepfunctions"),
        aws.client("s3"),
        aws.client("ssm"),
        uploads.upload_of(event),
        machine_arn=settings.state_machine_arn,
        parameter=settings.use_case_parameter,
    )
    started = all_started.pop("")
    answer: StartTrainingOutput = {
        "execution_arn": started.execution_arn,
        "outcome": started.outcome,
        "variants": {name: one.execution_arn for name, one in all_started.items()},
    }
    log.info("start_training", **answer)
    return answer
