"""Predict: answer rows sent to the API with the predictions of all endpoints, made one by a rule.

In:  API Gateway's proxy event (version 1); its body is CSV or JSON as millkit.asked_rows reads it
Out: a proxy answer whose body is JSON:
     200 {"inference_id": str, "predictions": [float, ...], "by": {endpoint: [float, ...]}, "rule": str,
          "degraded": bool, "reasons": {endpoint: str} (only when degraded)}
     400, 413, 415 {"message": str, "errors": [{"problem": str, "row": int, "column": str}],
          "inference_id": str}
     503 {"message": str, "reasons": {endpoint: str}, "inference_id": str}
"""

import functools
from dataclasses import dataclass
from typing import Any, TypedDict

from millkit import asking, aws, environment, predicting


class PredictOutput(TypedDict):
    statusCode: int
    headers: dict[str, str]
    body: str


@dataclass(frozen=True)
class Settings:
    first_endpoint_name: str
    second_endpoint_name: str
    rule: str
    endpoint_timeout_s: str
    artifacts_bucket: str
    dead_letters_arn: str


def handler(event: dict[str, Any], context: Any) -> PredictOutput:
    settings = environment.read(Settings, "stacks/realtime.yaml")
    request_id = event.get("requestContext", {}).get("requestId") or context.aws_request_id
    found = predicting.answer(event, request_id, asker(settings), settings.rule, kept(settings))
    return PredictOutput(statusCode=found["statusCode"], headers=found["headers"], body=found["body"])


@functools.cache
def asker(settings: Settings) -> asking.Asker:
    timeout_s = float(settings.endpoint_timeout_s)
    clients = asking.Clients(
        runtime=aws.client("sagemaker-runtime", timeout_s, 2),
        sagemaker=aws.client("sagemaker", 2, 3),
        s3=aws.client("s3", 3, 3),
    )
    names = dict.fromkeys([settings.first_endpoint_name, settings.second_endpoint_name])
    return asking.Asker(clients, list(names), timeout_s)


@functools.cache
def kept(settings: Settings) -> predicting.Kept:
    _, partition, _, region, account, queue = settings.dead_letters_arn.split(":")
    suffix = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
    return predicting.Kept(
        s3=aws.at_once(aws.client("s3", 3, 3)),
        connect=lambda: aws.client("sqs", 3, 3),
        bucket=settings.artifacts_bucket,
        name=settings.first_endpoint_name,
        queue_url=f"https://sqs.{region}.{suffix}/{account}/{queue}",
    )
