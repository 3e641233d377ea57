"""Autoscaling of an endpoint: as many instances as its requests need, between a minimum and a maximum."""

from typing import Any

from statemachines.fragments import retries, throttled
from statemachines.fragments.tasks import CALL_TIMEOUT_S
from stepmill.asl import Chain, State, Task, aws_sdk, chain, format_, path

VARIANT = "AllTraffic"
TARGET = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": format_(f"endpoint/{{}}/variant/{VARIANT}", path("$.config.endpoint_name")),
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}
SCALE_OUT_COOLDOWN_S, SCALE_IN_COOLDOWN_S = 60, 300


def scale(on_error: State) -> Chain:
    """Both calls may be made again and again: they set what is there already."""
    bounds = {
        "MinCapacity": path("$.config.min_instances"),
        "MaxCapacity": path("$.config.max_instances"),
    }
    tracking = {
        "TargetValue": path("$.config.invocations_per_instance"),
        "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
        "ScaleOutCooldown": SCALE_OUT_COOLDOWN_S,
        "ScaleInCooldown": SCALE_IN_COOLDOWN_S,
    }
    policy = {
        "PolicyName": format_("{}-requests", path("$.config.endpoint_name")),
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": tracking,
    }
    bound = _call("BoundInstances", "registerScalableTarget", TARGET | bounds)
    follow = _call("FollowRequests", "putScalingPolicy", TARGET | policy)
    return chain(_again(bound, on_error), _again(follow, on_error))


def stop(then: State) -> Task:
    """Before an endpoint is taken off. That there was no target, or that it stays behind, changes nothing."""
    task = _call("StopScaling", "deregisterScalableTarget", TARGET)
    task.next(then)
    return _again(task, then, error_path="$.not_stopped")


def _again(task: Task, on_error: State, **options: Any) -> Task:
    return throttled.again(task, on_error=on_error, errors=throttled.SCALING, **options)


def _call(state_id: str, action: str, request: dict[str, Any]) -> Task:
    return aws_sdk(
        state_id,
        "applicationautoscaling",
        action,
        request,
        result_path=None,
        retry=[retries.SCALING_LOST],
        timeout_seconds=CALL_TIMEOUT_S,
    )
