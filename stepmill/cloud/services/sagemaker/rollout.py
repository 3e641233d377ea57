"""How traffic goes over from the old fleet to the new one: the steps of a DeploymentConfig, and its alarms.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError, Principal
from stepmill.cloud.services.sagemaker.plans import Plan
from stepmill.cloud.services.sagemaker.service import invalid

SIZES = {"CANARY": "CanarySize", "LINEAR": "LinearStepSize"}
LARGEST_PERCENT, SMALLEST_STEP_PERCENT = 50, 10


@dataclass(frozen=True)
class Step:
    """The new fleet's share of the traffic, and how long it is watched at that."""

    percent: float
    wait_s: int


def steps(config: Mapping[str, Any], instances: int) -> list[Step]:
    """In order; the last one is the final baking period, after which the old fleet goes.

    Without a BlueGreenUpdatePolicy all traffic moves at once and nothing is waited for.
    """
    policy = config.get("BlueGreenUpdatePolicy")
    if policy is None:
        return [Step(100.0, 0)]
    routing = policy["TrafficRoutingConfiguration"]
    wait_s, kind = routing["WaitIntervalInSeconds"], routing["Type"]
    last = Step(100.0, policy.get("TerminationWaitInSeconds", 0))
    if kind == "ALL_AT_ONCE":
        return [Step(100.0, wait_s), last]
    share = percent_of(routing[SIZES[kind]], instances)
    if kind == "CANARY":
        return [Step(share, wait_s), last]
    count = int(-(-100 // share)) - 1
    return [*(Step(share * number, wait_s) for number in range(1, count + 1)), last]


def percent_of(size: Mapping[str, Any], instances: int) -> float:
    """The share of whole instances: at least one, so a fleet of one has no part."""
    value: int = size["Value"]
    count = max(1, round(value * instances / 100)) if size["Type"] == "CAPACITY_PERCENT" else value
    return 100 * count / instances


def alarm_names(config: Mapping[str, Any]) -> list[str]:
    return [each["AlarmName"] for each in config.get("AutoRollbackConfiguration", {}).get("Alarms", [])]


def check(config: Mapping[str, Any], instances: int) -> None:
    """Raises: AwsError ValidationException."""
    if "RollingUpdatePolicy" in config:
        raise invalid("RollingUpdatePolicy is not supported by the embedded cloud; BlueGreenUpdatePolicy is")
    policy = config.get("BlueGreenUpdatePolicy")
    if policy is None:
        return
    routing = policy["TrafficRoutingConfiguration"]
    for kind, member in SIZES.items():
        if (routing["Type"] == kind) != (member in routing):
            verb = "needs" if routing["Type"] == kind else "takes no"
            raise invalid(f"TrafficRoutingConfiguration of type {routing['Type']} {verb} {member}")
    if routing["Type"] in SIZES:
        check_share(routing, instances)
    check_times(policy, instances, config)


def check_share(routing: Mapping[str, Any], instances: int) -> None:
    member = SIZES[routing["Type"]]
    percent, value = percent_of(routing[member], instances), routing[member]["Value"]
    if percent > LARGEST_PERCENT:
        raise invalid(
            f"{member} {value} is {percent:g} percent of {instances} instance(s); at most {LARGEST_PERCENT} "
            "percent of the variant's total instance count are allowed"
        )
    is_percent = routing[member]["Type"] == "CAPACITY_PERCENT"
    if routing["Type"] == "LINEAR" and is_percent and value < SMALLEST_STEP_PERCENT:
        raise invalid(f"{member} is {value} percent; at least {SMALLEST_STEP_PERCENT} are allowed")


def check_times(policy: Mapping[str, Any], instances: int, config: Mapping[str, Any]) -> None:
    waits = {
        "WaitIntervalInSeconds": policy["TrafficRoutingConfiguration"]["WaitIntervalInSeconds"],
        "TerminationWaitInSeconds": policy.get("TerminationWaitInSeconds", 0),
    }
    for name, value in waits.items():
        if not 0 <= value <= 3600:
            raise invalid(f"{name} is {value}; allowed: 0 to 3600")
    limit_s = policy.get("MaximumExecutionTimeoutInSeconds")
    if limit_s is None:
        return
    if not 600 <= limit_s <= 28_800:
        raise invalid(f"MaximumExecutionTimeoutInSeconds is {limit_s}; allowed: 600 to 28800")
    total_s = sum(step.wait_s for step in steps(config, instances))
    if total_s >= limit_s:
        raise invalid(f"MaximumExecutionTimeoutInSeconds is {limit_s}; the deployment waits {total_s} s")


def check_names(old: Plan, new: Plan) -> None:
    """Guardrails need the same variants before and after. Raises: AwsError ValidationException."""
    before, after = (
        {one["VariantName"] for one in plan["config"]["ProductionVariants"]} for plan in (old, new)
    )
    if before != after:
        raise invalid(
            f"With a DeploymentConfig the variants keep their names: {', '.join(sorted(before))} are now "
            f"{', '.join(sorted(after))}"
        )


def alarm_states(cloud: Cloud, plan: Plan, config: Mapping[str, Any]) -> dict[str, str]:
    """The state of each rollback alarm, `missing` for one that is not there.

    They are read as the model's execution role, which needs cloudwatch:DescribeAlarms as on AWS.
    Raises: AwsError.
    """
    names = alarm_names(config)
    if not names:
        return {}
    role = next(iter(plan["models"].values()))["ExecutionRoleArn"]
    found = cloud.call(
        "cloudwatch", "DescribeAlarms", {"AlarmNames": names}, principal=Principal(role, "SageMaker")
    )
    states = {one["AlarmName"]: one["StateValue"] for one in found["MetricAlarms"]}
    return {name: states.get(name, "missing") for name in names}


def check_alarms(cloud: Cloud, plan: Plan, config: Mapping[str, Any]) -> None:
    """Raises: AwsError ValidationException for an alarm that is not there or may not be read."""
    try:
        states = alarm_states(cloud, plan, config)
    except AwsError as error:
        raise invalid(f"AutoRollbackConfiguration: the alarms cannot be read: {error.message}") from None
    missing = [name for name, state in states.items() if state == "missing"]
    if missing:
        raise invalid(f"AutoRollbackConfiguration names alarms that do not exist: {', '.join(missing)}")
