"""Every minute of the cloud's clock each variant with a policy is looked at, and scaled."""

import logging
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import AwsError
from stepmill.cloud.services.application_autoscaling import activities
from stepmill.cloud.services.application_autoscaling.deciding import COOLDOWN_S, IN_MINUTES, Decision, decide
from stepmill.cloud.services.application_autoscaling.tables import (
    SERVICE,
    Variant,
    find_target,
    policies_of,
    read_resource,
    save_policy,
)
from stepmill.cloud.services.application_autoscaling.targets import capacity_of
from stepmill.cloud.services.cloudwatch.recorder import MINUTE_S, Recorder
from stepmill.cloud.services.cloudwatch.tables import Metric

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

log = logging.getLogger(__name__)
COOLDOWNS = {"out": "ScaleOutCooldown", "in": "ScaleInCooldown"}


def look(cloud: "Cloud") -> None:
    """Scale every variant that needs it; one that fails keeps none of the others from it."""
    for row in cloud.store.query("select resource from autoscaling_target order by resource"):
        try:
            look_at(cloud, row["resource"])
        except Exception:
            log.exception("%s could not be scaled", row["resource"])


def look_at(cloud: "Cloud", resource: str) -> None:
    target, policies = find_target(cloud, resource), policies_of(cloud, resource)
    capacity = capacity_of(cloud, read_resource(resource))
    # An endpoint that is being changed is looked at again in a minute.
    if target is None or not policies or capacity is None or capacity[1] != "InService":
        return
    policy, now_s = policies[0], cloud.clock.time()
    config = policy["TargetTrackingScalingPolicyConfiguration"]
    minutes = requests_per_instance(cloud, read_resource(resource), now_s)
    decision = decide(target, config, minutes, capacity[0])
    if decision is None or now_s < policy.get("_RestsUntil", {}).get(decision.direction, 0.0):
        return
    refusal = scale(cloud, read_resource(resource), decision, now_s)
    activities.note(
        cloud, resource, decision.count, f"policy {policy['PolicyName']}: {decision.cause}", refusal
    )
    if refusal is None:
        rest(cloud, policy, config, decision, now_s)


def requests_per_instance(cloud: "Cloud", variant: Variant, now_s: float) -> list[float | None]:
    """Of the minutes that are over, oldest first."""
    end = int(now_s // MINUTE_S) * MINUTE_S
    starts = [end - MINUTE_S * ago for ago in range(IN_MINUTES, 0, -1)]
    dimensions = (("EndpointName", variant.endpoint), ("VariantName", variant.name))
    metric = Metric("AWS/SageMaker", "InvocationsPerInstance", dimensions)
    found = cloud.state(Recorder).periods(metric, starts[0], end, MINUTE_S)
    return [found[start].total if start in found else None for start in starts]


def scale(cloud: "Cloud", variant: Variant, decision: Decision, now_s: float) -> str | None:
    """Ask SageMaker for so many instances; answers why it refuses."""
    wanted = {"VariantName": variant.name, "DesiredInstanceCount": decision.count}
    params = {"EndpointName": variant.endpoint, "DesiredWeightsAndCapacities": [wanted]}
    attempt = f"autoscaling/{variant.endpoint}/{variant.name}/{int(now_s)}/{decision.count}"
    try:
        cloud.call("sagemaker", "UpdateEndpointWeightsAndCapacities", params, attempt=attempt)
    except AwsError as error:
        return f"{error.code}: {error.message}"
    return None


def rest(
    cloud: "Cloud", policy: dict[str, Any], config: dict[str, Any], decision: Decision, now_s: float
) -> None:
    """The next step in this direction waits for its cooldown; so does scaling in after scaling out."""
    if decision.direction not in COOLDOWNS:
        return
    until_s = now_s + config.get(COOLDOWNS[decision.direction], COOLDOWN_S)
    rests = policy.get("_RestsUntil", {}) | {decision.direction: until_s}
    if decision.direction == "out":
        rests["in"] = max(until_s, rests.get("in", 0.0))
    with cloud.store.transaction() as connection:
        known = {one["PolicyName"]: one for one in policies_of(cloud, policy["ResourceId"])}
        if policy["PolicyName"] in known:
            save_policy(connection, known[policy["PolicyName"]] | {"_RestsUntil": rests})


def keep_looking(cloud: "Cloud") -> None:
    try:
        look(cloud)
    finally:
        plan_next(cloud)


def plan_next(cloud: "Cloud") -> None:
    if not cloud.is_closing:
        following_s = (cloud.clock.time() // MINUTE_S + 1) * MINUTE_S
        cloud.scheduler.call_at(following_s, lambda: keep_looking(cloud))


@SERVICE.on_start
def resume(cloud: "Cloud") -> None:
    plan_next(cloud)
