"""Variants scale with their requests: real servers, the cloud's clock, cooldowns, restart."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.services.application_autoscaling.scaling import look
from stepmill.cloud.services.cloudwatch.recorder import Recorder
from stepmill.cloud.services.cloudwatch.summary import Summary
from stepmill.cloud.services.cloudwatch.tables import Metric
from stepmill.cloud.services.sagemaker.serving import Endpoints
from stepmill.engine.clock import VirtualClock
from tests.cloud.autoscaling.things import ask, place, register, track
from tests.cloud.sagemaker.fleets import (
    START_S,
    answer,
    configure,
    describe,
    model,
    pass_time,
    serve,
    variant,
    wait_until,
)
from tests.cloud.sagemaker.things import BUCKET, settled


def load(
    cloud: Cloud, clock: VirtualClock, per_instance: float, minutes: int, endpoint: str = "cars"
) -> None:
    """So many requests per instance in each of the minutes before now."""
    dimensions = (("EndpointName", endpoint), ("VariantName", "AllTraffic"))
    metric = Metric("AWS/SageMaker", "InvocationsPerInstance", dimensions)
    for ago in range(1, minutes + 1):
        sums = Summary(1.0, per_instance, per_instance, per_instance, {per_instance: 1.0})
        cloud.state(Recorder).add_summary(metric, clock.time() - 60 * ago, "None", sums)


def count(cloud: Cloud, endpoint: str = "cars") -> int:
    settled(cloud, endpoint)
    (one,) = describe(cloud, endpoint)["ProductionVariants"]
    assert one["CurrentInstanceCount"] == one["DesiredInstanceCount"]
    return int(one["CurrentInstanceCount"])


def test_a_variant_scales_out_rests_and_scales_in(cloud: Cloud, clock: VirtualClock) -> None:
    register(cloud, 1, 3)
    track(cloud, value=100.0, ScaleOutCooldown=120, ScaleInCooldown=60)
    clock.advance(1200)
    load(cloud, clock, 150.0, 3)
    look(cloud)
    assert count(cloud) == 2
    servers = {id(cloud.state(Endpoints).server("cars", "AllTraffic")) for _ in range(10)}
    assert (len(servers), answer(cloud, "cars")) == (2, 10.0)
    clock.advance(60)
    load(cloud, clock, 150.0, 1)
    look(cloud)
    assert count(cloud) == 2
    clock.advance(60)
    load(cloud, clock, 150.0, 1)
    look(cloud)
    assert count(cloud) == 3
    clock.advance(1200)
    load(cloud, clock, 10.0, 15)
    look(cloud)
    assert count(cloud) == 1
    activities = ask(cloud, "DescribeScalingActivities", ServiceNamespace="sagemaker")["ScalingActivities"]
    newest = activities[0]
    assert len(newest.pop("ActivityId")) == 36
    assert newest == {
        **place(),
        "Description": "Setting desired instance count to 1.",
        "Cause": "policy requests: 10 requests per instance and minute are less than 100",
        "StartTime": datetime.fromtimestamp(clock.time(), UTC),
        "EndTime": datetime.fromtimestamp(clock.time(), UTC),
        "StatusCode": "Successful",
        "StatusMessage": "Successfully set desired instance count to 1.",
    }
    assert [one["Description"][-2] for one in activities] == ["1", "3", "2"]
    ask(cloud, "DeregisterScalableTarget", **place())


def test_a_variant_is_brought_within_its_bounds_by_the_cloud_s_clock(
    cloud: Cloud, clock: VirtualClock
) -> None:
    register(cloud, 2, 3)
    track(cloud)
    pass_time(cloud, clock, 60)
    wait_until(lambda: describe(cloud, "cars")["ProductionVariants"][0]["DesiredInstanceCount"] == 2)
    assert count(cloud) == 2
    register(cloud, 1, 1)
    pass_time(cloud, clock, 60)
    wait_until(lambda: describe(cloud, "cars")["ProductionVariants"][0]["DesiredInstanceCount"] == 1)
    assert count(cloud) == 1
    ask(cloud, "DeregisterScalableTarget", **place())


def test_a_refusal_is_an_activity_that_failed(cloud: Cloud, clock: VirtualClock) -> None:
    (cloud.root / "quotas.toml").write_text('[limits]\n"ml.m5.large for endpoint usage" = 1\n')
    try:
        register(cloud, 2, 3)
        track(cloud)
        look(cloud)
        (newest, *_) = ask(cloud, "DescribeScalingActivities", ServiceNamespace="sagemaker")[
            "ScalingActivities"
        ]
        assert newest["StatusCode"] == "Failed"
        assert "ResourceLimitExceeded" in newest["StatusMessage"]
        assert count(cloud) == 1
    finally:
        (cloud.root / "quotas.toml").unlink()
        ask(cloud, "DeregisterScalableTarget", **place())


def test_an_endpoint_that_is_gone_or_fails_keeps_no_other_from_scaling(
    cloud: Cloud, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    serve(cloud, "a-gone", "ten")
    register(cloud, 2, 3, "a-gone")
    track(cloud, "a-gone")
    cloud.call("sagemaker", "DeleteEndpoint", {"EndpointName": "a-gone"})
    register(cloud, 2, 3)
    track(cloud)
    with cloud.store.transaction() as connection:
        connection.execute("insert into autoscaling_target values ('broken', '{}')")
    look(cloud)
    assert count(cloud) == 2
    assert "broken could not be scaled" in caplog.text
    with cloud.store.transaction() as connection:
        connection.execute("delete from autoscaling_target")


def test_bounds_policies_and_cooldowns_survive_a_restart(tmp_path: Path) -> None:
    clock = VirtualClock(START_S)
    cloud = Cloud.start(tmp_path / "root", port=0, clock=clock)
    configure(cloud, "ten", variant(model(cloud, "ten", 10.0)))
    serve(cloud, "cars", "ten")
    register(cloud, 1, 3)
    track(cloud, value=100.0, ScaleOutCooldown=300)
    load(cloud, clock, 150.0, 3)
    look(cloud)
    assert count(cloud) == 2
    before = ask(cloud, "DescribeScalingPolicies", ServiceNamespace="sagemaker")
    cloud.close()
    cloud = Cloud.start(tmp_path / "root", port=0, clock=clock)
    try:
        assert ask(cloud, "DescribeScalingPolicies", ServiceNamespace="sagemaker") == before
        wait_until(lambda: cloud.state(Endpoints).server("cars", "AllTraffic"))
        look(cloud)
        assert count(cloud) == 2
        clock.advance(300)
        load(cloud, clock, 150.0, 3)
        look(cloud)
        assert count(cloud) == 3
    finally:
        cloud.close()


def test_servers_that_do_not_start_leave_the_number(cloud: Cloud, clock: VirtualClock) -> None:
    serve(cloud, "stuck", configure(cloud, "stuck", variant(model(cloud, "stuck", 5.0))))
    cloud.call("s3", "DeleteObject", {"Bucket": BUCKET, "Key": "models/stuck.tar.gz"})
    register(cloud, 2, 3, "stuck")
    track(cloud, "stuck")
    look(cloud)
    found: dict[str, Any] = settled(cloud, "stuck")
    assert found["FailureReason"].startswith("Failed to download model data")
    assert (count(cloud, "stuck"), answer(cloud, "stuck")) == (1, 5.0)
