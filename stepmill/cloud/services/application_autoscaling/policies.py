"""Scaling policies: target tracking of the requests that each instance of a variant gets in a minute."""

import json
import uuid
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, Request
from stepmill.cloud.services.application_autoscaling.tables import (
    DIMENSION,
    NAMESPACE,
    SERVICE,
    find_target,
    invalid,
    missing,
    one_target,
    page,
    policies_of,
    save_policy,
    variant_of,
)

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

METRIC = "SageMakerVariantInvocationsPerInstance"


@SERVICE.operation("PutScalingPolicy", resources=one_target)
def put_scaling_policy(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    variant_of(params)
    check_policy(params)
    name, resource = params["PolicyName"], params["ResourceId"]
    with cloud.store.transaction() as connection:
        if find_target(cloud, resource) is None:
            raise missing("scalable target", params)
        known = {one["PolicyName"]: one for one in policies_of(cloud, resource)}
        if set(known) - {name}:
            raise invalid(
                "Only one TargetTrackingScaling policy for a given metric specification is allowed; there is "
                f"{', '.join(known)}"
            )
        policy = known.get(name) or new_policy(cloud, name, resource)
        policy["TargetTrackingScalingPolicyConfiguration"] = params[
            "TargetTrackingScalingPolicyConfiguration"
        ]
        save_policy(connection, policy)
    return {"PolicyARN": policy["PolicyARN"], "Alarms": []}


def new_policy(cloud: "Cloud", name: str, resource: str) -> dict[str, Any]:
    key = f"scalingPolicy:{uuid.uuid4()}:resource/{NAMESPACE}/{resource}:policyName/{name}"
    return {
        "PolicyARN": cloud.arn("autoscaling", key),
        "PolicyName": name,
        "ServiceNamespace": NAMESPACE,
        "ResourceId": resource,
        "ScalableDimension": DIMENSION,
        "PolicyType": "TargetTrackingScaling",
        "Alarms": [],
        "CreationTime": cloud.clock.time(),
    }


def check_policy(params: dict[str, Any]) -> None:
    """Raises: AwsError ValidationException."""
    kind = params.get("PolicyType", "StepScaling")
    config = params.get("TargetTrackingScalingPolicyConfiguration")
    if kind != "TargetTrackingScaling":
        raise invalid(f"PolicyType is {kind}; the embedded cloud knows TargetTrackingScaling only")
    if config is None:
        raise invalid("TargetTrackingScalingPolicyConfiguration is missing")
    if "CustomizedMetricSpecification" in config:
        raise invalid(f"CustomizedMetricSpecification is not supported by the embedded cloud; use {METRIC}")
    metric = config.get("PredefinedMetricSpecification", {}).get("PredefinedMetricType")
    if metric != METRIC:
        raise invalid(f"PredefinedMetricType is {metric}; {METRIC} is supported here")
    if config["TargetValue"] <= 0:
        raise invalid(f"TargetValue is {config['TargetValue']}; a value above 0 is needed")
    for key in ("ScaleOutCooldown", "ScaleInCooldown"):
        if not 0 <= config.get(key, 0) <= 3600:
            raise invalid(f"{key} is {config[key]}; allowed: 0 to 3600 seconds")


@SERVICE.operation("DeleteScalingPolicy", resources=one_target)
def delete_scaling_policy(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    with cloud.store.transaction() as connection:
        done = connection.execute(
            "delete from autoscaling_policy where resource = ? and name = ?",
            (params["ResourceId"], params["PolicyName"]),
        )
    if not done.rowcount:
        raise missing("scaling policy", params, f", policy name: {params['PolicyName']}")
    return {}


@SERVICE.operation("DescribeScalingPolicies")
def describe_scaling_policies(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    rows = cloud.store.query("select body from autoscaling_policy order by resource, name")
    found = [
        one
        for one in (json.loads(row["body"]) for row in rows)
        if params["ServiceNamespace"] == NAMESPACE
        and params.get("ResourceId", one["ResourceId"]) == one["ResourceId"]
        and params.get("ScalableDimension", DIMENSION) == DIMENSION
        and one["PolicyName"] in params.get("PolicyNames", [one["PolicyName"]])
    ]
    return page(found, params, "ScalingPolicies")
