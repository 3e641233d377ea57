"""QueryMetrics: what a finished training job measured.

In:  {"training_job_name": str}
Out: {"metrics": {"validation_rmse": float, ...}}, with `:` in names replaced by `_`
"""

from typing import TypedDict

from millkit import aws, training_jobs


class QueryMetricsInput(TypedDict):
    training_job_name: str


class QueryMetricsOutput(TypedDict):
    metrics: dict[str, float]


def handler(event: QueryMetricsInput, _context: object) -> QueryMetricsOutput:
    return {"metrics": training_jobs.final_metrics(aws.client("sagemaker"), event["training_job_name"])}
