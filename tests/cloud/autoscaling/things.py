"""What the tests ask of Application Auto Scaling."""

from typing import Any

from stepmill.cloud.cloud import Cloud

METRIC = "SageMakerVariantInvocationsPerInstance"


def place(endpoint: str = "cars", **more: Any) -> dict[str, Any]:
    return {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{endpoint}/variant/AllTraffic",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
        **more,
    }


def ask(cloud: Cloud, operation: str, **params: Any) -> dict[str, Any]:
    return cloud.call("application-autoscaling", operation, params)


def tracking(value: float = 100.0, **more: Any) -> dict[str, Any]:
    return {"TargetValue": value, "PredefinedMetricSpecification": {"PredefinedMetricType": METRIC}, **more}


def register(cloud: Cloud, low: int = 1, high: int = 3, endpoint: str = "cars") -> str:
    params = place(endpoint, MinCapacity=low, MaxCapacity=high)
    return str(ask(cloud, "RegisterScalableTarget", **params)["ScalableTargetARN"])


def track(cloud: Cloud, endpoint: str = "cars", name: str = "requests", **config: Any) -> str:
    params = place(
        endpoint,
        PolicyName=name,
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=tracking(**config),
    )
    return str(ask(cloud, "PutScalingPolicy", **params)["PolicyARN"])
