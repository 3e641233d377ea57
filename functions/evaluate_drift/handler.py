"""EvaluateDrift: what the jobs found in a window, written for SQL, and what people are to hear of it.

In:  {"endpoint_name": str, "window": int, "models": [WindowModel of ReadWindow],
      "measured": [{"version": str, "jobs": {"data": ARN | None, "quality": ..., "attributions": ...}}],
      "sample_rows": int, "metric_columns": int, "execution_arn": str}
Out: {"outcome": "drift" | "no baseline" | "stable", "reason": str, "tell": bool, "subject": str,
      "message": str, "violations": int, "report_uri": str}

Of all executions that run a window, one gets `tell`; run again, this function answers the same. The drift of
`metric_columns` columns goes to CloudWatch.
"""

from dataclasses import dataclass
from typing import Any, TypedDict

from millkit import aws, drift_metrics, environment, evaluating, log, windows


class EvaluateDriftInput(TypedDict):
    endpoint_name: str
    window: int
    models: list[dict[str, Any]]
    measured: list[dict[str, Any]]
    sample_rows: int
    metric_columns: int
    execution_arn: str


class EvaluateDriftOutput(TypedDict):
    outcome: str
    reason: str
    tell: bool
    subject: str
    message: str
    violations: int
    report_uri: str


@dataclass(frozen=True)
class Settings:
    artifacts_bucket: str


def handler(event: EvaluateDriftInput, _context: object) -> EvaluateDriftOutput:
    settings = environment.read(Settings, "stacks/monitoring.yaml")
    verdict = evaluating.evaluate(
        aws.client("s3"),
        aws.client("stepfunctions"),
        windows.Layout(settings.artifacts_bucket, event["endpoint_name"]),
        event["window"],
        event["models"],
        event["measured"],
        event["sample_rows"],
        event["execution_arn"],
    )
    if event["metric_columns"] and verdict.distances:
        monitor = event["execution_arn"].split(":")[6]
        drift_metrics.publish(
            aws.client("cloudwatch"),
            event["endpoint_name"],
            monitor,
            verdict.distances,
            event["metric_columns"],
        )
    log.info("evaluate_drift", window=event["window"], outcome=verdict.outcome, violations=verdict.violations)
    return {
        "outcome": verdict.outcome,
        "reason": verdict.reason,
        "tell": verdict.tell,
        "subject": verdict.letter.subject,
        "message": verdict.letter.body,
        "violations": verdict.violations,
        "report_uri": verdict.report_uri,
    }
