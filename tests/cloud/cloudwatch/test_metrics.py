"""Metrics go in by value, values or totals and come out as statistics of periods."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError
from stepmill.cloud.services.cloudwatch.recorder import KEPT_S, PRUNE_S, Recorder
from stepmill.cloud.services.cloudwatch.summary import MOST_VALUES, Summary
from stepmill.cloud.services.cloudwatch.tables import Metric
from stepmill.engine.clock import VirtualClock
from tests.cloud.cloudwatch.things import ENDPOINT, START_S, at

Aws = Callable[[str], Any]
SIMPLE = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"]


def statistics(cloud: Cloud, name: str, **more: Any) -> list[dict[str, Any]]:
    params = {
        "Namespace": "Mill",
        "MetricName": name,
        "StartTime": at(-3600),
        "EndTime": at(3600),
        "Period": 60,
        "Statistics": SIMPLE,
        **more,
    }
    found: list[dict[str, Any]] = cloud.call("cloudwatch", "GetMetricStatistics", params)["Datapoints"]
    return found


def send(cloud: Cloud, *data: dict[str, Any]) -> None:
    cloud.call("cloudwatch", "PutMetricData", {"Namespace": "Mill", "MetricData": list(data)})


def test_values_of_a_minute_become_one_datapoint(cloud: Cloud) -> None:
    send(cloud, {"MetricName": "Rmse", "Value": 1.5, "Timestamp": at(-30)})
    send(cloud, {"MetricName": "Rmse", "Values": [0.5, 4.0], "Counts": [2, 1], "Timestamp": at(-1)})
    send(cloud, {"MetricName": "Rmse", "Value": 7.0, "Timestamp": at(60)})
    assert statistics(cloud, "Rmse", ExtendedStatistics=["p50", "p99.9"]) == [
        {
            "Timestamp": at(-60),
            "Unit": "None",
            "SampleCount": 4.0,
            "Average": 6.5 / 4,
            "Sum": 6.5,
            "Minimum": 0.5,
            "Maximum": 4.0,
            "ExtendedStatistics": {"p50": 0.5, "p99.9": 4.0},
        },
        {
            "Timestamp": at(60),
            "Unit": "None",
            "SampleCount": 1.0,
            "Average": 7.0,
            "Sum": 7.0,
            "Minimum": 7.0,
            "Maximum": 7.0,
            "ExtendedStatistics": {"p50": 7.0, "p99.9": 7.0},
        },
    ]
    (hour,) = statistics(cloud, "Rmse", Period=7200, Statistics=["Sum"])
    assert hour == {"Timestamp": at(-3600), "Unit": "None", "Sum": 13.5}


def test_totals_have_no_percentiles(cloud: Cloud) -> None:
    totals = {"SampleCount": 4, "Sum": 10, "Minimum": 1, "Maximum": 4}
    send(cloud, {"MetricName": "Totals", "StatisticValues": totals})
    (point,) = statistics(cloud, "Totals", Statistics=["Average"], ExtendedStatistics=["p90"])
    assert point == {"Timestamp": at(0), "Unit": "None", "Average": 2.5, "ExtendedStatistics": {}}


def test_metrics_differ_by_each_dimension_and_by_unit(cloud: Cloud) -> None:
    send(
        cloud,
        {"MetricName": "Calls", "Value": 1},
        {"MetricName": "Calls", "Value": 2, "Dimensions": ENDPOINT},
        {"MetricName": "Calls", "Value": 4, "Dimensions": ENDPOINT, "Unit": "Count"},
    )

    def total(**more: Any) -> list[float]:
        return [each["Sum"] for each in statistics(cloud, "Calls", Statistics=["Sum"], **more)]

    assert (total(), total(Dimensions=ENDPOINT), total(Dimensions=ENDPOINT, Unit="Count")) == ([1], [6], [4])


@pytest.mark.parametrize("protocol", ["smithy-rpc-v2-cbor", "json", "query"])
def test_every_protocol_of_the_service_is_spoken(cloud: Cloud, protocol: str) -> None:
    client = client_of(cloud, protocol)
    space = f"Mill/{protocol}"
    client.put_metric_data(
        Namespace=space,
        MetricData=[
            {"MetricName": "größe", "Values": [1.5, 2.5], "Timestamp": at(0), "Dimensions": ENDPOINT}
        ],
    )
    (metric,) = client.list_metrics(Namespace=space, Dimensions=[{"Name": "EndpointName"}])["Metrics"]
    assert metric == {"Namespace": space, "MetricName": "größe", "Dimensions": ENDPOINT}
    stat = {"Metric": metric, "Period": 60, "Stat": "Average"}
    (result,) = client.get_metric_data(
        MetricDataQueries=[{"Id": "m", "MetricStat": stat}], StartTime=at(0), EndTime=at(60)
    )["MetricDataResults"]
    assert result == {
        "Id": "m",
        "Label": "größe",
        "Timestamps": [at(0)],
        "Values": [2.0],
        "StatusCode": "Complete",
    }
    with pytest.raises(ClientError) as caught:
        client.set_alarm_state(AlarmName="none", StateValue="OK", StateReason="x")
    error = caught.value.response
    assert (error["Error"]["Code"], error["Error"]["Message"]) == ("ResourceNotFound", "Unknown alarm none")
    client.close()


def client_of(cloud: Cloud, protocol: str) -> Any:
    """A client whose model knows this protocol only."""
    import botocore.session
    from botocore.config import Config

    session = botocore.session.get_session()
    loader = session.get_component("data_loader")
    model = loader.load_service_model("cloudwatch", "service-2")
    metadata = {**model["metadata"], "protocol": protocol, "protocols": [protocol]}

    class OneProtocol:
        def __getattr__(self, name: str) -> Any:
            return getattr(loader, name)

        def load_service_model(self, service: str, kind: str, api_version: Any = None) -> Any:
            found = loader.load_service_model(service, kind, api_version)
            is_ours = service == "cloudwatch" and kind == "service-2"
            return {**found, "metadata": metadata} if is_ours else found

    session.register_component("data_loader", OneProtocol())
    return boto3.Session(botocore_session=session).client(
        "cloudwatch",
        endpoint_url=cloud.endpoint_url,
        region_name=cloud.region,
        aws_access_key_id=cloud.keyring.owner.access_key_id,
        aws_secret_access_key=cloud.keyring.owner.secret_access_key,
        config=Config(retries={"total_max_attempts": 1}),
    )


def test_data_come_newest_first_and_only_where_they_are_asked_for(cloud: Cloud) -> None:
    for minute, value in ((0, 1.0), (1, 2.0), (3, 4.0)):
        send(cloud, {"MetricName": "Steps", "Value": value, "Timestamp": at(60 * minute)})
    stat = {"Metric": {"Namespace": "Mill", "MetricName": "Steps"}, "Period": 60, "Stat": "p90"}
    queries = [
        {"Id": "a", "MetricStat": stat, "Label": "L"},
        {"Id": "b", "MetricStat": stat, "ReturnData": False},
    ]
    params = {"MetricDataQueries": queries, "StartTime": at(0), "EndTime": at(600)}
    (result,) = cloud.call("cloudwatch", "GetMetricData", params)["MetricDataResults"]
    assert (result["Label"], result["Timestamps"], result["Values"]) == (
        "L",
        [at(180), at(60), at(0)],
        [4.0, 2.0, 1.0],
    )
    ascending = {**params, "ScanBy": "TimestampAscending"}
    (result,) = cloud.call("cloudwatch", "GetMetricData", ascending)["MetricDataResults"]
    assert result["Values"] == [1.0, 2.0, 4.0]


@pytest.mark.parametrize(
    ("datum", "message"),
    [
        ({}, "must have one of Value, Values and StatisticValues"),
        ({"Value": 1, "Values": [1]}, "must have one of Value, Values and StatisticValues"),
        ({"Value": float("nan")}, "The value nan for parameter MetricData.member.1.Value is invalid"),
        ({"Values": [1, 2], "Counts": [1]}, "2 Values and 1 Counts"),
        ({"Values": [1], "Counts": [0]}, "a count is above 0"),
        ({"Value": 1, "Timestamp": at(-15 * 86_400)}, "no more than two weeks in the past"),
        ({"Value": 1, "Timestamp": at(3 * 3600)}, "no more than two hours in the future"),
        ({"Value": 1, "Dimensions": ENDPOINT * 2}, "names a dimension twice"),
        (
            {"StatisticValues": {"SampleCount": 0, "Sum": 1, "Minimum": 1, "Maximum": 1}},
            "SampleCount 0.0, Minimum 1.0",
        ),
    ],
    ids=lambda value: value[:20].replace(" ", "-") if isinstance(value, str) else "",
)
def test_refuses_a_bad_datum_and_takes_none_of_the_request(
    cloud: Cloud, datum: dict[str, Any], message: str
) -> None:
    with pytest.raises(AwsError, match=message):
        send(cloud, {"MetricName": "Bad", **datum}, {"MetricName": "Bad", "Value": 1})
    assert statistics(cloud, "Bad") == []


def test_refuses_aws_s_own_namespaces_and_empty_requests(cloud: Cloud) -> None:
    datum = {"MetricName": "m", "Value": 1}
    for params, code in (
        ({"Namespace": "AWS/SageMaker", "MetricData": [datum]}, "InvalidParameterValue"),
        ({"Namespace": "Mill"}, "MissingParameter"),
        ({"Namespace": "Mill", "MetricData": [datum] * 1001}, "InvalidParameterValue"),
        ({"Namespace": "Mill", "EntityMetricData": [{"MetricData": [datum]}]}, "InvalidParameterValue"),
    ):
        with pytest.raises(AwsError) as caught:
            cloud.call("cloudwatch", "PutMetricData", params)
        assert caught.value.code == code


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"Period": 30}, "give a multiple of 60"),
        ({"EndTime": at(-3600)}, "StartTime must be less than"),
        ({"StartTime": at(-86_400 * 2)}, "up to 2,940 datapoints"),
        ({"ExtendedStatistics": ["p101"]}, "p101 for parameter ExtendedStatistics is invalid"),
    ],
    ids=lambda value: value[:20].replace(" ", "-") if isinstance(value, str) else "",
)
def test_refuses_statistics_that_cannot_be_made(cloud: Cloud, more: dict[str, Any], message: str) -> None:
    with pytest.raises(AwsError, match=message):
        statistics(cloud, "Rmse", **more)


def test_refuses_metric_math_and_ids_that_are_there_twice(cloud: Cloud) -> None:
    stat = {"Metric": {"Namespace": "Mill", "MetricName": "Rmse"}, "Period": 60, "Stat": "Sum"}
    one = {"Id": "a", "MetricStat": stat}
    for queries, message in (
        ([{"Id": "e", "Expression": "SUM(METRICS())"}], "e: metric math is not supported"),
        ([one, one], "not unique: a, a"),
        ([{**one, "MetricStat": {**stat, "Stat": "TM(10%:90%)"}}], "Stat TM"),
        ([{**one, "MetricStat": {**stat, "Metric": {"MetricName": "x"}}}], "must have a Namespace"),
        ([{**one, "MetricStat": {**stat, "Period": 10}}], "multiple of 60"),
        ([], "0 members"),
    ):
        params = {"MetricDataQueries": queries, "StartTime": at(0), "EndTime": at(60)}
        with pytest.raises(AwsError, match=message):
            cloud.call("cloudwatch", "GetMetricData", params)


def test_composite_alarms_and_the_like_are_refused_by_name(cloud: Cloud) -> None:
    with pytest.raises(AwsError, match="PutCompositeAlarm: the embedded cloud has no composite alarms"):
        cloud.call("cloudwatch", "PutCompositeAlarm", {"AlarmName": "c", "AlarmRule": "ALARM(a)"})


def test_many_different_values_are_kept_to_three_digits(cloud: Cloud) -> None:
    summary = Summary()
    for number in range(5 * MOST_VALUES):
        summary.add(1000 + number)
    assert len(summary.values or {}) <= MOST_VALUES + 10
    assert (summary.count, summary.low, summary.high) == (2500.0, 1000, 3499)
    assert abs((summary.statistic("p50") or 0) - 2250) < 12


def test_points_are_kept_for_fifteen_days(tmp_path: Any) -> None:
    clock = VirtualClock(START_S)
    cloud = Cloud.start(tmp_path / "root", port=0, clock=clock)
    try:
        recorder = cloud.state(Recorder)
        recorder.add(Metric("Mill", "Old"), 1.0)
        recorder.flush()
        clock.advance(KEPT_S - 60)
        recorder.add(Metric("Mill", "New"), 1.0)
        recorder.flush()

        def names() -> list[str]:
            rows = cloud.store.query("select name from cloudwatch_metric order by name")
            return [row["name"] for row in rows]

        assert names() == ["New", "Old"]
        clock.advance(max(120, PRUNE_S))
        recorder.add(Metric("Mill", "New"), 1.0)
        recorder.flush()
        assert names() == ["New"]
        (count,) = cloud.store.query("select count(*) as n from cloudwatch_point")
        assert count["n"] == 2
        recorder.add(Metric("Mill", "Old"), 5.0)
        span = (clock.time() - 60, clock.time() + 60)
        assert [one.total for one in recorder.periods(Metric("Mill", "Old"), *span, 60).values()] == [5.0]
    finally:
        cloud.close()


def test_metrics_survive_a_restart_those_still_in_memory_too(tmp_path: Any) -> None:
    clock = VirtualClock(START_S)
    cloud = Cloud.start(tmp_path / "root", port=0, clock=clock)
    cloud.state(Recorder).add(Metric("Mill", "Kept"), 2.0)
    cloud.close()
    cloud = Cloud.start(tmp_path / "root", port=0, clock=clock)
    try:
        assert [each["Sum"] for each in statistics(cloud, "Kept")] == [2.0]
        recent = {"Namespace": "Mill", "RecentlyActive": "PT3H"}
        assert len(cloud.call("cloudwatch", "ListMetrics", recent)["Metrics"]) == 1
        clock.advance(timedelta(hours=4).total_seconds())
        assert cloud.call("cloudwatch", "ListMetrics", recent)["Metrics"] == []
        assert len(cloud.call("cloudwatch", "ListMetrics", {"MetricName": "Kept"})["Metrics"]) == 1
    finally:
        cloud.close()
