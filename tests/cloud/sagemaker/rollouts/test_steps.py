"""A DeploymentConfig's steps, what it may not say, and the fleet that a request is routed to."""

import random
from typing import Any

import pytest

from stepmill.cloud.service import AwsError
from stepmill.cloud.services.sagemaker.rollout import Step, check, steps
from stepmill.cloud.services.sagemaker_runtime.routing import choose
from tests.cloud.sagemaker.fleets import percent, policy


@pytest.mark.parametrize(
    ("config", "instances", "expected"),
    [
        ({}, 1, [(100, 0)]),
        (policy("ALL_AT_ONCE", 60), 1, [(100, 60), (100, 0)]),
        (policy("CANARY", 60, end_s=30, CanarySize=percent(25)), 4, [(25, 60), (100, 30)]),
        (policy("CANARY", 60, CanarySize={"Type": "INSTANCE_COUNT", "Value": 1}), 2, [(50, 60), (100, 0)]),
        (policy("CANARY", 60, CanarySize=percent(10)), 2, [(50, 60), (100, 0)]),
        (
            policy("LINEAR", 5, end_s=9, LinearStepSize=percent(25)),
            4,
            [(25, 5), (50, 5), (75, 5), (100, 9)],
        ),
        (
            policy("LINEAR", 5, LinearStepSize={"Type": "INSTANCE_COUNT", "Value": 2}),
            5,
            [(40, 5), (80, 5), (100, 0)],
        ),
    ],
    ids=[
        "none",
        "all-at-once",
        "canary",
        "canary-by-count",
        "canary-of-whole-instances",
        "linear",
        "linear-by-count",
    ],
)
def test_traffic_moves_in_these_steps(
    config: dict[str, Any], instances: int, expected: list[tuple[float, int]]
) -> None:
    check(config, instances)
    assert steps(config, instances) == [Step(share, wait_s) for share, wait_s in expected]


def limited(limit_s: int, wait_s: int = 300) -> dict[str, Any]:
    config = policy("ALL_AT_ONCE", wait_s, end_s=300)
    config["BlueGreenUpdatePolicy"]["MaximumExecutionTimeoutInSeconds"] = limit_s
    return config


@pytest.mark.parametrize(
    ("config", "instances", "message"),
    [
        ({"RollingUpdatePolicy": {}}, 1, "RollingUpdatePolicy is not supported"),
        (policy("CANARY", 0), 2, "CANARY needs CanarySize"),
        (policy("ALL_AT_ONCE", 0, CanarySize=percent(10)), 2, "ALL_AT_ONCE takes no CanarySize"),
        (policy("CANARY", 0, CanarySize=percent(50)), 1, "CanarySize 50 is 100 percent of 1 instance"),
        (policy("CANARY", 0, CanarySize=percent(60)), 10, "CanarySize 60 is 60 percent of 10 instance"),
        (policy("LINEAR", 0, LinearStepSize=percent(5)), 20, "LinearStepSize is 5 percent; at least 10"),
        (policy("ALL_AT_ONCE", 3601), 1, "WaitIntervalInSeconds is 3601"),
        (policy("ALL_AT_ONCE", 0, end_s=3601), 1, "TerminationWaitInSeconds is 3601"),
        (limited(599, 0), 1, "MaximumExecutionTimeoutInSeconds is 599"),
        (limited(600), 1, "MaximumExecutionTimeoutInSeconds is 600; the deployment waits 600 s"),
    ],
    ids=lambda value: value[:28].replace(" ", "-") if isinstance(value, str) else "",
)
def test_refuses_a_config_that_cannot_be_carried_out(
    config: dict[str, Any], instances: int, message: str
) -> None:
    with pytest.raises(AwsError, match=message) as caught:
        check(config, instances)
    assert caught.value.code == "ValidationException"


def shown(**weights: float) -> list[dict[str, Any]]:
    return [
        {"VariantName": name, "DesiredWeight": weight, "CurrentInstanceCount": 1}
        for name, weight in weights.items()
    ]


def share(data: dict[str, Any], target: str | None = None) -> dict[tuple[str, str], int]:
    """How many of 1,000 requests go to which fleet and variant."""
    draw = random.Random(7)  # noqa: S311  a share of traffic, no secret
    found: dict[tuple[str, str], int] = {}
    for _ in range(1000):
        route = choose(data, target, draw)
        found[route.fleet, route.variant] = found.get((route.fleet, route.variant), 0) + 1
    return found


def test_requests_are_shared_by_fleet_and_weight() -> None:
    data: dict[str, Any] = {
        "EndpointName": "e",
        "_Plan": {"id": "old"},
        "ProductionVariants": shown(a=3.0, b=1.0),
        "_Rollout": {"plan": {"id": "new"}, "percent": 25.0},
        "PendingDeploymentSummary": {"ProductionVariants": shown(a=3.0, b=1.0)},
    }
    found = share(data)
    wanted = {("old", "a"): 562, ("old", "b"): 188, ("new", "a"): 188, ("new", "b"): 62}
    assert found.keys() == wanted.keys()
    assert all(abs(found[key] - count) < 50 for key, count in wanted.items())
    targeted = share(data, "b")
    assert targeted.keys() == {("old", "b"), ("new", "b")}
    assert abs(targeted["new", "b"] - 250) < 50
    data["_Rollout"]["percent"] = 0.0
    assert {fleet for fleet, _ in share(data)} == {"old"}
    data["_Rollout"]["percent"] = 100.0
    assert {fleet for fleet, _ in share(data)} == {"new"}


def test_weights_that_are_all_zero_leave_the_first_variant() -> None:
    data = {"EndpointName": "e", "_Plan": {"id": "old"}, "ProductionVariants": shown(a=0.0, b=0.0)}
    assert share(data) == {("old", "a"): 1000}
    with pytest.raises(AwsError, match="Variant c not found for Endpoint e"):
        choose(data, "c", random.Random(7))  # noqa: S311
