"""Predict: answer rows sent to the API with the predictions of all endpoints, made one by a rule.

In:  API Gateway's proxy event (version 1); its body is CSV or JSON as millkit.asked_rows reads it
Out: a proxy answer whose body is JSON:
     200 {"inference_id": str, "predictions": [float, ...], "by": {endpoint: [float, ...]}, "rule": str,
          "degraded": bool, "reasons": {endpoint: str} (only when degraded)}
     400, 413, 415 {"message": str, "errors": [{"problem": str, "row": int, "column": str}],
          "inference_id": str}
     503 {"message": str, "reasons": {endpoint: str}, "inference_id": str}

A model whose training had a step gets its rows through the same one, which comes with this function's layers.
"""

import functools
import sys
from dataclasses import dataclass
from typing import Any, TypedDict

from millkit import asking, aws, direct, endpoint_schema, environment, predicting, steps


class PredictOutput(TypedDict):
    statusCode: int
    headers: dict[str, str]
    body: str


@dataclass(frozen=True)
class Settings:
    first_endpoint_name: str
    second_endpoint_name: str
    rule: str
    postprocess_step: str
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
    runtime = client("sagemaker-runtime", timeout_s, 2)
    clients = asking.Clients(
        runtime=direct.Runtime(runtime, way_of(runtime)),
        sagemaker=client("sagemaker", 2, 3),
        s3=client("s3", 3, 2),
    )
    names = dict.fromkeys([settings.first_endpoint_name, settings.second_endpoint_name])
    known = asking.Steps(steps.deployed(sys.path), settings.postprocess_step)
    return asking.Asker(clients, list(names), timeout_s, known)


@functools.cache
def kept(settings: Settings) -> predicting.Kept:
    _, partition, _, region, account, queue = settings.dead_letters_arn.split(":")
    suffix = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
    s3 = client("s3", 3, 2)
    return predicting.Kept(
        s3=direct.Objects(s3, way_of(s3)),
        connect=lambda: client("sqs", 3, 3),
        bucket=settings.artifacts_bucket,
        name=settings.first_endpoint_name,
        queue_url=f"https://sqs.{region}.{suffix}/{account}/{queue}",
    )


def client(service: str, read_timeout_s: float, attempts: int) -> Any:
    """A caller waits: all time-outs and attempts together stay within the function's Timeout."""
    return aws.client(service, read_timeout_s, attempts, endpoint_schema.SERVICE_MODELS)


def way_of(made: Any) -> direct.Way:
    return direct.Way(aws.session(endpoint_schema.SERVICE_MODELS), made)
