"""Small models that are served at once, and updates of their endpoints on a clock that is moved by hand."""

import io
import tarfile
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy
import xgboost

from stepmill.cloud.cloud import Cloud
from stepmill.engine.clock import VirtualClock
from tests.cloud.sagemaker.things import XGBOOST, put, role, settled

START_S = 1_772_600_400.0  # 2026-03-04 05:00:00 UTC
DEADLINE_S = 30.0


@cache
def archive(level: float, features: int) -> bytes:
    """A model of so many features that always answers `level`."""
    rows = numpy.arange(8.0).reshape(-1, 1).repeat(features, 1)
    data = xgboost.DMatrix(rows, label=numpy.full(8, level))
    model = bytes(xgboost.train({"nthread": 1, "base_score": level}, data, 1).save_raw(raw_format="ubj"))
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        member = tarfile.TarInfo("xgboost-model")
        member.size = len(model)
        tar.addfile(member, io.BytesIO(model))
    return buffer.getvalue()


def model(cloud: Cloud, name: str, level: float, features: int = 2, role_arn: str | None = None) -> str:
    uri = put(cloud, f"models/{name}.tar.gz", archive(level, features))
    container = {"Image": XGBOOST, "ModelDataUrl": uri}
    params = {"ModelName": name, "ExecutionRoleArn": role_arn or role(cloud), "PrimaryContainer": container}
    cloud.call("sagemaker", "CreateModel", params)
    return name


def variant(model_name: str, **more: Any) -> dict[str, Any]:
    return {
        "VariantName": "AllTraffic",
        "ModelName": model_name,
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
        **more,
    }


def configure(cloud: Cloud, name: str, *variants: dict[str, Any], **more: Any) -> str:
    params = {"EndpointConfigName": name, "ProductionVariants": list(variants), **more}
    cloud.call("sagemaker", "CreateEndpointConfig", params)
    return name


def serve(cloud: Cloud, endpoint: str, config: str, **more: Any) -> dict[str, Any]:
    params = {"EndpointName": endpoint, "EndpointConfigName": config, **more}
    cloud.call("sagemaker", "CreateEndpoint", params)
    done = settled(cloud, endpoint)
    assert done["EndpointStatus"] == "InService", done
    return done


def update(cloud: Cloud, endpoint: str, config: str, **more: Any) -> None:
    params = {"EndpointName": endpoint, "EndpointConfigName": config, **more}
    cloud.call("sagemaker", "UpdateEndpoint", params)


def describe(cloud: Cloud, endpoint: str) -> dict[str, Any]:
    return cloud.call("sagemaker", "DescribeEndpoint", {"EndpointName": endpoint})


def is_baking(cloud: Cloud, endpoint: str) -> bool:
    return "PendingDeploymentSummary" in describe(cloud, endpoint)


def wait_until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def pass_time(cloud: Cloud, clock: VirtualClock, seconds: float) -> None:
    clock.advance(seconds)
    cloud.scheduler.wake()


def answer(cloud: Cloud, endpoint: str, body: bytes = b"1,2", **more: Any) -> float:
    params = {"EndpointName": endpoint, "Body": body, "ContentType": "text/csv", **more}
    return float(cloud.call("sagemaker-runtime", "InvokeEndpoint", params)["Body"].read())


def policy(
    kind: str, wait_s: int, *, alarms: tuple[str, ...] = (), end_s: int = 0, **more: Any
) -> dict[str, Any]:
    """A DeploymentConfig."""
    routing = {"Type": kind, "WaitIntervalInSeconds": wait_s, **more}
    config: dict[str, Any] = {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": routing,
            "TerminationWaitInSeconds": end_s,
        }
    }
    if alarms:
        config["AutoRollbackConfiguration"] = {"Alarms": [{"AlarmName": name} for name in alarms]}
    return config


def percent(value: int) -> dict[str, Any]:
    return {"Type": "CAPACITY_PERCENT", "Value": value}


def watch(cloud: Cloud, name: str, endpoint: str, metric: str = "Invocation4XXErrors", **more: Any) -> str:
    """An alarm on a metric of the endpoint's variant."""
    dimensions = [{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": "AllTraffic"}]
    params = {
        "AlarmName": name,
        "Namespace": "AWS/SageMaker",
        "MetricName": metric,
        "Dimensions": dimensions,
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        **more,
    }
    cloud.call("cloudwatch", "PutMetricAlarm", params)
    return name
