"""Scalable targets: the variants that may be scaled, and between which bounds."""

import json
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.application_autoscaling.tables import (
    DIMENSION,
    NAMESPACE,
    SERVICE,
    Variant,
    find_target,
    invalid,
    missing,
    one_target,
    page,
    target_arn,
    variant_of,
)

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

ROLE = "aws-service-role/sagemaker.application-autoscaling.amazonaws.com"
ROLE += "/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
SWITCHES = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")


def capacity_of(cloud: "Cloud", variant: Variant) -> tuple[int, str] | None:
    """The variant's current instances and its endpoint's status; None when it is not there."""
    try:
        data = cloud.call("sagemaker", "DescribeEndpoint", {"EndpointName": variant.endpoint})
    except AwsError as error:
        if error.code != "ValidationException":
            raise
        return None
    for one in data.get("ProductionVariants", []):
        if one["VariantName"] == variant.name:
            return one["CurrentInstanceCount"], data["EndpointStatus"]
    return None


@SERVICE.operation("RegisterScalableTarget", resources=one_target)
def register_scalable_target(cloud: "Cloud", request: Request) -> Answer:
    """Registered again, only what is given changes."""
    params = request.params
    variant, resource = variant_of(params), params["ResourceId"]
    if capacity_of(cloud, variant) is None:
        raise invalid(
            f"No variant {variant.name} of an endpoint {variant.endpoint} that has been in service; "
            "create the endpoint first"
        )
    arn = target_arn(cloud, resource)
    with cloud.store.transaction() as connection:
        known = find_target(cloud, resource)
        target: dict[str, Any] = known or {
            "ServiceNamespace": NAMESPACE,
            "ResourceId": resource,
            "ScalableDimension": DIMENSION,
            "RoleARN": f"arn:aws:iam::{cloud.account}:role/{ROLE}",
            "CreationTime": cloud.clock.time(),
            "SuspendedState": dict.fromkeys(SWITCHES, False),
            "ScalableTargetARN": arn,
        }
        target |= {key: params[key] for key in ("MinCapacity", "MaxCapacity") if key in params}
        target["SuspendedState"] |= params.get("SuspendedState", {})
        if params.get("Tags"):
            target["_Tags"] = params["Tags"]
        check_bounds(target)
        connection.execute(
            "insert into autoscaling_target values (?, ?)"
            " on conflict (resource) do update set body = excluded.body",
            (resource, json.dumps(target)),
        )
    return {"ScalableTargetARN": arn}


def check_bounds(target: dict[str, Any]) -> None:
    for key in ("MinCapacity", "MaxCapacity"):
        if key not in target:
            raise invalid(f"{key} is missing; a target that is not registered yet needs both bounds")
    low, high = target["MinCapacity"], target["MaxCapacity"]
    if low < 1:
        raise invalid(f"MinCapacity is {low}; a variant has at least 1 instance")
    if low > high:
        raise invalid(f"Maximum capacity cannot be less than minimum capacity: {high} is less than {low}")


@SERVICE.operation("DeregisterScalableTarget", resources=one_target)
def deregister_scalable_target(cloud: "Cloud", request: Request) -> Answer:
    """With its policies; the variant keeps the instances it has."""
    with cloud.store.transaction() as connection:
        done = connection.execute(
            "delete from autoscaling_target where resource = ?", (request.params["ResourceId"],)
        )
    if not done.rowcount:
        raise missing("scalable target", request.params)
    return {}


@SERVICE.operation("DescribeScalableTargets")
def describe_scalable_targets(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    rows = cloud.store.query("select body from autoscaling_target order by resource")
    found = [
        one
        for one in (json.loads(row["body"]) for row in rows)
        if params["ServiceNamespace"] == NAMESPACE
        and one["ResourceId"] in params.get("ResourceIds", [one["ResourceId"]])
        and params.get("ScalableDimension", DIMENSION) == DIMENSION
    ]
    return page(found, params, "ScalableTargets")


@SERVICE.operation("ListTagsForResource")
def list_tags(cloud: "Cloud", request: Request) -> Answer:
    arn = request.params["ResourceARN"]
    for row in cloud.store.query("select body from autoscaling_target"):
        target = json.loads(row["body"])
        if target["ScalableTargetARN"] == arn:
            return {"Tags": target.get("_Tags", {})}
    raise AwsError("ResourceNotFoundException", f"{arn} does not exist", 400, ResourceName=arn)
