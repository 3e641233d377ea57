"""An update on its way: traffic goes over step by step, is watched, and goes back when an alarm goes off.

What is reached is in the endpoint's record (`_Rollout`), so a restart of the cloud goes on from there.
"""

import logging
from typing import TYPE_CHECKING, Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError
from stepmill.cloud.services.sagemaker import records, rollout
from stepmill.cloud.services.sagemaker.plans import Plan, capture_summary, counts, variants, weighed
from stepmill.cloud.services.sagemaker.servers import ServerFailed
from stepmill.cloud.services.sagemaker.telling import write

if TYPE_CHECKING:
    from stepmill.cloud.services.sagemaker.serving import Endpoints

log = logging.getLogger(__name__)
# An endpoint that does not move any more has none of these.
OVER = dict.fromkeys(
    (
        "_Rollout",
        "_PendingConfigName",
        "_DeploymentConfig",
        "_Retained",
        "_Capacities",
        "PendingDeploymentSummary",
    )
)
LONGEST_REASON = 1024


def begin(cloud: Cloud, endpoints: "Endpoints", name: str, plan: Plan) -> None:
    """The new fleet runs: give it its first share of the traffic."""
    data = records.find(cloud, "Endpoint", name) or {}
    now_s, config = cloud.clock.time(), data.get("_DeploymentConfig", {})
    shown = variants(plan)
    steps = [[step.percent, step.wait_s] for step in rollout.steps(config, sum(counts(shown).values()))]
    under_way = {"plan": plan, "config": config, "steps": steps, "began_s": now_s}
    enter(cloud, name, under_way, 0, data["ProductionVariants"], shown)
    progress(cloud, endpoints, name)


def enter(
    cloud: Cloud,
    name: str,
    under_way: dict[str, Any],
    step: int,
    old: list[dict[str, Any]],
    new: list[dict[str, Any]],
) -> dict[str, Any]:
    """Route the step's share of the traffic to the new fleet. Answers the record."""
    now_s = cloud.clock.time()
    percent, wait_s = under_way["steps"][step]
    baking = [{"Status": "Baking", "StartTime": now_s}]
    pending = {
        "EndpointConfigName": under_way["plan"]["config"]["EndpointConfigName"],
        "ProductionVariants": [one | {"VariantStatus": baking} for one in weighed(new, percent)],
        "StartTime": under_way["began_s"],
    }
    return records.change(
        cloud,
        "Endpoint",
        name,
        {
            "_Rollout": under_way | {"step": step, "percent": percent, "until_s": now_s + wait_s},
            "ProductionVariants": weighed(old, 100 - percent),
            "PendingDeploymentSummary": pending,
        },
    )


def progress(cloud: Cloud, endpoints: "Endpoints", name: str) -> None:
    """Go on, go back or wait, as time and alarms have it. Called again it does no more than once."""
    data = records.find(cloud, "Endpoint", name) or {}
    while (under_way := data.get("_Rollout")) is not None:
        now_s = cloud.clock.time()
        reason = why_back(cloud, under_way, now_s)
        if reason is not None:
            go_back(cloud, endpoints, name, reason, is_serving=True)
            return
        if now_s < under_way["until_s"]:
            cloud.scheduler.call_at(under_way["until_s"], lambda: endpoints.progress(name))
            return
        if under_way["step"] + 1 == len(under_way["steps"]):
            finish(cloud, endpoints, name, under_way["plan"])
            return
        pending = data["PendingDeploymentSummary"]["ProductionVariants"]
        plain = [{key: value for key, value in one.items() if key != "VariantStatus"} for one in pending]
        data = enter(cloud, name, under_way, under_way["step"] + 1, data["ProductionVariants"], plain)


def why_back(cloud: Cloud, under_way: dict[str, Any], now_s: float) -> str | None:
    """What forbids the update to go on; None when nothing does."""
    config = under_way["config"]
    try:
        states = rollout.alarm_states(cloud, under_way["plan"], config)
    except AwsError as error:
        return f"The deployment was rolled back because its alarms cannot be read: {error.message}"
    loud = [alarm for alarm, state in states.items() if state == "ALARM"]
    if loud:
        return (
            "The deployment was rolled back because one or more of its CloudWatch alarms are in the ALARM "
            f"state: {', '.join(loud)}."
        )
    gone = [alarm for alarm, state in states.items() if state == "missing"]
    if gone:
        return f"The deployment was rolled back because alarms that guard it are gone: {', '.join(gone)}."
    limit_s = config.get("BlueGreenUpdatePolicy", {}).get("MaximumExecutionTimeoutInSeconds")
    if limit_s is not None and now_s > under_way["began_s"] + limit_s:
        return f"The deployment was rolled back because it took longer than {limit_s} seconds."
    return None


def finish(cloud: Cloud, endpoints: "Endpoints", name: str, plan: Plan) -> None:
    """All traffic to the new fleet, for good."""
    old = (records.find(cloud, "Endpoint", name) or {}).get("_Plan")
    write(
        cloud,
        name,
        **OVER
        | {
            "EndpointStatus": "InService",
            "EndpointConfigName": plan["config"]["EndpointConfigName"],
            "ProductionVariants": variants(plan),
            "DataCaptureConfig": capture_summary(plan),
            "_Plan": plan,
            "FailureReason": None,
        },
    )
    if old is not None:
        endpoints.retire(name, old)


def go_back(cloud: Cloud, endpoints: "Endpoints", name: str, reason: str, *, is_serving: bool) -> None:
    """All traffic to what served before, if anything did; the new fleet goes."""
    data = records.find(cloud, "Endpoint", name) or {}
    changes: dict[str, Any] = {"EndpointStatus": "InService" if is_serving else "Failed"}
    if "ProductionVariants" in data:
        changes["ProductionVariants"] = [
            one | {"CurrentWeight": one["DesiredWeight"], "DesiredInstanceCount": one["CurrentInstanceCount"]}
            for one in data["ProductionVariants"]
        ]
    write(cloud, name, **OVER | changes | {"FailureReason": reason[:LONGEST_REASON]})
    if "_Rollout" in data:
        endpoints.retire(name, data["_Rollout"]["plan"])


def resize(cloud: Cloud, endpoints: "Endpoints", name: str) -> None:
    """Give variants the weights and the number of servers that they were asked for."""
    data = records.find(cloud, "Endpoint", name) or {}
    wanted, changed, reason = data["_Capacities"], [], None
    before = counts(data["ProductionVariants"])
    sizes = {one: wanted.get(one, {}).get("DesiredInstanceCount", count) for one, count in before.items()}
    try:
        endpoints.start(name, data["_Plan"], sizes)
    except (ServerFailed, AwsError) as error:
        sizes, wanted, reason = before, {}, str(error)[:LONGEST_REASON]
    for one in data["ProductionVariants"]:
        count = sizes[one["VariantName"]]
        weight = wanted.get(one["VariantName"], {}).get("DesiredWeight", one["CurrentWeight"])
        size = {"CurrentInstanceCount": count, "DesiredInstanceCount": count}
        changed.append(one | size | {"CurrentWeight": weight, "DesiredWeight": weight})
    write(
        cloud,
        name,
        **OVER | {"EndpointStatus": "InService", "ProductionVariants": changed, "FailureReason": reason},
    )
