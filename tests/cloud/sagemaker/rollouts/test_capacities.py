"""Weights and numbers of servers that change while an endpoint serves, and the metrics of its calls."""

from pathlib import Path
from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError
from stepmill.cloud.services.cloudwatch.recorder import Recorder
from stepmill.cloud.services.sagemaker.serving import Endpoints
from stepmill.engine.clock import VirtualClock
from tests.cloud.sagemaker.fleets import (
    START_S,
    answer,
    configure,
    describe,
    is_baking,
    model,
    pass_time,
    policy,
    serve,
    update,
    variant,
    wait_until,
    watch,
)
from tests.cloud.sagemaker.things import BUCKET, settled


def change(cloud: Cloud, endpoint: str, *wanted: dict[str, Any], attempt: str | None = None) -> None:
    params = {"EndpointName": endpoint, "DesiredWeightsAndCapacities": list(wanted)}
    cloud.call("sagemaker", "UpdateEndpointWeightsAndCapacities", params, attempt=attempt)


def servers(cloud: Cloud, endpoint: str, name: str = "AllTraffic") -> int:
    """How many different ones answer."""
    found = {id(cloud.state(Endpoints).server(endpoint, name)) for _ in range(20)}
    return len(found)


def sizes(cloud: Cloud, endpoint: str) -> list[tuple[int, int, float]]:
    return [
        (one["CurrentInstanceCount"], one["DesiredInstanceCount"], one["CurrentWeight"])
        for one in describe(cloud, endpoint)["ProductionVariants"]
    ]


def test_as_many_servers_run_as_are_asked_for(cloud: Cloud) -> None:
    serve(cloud, "sized", "ten")
    wanted = {"VariantName": "AllTraffic", "DesiredInstanceCount": 3}
    change(cloud, "sized", wanted, attempt="a")
    assert describe(cloud, "sized")["EndpointStatus"] in ("Updating", "InService")
    assert settled(cloud, "sized")["EndpointStatus"] == "InService"
    assert (sizes(cloud, "sized"), servers(cloud, "sized")) == ([(3, 3, 1.0)], 3)
    change(cloud, "sized", wanted, attempt="a")
    assert describe(cloud, "sized")["EndpointStatus"] == "InService"
    change(cloud, "sized", {"VariantName": "AllTraffic", "DesiredInstanceCount": 1})
    settled(cloud, "sized")
    assert (sizes(cloud, "sized"), servers(cloud, "sized"), answer(cloud, "sized")) == (
        [(1, 1, 1.0)],
        1,
        10.0,
    )


def test_an_update_may_retain_sizes_and_weights(cloud: Cloud) -> None:
    serve(cloud, "retains", "ten")
    change(cloud, "retains", {"VariantName": "AllTraffic", "DesiredInstanceCount": 2, "DesiredWeight": 3.0})
    settled(cloud, "retains")
    exclude = [{"VariantPropertyType": "DesiredWeight"}]
    more = {"RetainAllVariantProperties": True, "ExcludeRetainedVariantProperties": exclude}
    update(cloud, "retains", "twenty", **more)
    settled(cloud, "retains")
    assert (sizes(cloud, "retains"), answer(cloud, "retains")) == ([(2, 2, 1.0)], 20.0)
    with pytest.raises(AwsError, match="without RetainAllVariantProperties"):
        update(cloud, "retains", "ten", ExcludeRetainedVariantProperties=exclude)
    update(cloud, "retains", "ten")
    settled(cloud, "retains")
    assert sizes(cloud, "retains") == [(1, 1, 1.0)]


def test_variants_share_by_weight_and_can_be_asked_for_by_name(cloud: Cloud) -> None:
    configure(
        cloud,
        "both",
        variant("ten", VariantName="Ten", InitialVariantWeight=1.0),
        variant("twenty", VariantName="Twenty", InitialVariantWeight=0.0),
    )
    serve(cloud, "shares", "both")
    assert {answer(cloud, "shares") for _ in range(10)} == {10.0}
    assert answer(cloud, "shares", TargetVariant="Twenty") == 20.0
    change(
        cloud,
        "shares",
        {"VariantName": "Ten", "DesiredWeight": 0.0},
        {"VariantName": "Twenty", "DesiredWeight": 5.0},
    )
    settled(cloud, "shares")
    assert {answer(cloud, "shares") for _ in range(10)} == {20.0}


def test_servers_that_do_not_start_leave_what_there_was(cloud: Cloud) -> None:
    serve(cloud, "stuck", configure(cloud, "stuck", variant(model(cloud, "stuck", 5.0))))
    cloud.call("s3", "DeleteObject", {"Bucket": BUCKET, "Key": "models/stuck.tar.gz"})
    change(cloud, "stuck", {"VariantName": "AllTraffic", "DesiredInstanceCount": 2, "DesiredWeight": 9.0})
    done = settled(cloud, "stuck")
    assert done["FailureReason"].startswith("Failed to download model data")
    assert (sizes(cloud, "stuck"), servers(cloud, "stuck"), answer(cloud, "stuck")) == ([(1, 1, 1.0)], 1, 5.0)


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ([{"VariantName": "Other"}], "Variant Other is not there"),
        ([{"VariantName": "AllTraffic"}] * 2, "Variant AllTraffic is not there, or is there twice"),
        ([{"VariantName": "AllTraffic", "DesiredInstanceCount": 0}], "DesiredInstanceCount is 0"),
        (
            [{"VariantName": "AllTraffic", "DesiredInstanceCount": 21}],
            "ml.m5.large for endpoint usage' is 20",
        ),
        (
            [{"VariantName": "AllTraffic", "ServerlessUpdateConfig": {}}],
            "ServerlessUpdateConfig is not supported",
        ),
    ],
    ids=["unknown", "twice", "none", "too-many", "serverless"],
)
def test_refuses_sizes_it_cannot_give(cloud: Cloud, wanted: list[dict[str, Any]], message: str) -> None:
    if "asked" not in [one["EndpointName"] for one in cloud.call("sagemaker", "ListEndpoints")["Endpoints"]]:
        serve(cloud, "asked", "ten")
    with pytest.raises(AwsError, match=message):
        change(cloud, "asked", *wanted)
    assert describe(cloud, "asked")["EndpointStatus"] == "InService"


def test_calls_are_measured_by_variant_and_by_configuration(cloud: Cloud, clock: VirtualClock) -> None:
    serve(cloud, "measured", "ten")
    change(cloud, "measured", {"VariantName": "AllTraffic", "DesiredInstanceCount": 2})
    settled(cloud, "measured")
    pass_time(cloud, clock, 120)
    answer(cloud, "measured")
    with pytest.raises(AwsError, match="Feature size"):
        answer(cloud, "measured", b"1,2,3")
    cloud.state(Recorder).flush()
    listed = cloud.call(
        "cloudwatch", "ListMetrics", {"Dimensions": [{"Name": "EndpointName", "Value": "measured"}]}
    )["Metrics"]
    names = {
        (one["MetricName"], tuple(each["Value"] for each in one["Dimensions"]))
        for one in listed
        if one["Namespace"] == "AWS/SageMaker"
    }
    kinds = ["Invocations", "InvocationsPerInstance", "Invocation4XXErrors", "Invocation5XXErrors"]
    kinds += ["ModelLatency", "OverheadLatency"]
    assert names == {(kind, ("measured", "AllTraffic")) for kind in kinds} | {
        (kind, ("ten", "measured", "AllTraffic")) for kind in kinds
    }
    totals = {kind: total(cloud, clock, kind, "Sum") for kind in kinds[:4]}
    assert totals == {
        "Invocations": 2.0,
        "InvocationsPerInstance": 1.0,
        "Invocation4XXErrors": 1.0,
        "Invocation5XXErrors": 0.0,
    }
    assert total(cloud, clock, "Invocation4XXErrors", "Average") == 0.5
    assert 100 < total(cloud, clock, "ModelLatency", "Average") < 5e6
    assert 0 < total(cloud, clock, "OverheadLatency", "Average") < 5e6


def total(cloud: Cloud, clock: VirtualClock, name: str, statistic: str) -> float:
    stat = {
        "Metric": {
            "Namespace": "AWS/SageMaker",
            "MetricName": name,
            "Dimensions": [
                {"Name": "EndpointName", "Value": "measured"},
                {"Name": "VariantName", "Value": "AllTraffic"},
            ],
        },
        "Period": 60,
        "Stat": statistic,
    }
    params = {
        "MetricDataQueries": [{"Id": "m", "MetricStat": stat}],
        "StartTime": clock.time() - 60,
        "EndTime": clock.time() + 60,
    }
    (found,) = cloud.call("cloudwatch", "GetMetricData", params)["MetricDataResults"]
    (value,) = found["Values"]
    return float(value)


def test_an_update_goes_on_where_it_stood_after_a_restart(tmp_path: Path) -> None:
    clock = VirtualClock(START_S)
    cloud = Cloud.start(tmp_path / "root", port=0, clock=clock)
    for name, level in (("ten", 10.0), ("twenty", 20.0)):
        configure(cloud, name, variant(model(cloud, name, level)))
    for endpoint in ("goes-on", "goes-back", "sized"):
        serve(cloud, endpoint, "ten")
    change(cloud, "sized", {"VariantName": "AllTraffic", "DesiredInstanceCount": 2})
    settled(cloud, "sized")
    alarm = watch(cloud, "trips", "goes-back")
    update(cloud, "goes-on", "twenty", DeploymentConfig=policy("ALL_AT_ONCE", 60))
    update(cloud, "goes-back", "twenty", DeploymentConfig=policy("ALL_AT_ONCE", 60, alarms=(alarm,)))
    wait_until(lambda: is_baking(cloud, "goes-on") and is_baking(cloud, "goes-back"))
    before = describe(cloud, "goes-on")
    cloud.close()
    cloud = Cloud.start(tmp_path / "root", port=0, clock=clock)
    try:
        assert describe(cloud, "goes-on") == before
        assert [answer(cloud, name) for name in ("goes-on", "goes-back", "sized")] == [20.0, 20.0, 10.0]
        wait_until(lambda: servers(cloud, "sized") == 2)
        state = {"AlarmName": alarm, "StateValue": "ALARM", "StateReason": "drill"}
        cloud.call("cloudwatch", "SetAlarmState", state)
        assert settled(cloud, "goes-back")["EndpointConfigName"] == "ten"
        assert answer(cloud, "goes-back") == 10.0
        pass_time(cloud, clock, 60)
        assert settled(cloud, "goes-on")["EndpointConfigName"] == "twenty"
    finally:
        cloud.close()
