"""Autoscaling as seen from outside: an endpoint's bounds and policy, and a fleet that grows to them."""

import time
from dataclasses import dataclass

from stepmill.cli.demo import report
from stepmill.cli.demo.stage import Stage

DIMENSION = "sagemaker:variant:DesiredInstanceCount"
WHAT = {"ServiceNamespace": "sagemaker", "ScalableDimension": DIMENSION}
# Fleets are looked at once a minute.
GROWTH_LIMIT_S = 120.0
COLUMNS = ("instances", "fewest", "most", "requests a minute for one")


@dataclass(frozen=True)
class Bounds:
    """`requests`: of an instance in a minute, above which there are more instances."""

    fewest: int
    most: int
    requests: float


@dataclass(frozen=True)
class Fleet:
    """`bounds` are Application Auto Scaling's, None without a target or a policy; `wanted` the version's."""

    endpoint: str
    instances: int
    bounds: Bounds | None
    wanted: Bounds


@dataclass(frozen=True)
class Growth:
    """`activity`: what Application Auto Scaling says that it has done; empty when it has done nothing."""

    instances: int
    activity: str


def resource(endpoint: str) -> str:
    return f"endpoint/{endpoint}/variant/AllTraffic"


def fleet(stage: Stage, endpoint: str, version: str) -> Fleet:
    """version: ARN of what serves there, which was registered with the bounds that it wants."""
    scaling, at = stage.client("application-autoscaling"), resource(endpoint)
    targets = scaling.describe_scalable_targets(ServiceNamespace="sagemaker", ResourceIds=[at])
    policies = scaling.describe_scaling_policies(**WHAT, ResourceId=at)
    bounds = None
    if targets["ScalableTargets"] and policies["ScalingPolicies"]:
        [target], [policy] = targets["ScalableTargets"], policies["ScalingPolicies"]
        requests = policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"]
        bounds = Bounds(target["MinCapacity"], target["MaxCapacity"], requests)
    package = stage.client("sagemaker").describe_model_package(ModelPackageName=version)
    told = package["CustomerMetadataProperties"]
    names = ("min_instances", "max_instances", "invocations_per_instance")
    fewest, most, requests = (float(told[name]) for name in names)
    return Fleet(endpoint, instances(stage, endpoint), bounds, Bounds(int(fewest), int(most), requests))


def instances(stage: Stage, endpoint: str) -> int:
    described = stage.client("sagemaker").describe_endpoint(EndpointName=endpoint)
    return int(described["ProductionVariants"][0]["CurrentInstanceCount"])


def show(stage: Stage, fleets: list[Fleet]) -> None:
    made = report.table("", "endpoint", *COLUMNS, numbers=COLUMNS)
    for one in fleets:
        bounds = one.bounds
        words = (bounds.fewest, bounds.most, f"{bounds.requests:,.10g}") if bounds else ("–", "–", "–")
        made.add_row(one.endpoint, str(one.instances), *map(str, words))
    stage.console.print(made, "")


def raise_minimum(stage: Stage, one: Fleet, fewest: int) -> None:
    """It grows at the next look, while other things happen."""
    most = max(fewest, one.wanted.most)
    stage.typed(
        "aws application-autoscaling register-scalable-target --service-namespace sagemaker \\\n"
        f"  --scalable-dimension {DIMENSION} \\\n"
        f"  --resource-id {resource(one.endpoint)} --min-capacity {fewest} --max-capacity {most}"
    )
    stage.client("application-autoscaling").register_scalable_target(
        **WHAT, ResourceId=resource(one.endpoint), MinCapacity=fewest, MaxCapacity=most
    )


def await_growth(stage: Stage, endpoint: str, wanted: int) -> Growth:
    """How many instances serve, as soon as there are so many and the endpoint is at rest."""
    sagemaker, deadline = stage.client("sagemaker"), time.monotonic() + GROWTH_LIMIT_S
    with stage.console.status("waiting for the fleet to grow"):
        while time.monotonic() < deadline:
            at_rest = sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointStatus"] == "InService"
            if at_rest and instances(stage, endpoint) >= wanted:
                break
            time.sleep(0.2)
    found = stage.client("application-autoscaling").describe_scaling_activities(
        **WHAT, ResourceId=resource(endpoint)
    )["ScalingActivities"]
    done = [one for one in found if one["StatusCode"] == "Successful"]
    return Growth(instances(stage, endpoint), str(done[0]["Cause"]) if done else "")
