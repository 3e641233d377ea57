"""Alarms as resources: what they take, how they are listed, that they last."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError
from stepmill.cloud.services.cloudwatch.recorder import Recorder
from stepmill.cloud.services.cloudwatch.tables import Metric
from stepmill.engine.clock import VirtualClock
from tests.cloud.arrivals import settle
from tests.cloud.cloudwatch.things import ENDPOINT, START_S, advance, alarm, described, put, put_alarm
from tests.cloud.deploy.things import create, delete, physical, update


def test_an_alarm_that_is_changed_keeps_its_state(own: tuple[Cloud, VirtualClock]) -> None:
    cloud, clock = own
    put_alarm(cloud, "errors", Tags=[{"Key": "team", "Value": "cars"}])
    put(cloud, 1.0)
    advance(cloud, clock, 60)
    put_alarm(cloud, "errors", Threshold=2.0)
    found = described(cloud, "errors")
    assert (found["StateValue"], found["Threshold"]) == ("ALARM", 2.0)
    listed = cloud.call("cloudwatch", "ListTagsForResource", {"ResourceARN": found["AlarmArn"]})
    assert listed == {"Tags": [{"Key": "team", "Value": "cars"}]}


def test_alarms_are_listed_by_name_prefix_state_and_metric(own: tuple[Cloud, VirtualClock]) -> None:
    cloud, _ = own
    for name in ("b-1", "a-2", "a-1"):
        put_alarm(cloud, name)

    def names(**more: Any) -> list[str]:
        answer = cloud.call("cloudwatch", "DescribeAlarms", more)
        return [one["AlarmName"] for one in answer["MetricAlarms"]]

    assert names() == ["a-1", "a-2", "b-1"]
    assert names(AlarmNamePrefix="a") == ["a-1", "a-2"]
    assert names(AlarmNames=["b-1", "none"]) == ["b-1"]
    assert names(StateValue="ALARM") == []
    assert names(AlarmTypes=["CompositeAlarm"]) == []
    assert names(ActionPrefix="arn:aws:sns") == []
    page = cloud.call("cloudwatch", "DescribeAlarms", {"MaxRecords": 2})
    assert names(MaxRecords=2, NextToken=page["NextToken"]) == ["b-1"]
    metric = {"Namespace": "Mill", "MetricName": "Errors", "Dimensions": ENDPOINT}
    assert len(cloud.call("cloudwatch", "DescribeAlarmsForMetric", metric)["MetricAlarms"]) == 3
    other = {**metric, "Period": 300}
    assert cloud.call("cloudwatch", "DescribeAlarmsForMetric", other)["MetricAlarms"] == []
    with pytest.raises(AwsError, match="Unknown alarm none"):
        cloud.call("cloudwatch", "DeleteAlarms", {"AlarmNames": ["a-1", "none"]})
    cloud.call("cloudwatch", "DeleteAlarms", {"AlarmNames": ["a-1", "b-1"]})
    assert names() == ["a-2"]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"Metrics": [{"Id": "m"}]}, "Metrics is not supported"),
        ({"Period": None}, "Period is missing"),
        ({"Threshold": None}, "Threshold is missing"),
        ({"Period": 10}, "give a multiple of 60"),
        ({"ComparisonOperator": "GreaterThanUpperThreshold"}, "ComparisonOperator is GreaterThanUpper"),
        ({"TreatMissingData": "good"}, "Unknown TreatMissingData good"),
        ({"ExtendedStatistic": "p90"}, "Exactly one of Statistic or ExtendedStatistic"),
        ({"Statistic": None, "ExtendedStatistic": "tm90"}, "tm90 for parameter ExtendedStatistic"),
        ({"DatapointsToAlarm": 2}, "DatapointsToAlarm must be 1 to EvaluationPeriods"),
        ({"EvaluationPeriods": 10_081}, "more than 7 days"),
        ({"AlarmActions": ["arn:aws:lambda:us-east-1:123456789012:function:f"]}, "is no topic of this cloud"),
    ],
    ids=lambda value: value[:24].replace(" ", "-") if isinstance(value, str) else "",
)
def test_refuses_an_alarm_it_could_not_watch(cloud: Cloud, more: dict[str, Any], message: str) -> None:
    params = {key: value for key, value in alarm("bad", **more).items() if value is not None}
    with pytest.raises(AwsError, match=message):
        cloud.call("cloudwatch", "PutMetricAlarm", params)
    assert cloud.call("cloudwatch", "DescribeAlarms", {"AlarmNames": ["bad"]})["MetricAlarms"] == []


def test_alarms_survive_a_restart_and_an_event_that_was_owed_is_told(tmp_path: Path) -> None:
    clock = VirtualClock(START_S)
    cloud = Cloud.start(tmp_path / "root", port=0, clock=clock)
    put_alarm(cloud, "errors")
    put(cloud, 1.0)
    advance(cloud, clock, 60)
    before = described(cloud, "errors")
    owed = json.dumps(["0f0f0f0f-0000-4000-8000-000000000000", {"alarmName": "errors"}])
    with cloud.store.transaction() as connection:
        connection.execute("update cloudwatch_alarm set owed = ?", (owed,))
        connection.execute("delete from delivery")
    rule = {"Name": "all", "EventPattern": json.dumps({"source": ["aws.cloudwatch"]})}
    cloud.call("events", "PutRule", rule)
    target = cloud.arn("logs", "log-group:/aws/events/all")
    cloud.call("events", "PutTargets", {"Rule": "all", "Targets": [{"Id": "1", "Arn": target}]})
    cloud.close()
    cloud = Cloud.start(tmp_path / "root", port=0, clock=clock)
    try:
        assert described(cloud, "errors") == before
        settle(cloud)
        found = cloud.call("logs", "FilterLogEvents", {"logGroupName": "/aws/events/all"})["events"]
        assert [json.loads(one["message"])["detail"] for one in found] == [{"alarmName": "errors"}]
        assert cloud.store.query("select 1 from cloudwatch_alarm where owed is not null") == []
    finally:
        cloud.close()


def test_a_stack_makes_changes_and_removes_an_alarm(own: tuple[Cloud, VirtualClock]) -> None:
    cloud, _ = own
    fields = {key: value for key, value in alarm("x").items() if key != "AlarmName"}
    properties: dict[str, Any] = {**fields, "Threshold": "0.5", "AlarmActions": [{"Ref": "Alerts"}]}
    template = {
        "Resources": {
            "Alerts": {"Type": "AWS::SNS::Topic"},
            "Errors": {"Type": "AWS::CloudWatch::Alarm", "Properties": properties},
        },
        "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Errors", "Arn"]}}},
    }
    stack = create(cloud, "s", template)
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack
    name = physical(cloud, stack)["Errors"]
    found = described(cloud, name)
    assert stack["Outputs"][0]["OutputValue"] == found["AlarmArn"]
    assert found["AlarmActions"] == [physical(cloud, stack)["Alerts"]]
    properties["Threshold"] = 2
    update(cloud, "s", template)
    assert described(cloud, name)["Threshold"] == 2.0
    delete(cloud, stack)
    assert cloud.call("cloudwatch", "DescribeAlarms")["MetricAlarms"] == []


def test_values_that_could_not_be_written_are_written_the_next_time(own: tuple[Cloud, VirtualClock]) -> None:
    cloud, clock = own
    recorder, metric = cloud.state(Recorder), Metric("Mill", "Kept")
    recorder.add(metric, 1.0)
    with cloud.store.transaction() as connection:
        connection.execute("alter table cloudwatch_point rename to elsewhere")
    with pytest.raises(sqlite3.OperationalError):
        recorder.flush()
    with cloud.store.transaction() as connection:
        connection.execute("alter table elsewhere rename to cloudwatch_point")
    recorder.add(metric, 2.0)
    found = recorder.periods(metric, clock.time() - 60, clock.time() + 60, 60)
    assert [one.total for one in found.values()] == [3.0]
