"""EvaluateDrift: what the jobs found in a window, written for SQL, and what people are to hear of it.

In:  {"endpoint_name": str, "window": int, "models": [WindowModel of ReadWindow],
      "measured": [{"version": str, "jobs": {"data": ARN | None, "quality": ..., "attributions": ...}}],
      "sample_rows": int, "metric_columns": int, "execution_arn": str}
Out: {"outcome": "drift" | "no baseline" | "unusable" | "stable", "reason": str, "tell": bool,
      "subject": str, "message": str, "violations": int, "report_uri": str, "commit": bool,
      "metrics_error": str}

Of all executions that run a window, one gets `tell`; run again, this function answers the same. Without
`commit` another execution is to tell the window and to commit it. The drift of `metric_columns` columns goes
to CloudWatch; `metrics_error` says why it does not, which stops nothing else.
"""

from dataclasses import dataclass
from typing import Any, TypedDict

from millkit import aws, drift_metrics, environment, evaluating, log, windows

# CloudWatch gets less time than this function has: what it does not take must not cost the mail.
METRICS_TIMEOUT_S, METRICS_ATTEMPTS = 10, 3


class Jobs(TypedDict):
    """The ARN of each job that has measured a model; None where there was nothing to measure."""

    data: str | None
    quality: str | None
    attributions: str | None


class Measured(TypedDict):
    version: str
    jobs: Jobs


class EvaluateDriftInput(TypedDict):
    endpoint_name: str
    window: int
    models: list[dict[str, Any]]
    measured: list[Measured]
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
    commit: bool
    metrics_error: str


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
    metrics_error = ""
    if event["metric_columns"] and verdict.distances:
        metrics_error = drift_metrics.try_publish(
            aws.client("cloudwatch", METRICS_TIMEOUT_S, METRICS_ATTEMPTS),
            event["endpoint_name"],
            event["execution_arn"].split(":")[6],
            verdict.distances,
            event["metric_columns"],
        )
    told = {"outcome": verdict.outcome, "violations": verdict.violations, "metrics_error": metrics_error}
    log.info("evaluate_drift", window=event["window"], **told)
    return {
        "outcome": verdict.outcome,
        "reason": verdict.reason,
        "tell": verdict.tell,
        "subject": verdict.letter.subject,
        "message": verdict.letter.body,
        "violations": verdict.violations,
        "report_uri": verdict.report_uri,
        "commit": verdict.commit,
        "metrics_error": metrics_error,
    }
