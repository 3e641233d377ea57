"""Alarms change as their metrics do, and tell EventBridge, topics and their own history."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern
from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError
from stepmill.cloud.services.cloudwatch.transitions import DETAIL_TYPE
from stepmill.cloud.services.cloudwatch.watching import EVERY_S, evaluate
from stepmill.engine.clock import VirtualClock
from tests.cloud.arrivals import settle
from tests.cloud.cloudwatch.things import START_S, advance, alarm, described, put, put_alarm, state


def mails(cloud: Cloud) -> list[EmailMessage]:
    settle(cloud)
    paths = sorted((cloud.root / "mail").glob("*.eml"))
    return [message_from_bytes(path.read_bytes(), EmailMessage, policy=modern) for path in paths]


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def test_an_alarm_goes_to_alarm_and_back_and_tells_everybody(own: tuple[Cloud, VirtualClock]) -> None:
    cloud, clock = own
    events: list[dict[str, Any]] = []
    cloud.listen(DETAIL_TYPE, events.append)
    topic = cloud.call("sns", "CreateTopic", {"Name": "alerts"})["TopicArn"]
    cloud.call("sns", "Subscribe", {"TopicArn": topic, "Protocol": "email", "Endpoint": "ann@mill.example"})
    put_alarm(cloud, "errors", AlarmActions=[topic], OKActions=[topic], AlarmDescription="Too many errors")
    assert state(cloud, "errors") == "INSUFFICIENT_DATA"
    put(cloud, 1.0)
    advance(cloud, clock, 60)
    found = described(cloud, "errors")
    reason = (
        "Threshold Crossed: 1 out of the last 1 datapoint [1.0 (04/03/26 05:00:00)] was greater than the "
        "threshold (0.5) (minimum 1 datapoint for OK -> ALARM transition)."
    )
    now = datetime.fromtimestamp(START_S + 60, UTC)
    assert found.pop("AlarmConfigurationUpdatedTimestamp") == datetime.fromtimestamp(START_S, UTC)
    assert json.loads(found.pop("StateReasonData")) == {
        "version": "1.0",
        "queryDate": "2026-03-04T05:01:00.000+0000",
        "startDate": "2026-03-04T05:00:00.000+0000",
        "statistic": "Average",
        "period": 60,
        "recentDatapoints": [1.0],
        "threshold": 0.5,
    }
    assert found == {
        **alarm("errors"),
        "AlarmDescription": "Too many errors",
        "AlarmArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors",
        "ActionsEnabled": True,
        "AlarmActions": [topic],
        "OKActions": [topic],
        "InsufficientDataActions": [],
        "StateValue": "ALARM",
        "StateReason": reason,
        "StateUpdatedTimestamp": now,
        "StateTransitionedTimestamp": now,
    }
    put(cloud, 0.0)
    advance(cloud, clock, 60)
    assert state(cloud, "errors") == "OK"
    assert [one["detail"]["state"]["value"] for one in events] == ["ALARM", "OK"]
    # A topic delivers in no order.
    told = {(mail["To"], mail["Subject"]): mail for mail in mails(cloud)}
    assert set(told) == {
        ("ann@mill.example", 'ALARM: "errors" in us-east-1'),
        ("ann@mill.example", 'OK: "errors" in us-east-1'),
    }
    text = told["ann@mill.example", 'ALARM: "errors" in us-east-1'].get_content()
    assert reason in " ".join(text.split())
    assert "Too many errors" in text
    assert "EndpointName = cars" in text
    history = cloud.call("cloudwatch", "DescribeAlarmHistory", {"AlarmName": "errors"})["AlarmHistoryItems"]
    assert [one["HistorySummary"] for one in history] == [
        f"Successfully executed action {topic}",
        "Alarm updated from ALARM to OK",
        f"Successfully executed action {topic}",
        "Alarm updated from INSUFFICIENT_DATA to ALARM",
        'Alarm "errors" created',
    ]


def test_the_event_is_worded_as_aws_words_it(own: tuple[Cloud, VirtualClock]) -> None:
    """Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html"""
    cloud, clock = own
    events: list[dict[str, Any]] = []
    cloud.listen(DETAIL_TYPE, events.append)
    put_alarm(cloud, "errors", AlarmDescription="d")
    put(cloud, 1.0)
    advance(cloud, clock, 60)
    (event,) = events
    (metric,) = event["detail"]["configuration"]["metrics"]
    assert len(metric.pop("id")) == 36
    event["detail"]["state"].pop("reasonData")
    event["detail"]["state"].pop("reason")
    assert (event["source"], event["resources"]) == (
        "aws.cloudwatch",
        ["arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors"],
    )
    assert event["detail"] == {
        "alarmName": "errors",
        "configuration": {
            "description": "d",
            "metrics": [
                {
                    "metricStat": {
                        "metric": {
                            "namespace": "Mill",
                            "name": "Errors",
                            "dimensions": {"EndpointName": "cars"},
                        },
                        "period": 60,
                        "stat": "Average",
                    },
                    "returnData": True,
                }
            ],
        },
        "state": {"value": "ALARM", "timestamp": "2026-03-04T05:01:00.000+0000"},
        "previousState": {
            "value": "INSUFFICIENT_DATA",
            "reason": "Unchecked: Initial alarm creation",
            "timestamp": "2026-03-04T05:00:00.000+0000",
        },
    }


def test_the_program_s_message_is_json(own: tuple[Cloud, VirtualClock]) -> None:
    cloud, clock = own
    topic = cloud.call("sns", "CreateTopic", {"Name": "alerts"})["TopicArn"]
    cloud.call(
        "sns", "Subscribe", {"TopicArn": topic, "Protocol": "email-json", "Endpoint": "p@mill.example"}
    )
    put_alarm(cloud, "errors", AlarmActions=[topic])
    put(cloud, 1.0)
    advance(cloud, clock, 60)
    (mail,) = mails(cloud)
    message = json.loads(json.loads(mail.get_content())["Message"])
    assert message.pop("NewStateReason").startswith("Threshold Crossed: 1 out of the last 1 datapoint")
    assert message == {
        "AlarmName": "errors",
        "AlarmDescription": None,
        "AWSAccountId": "123456789012",
        "AlarmConfigurationUpdatedTimestamp": "2026-03-04T05:00:00.000+0000",
        "NewStateValue": "ALARM",
        "StateChangeTime": "2026-03-04T05:01:00.000+0000",
        "Region": "us-east-1",
        "AlarmArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors",
        "OldStateValue": "INSUFFICIENT_DATA",
        "OKActions": [],
        "AlarmActions": [topic],
        "InsufficientDataActions": [],
        "Trigger": {
            "MetricName": "Errors",
            "Namespace": "Mill",
            "StatisticType": "Statistic",
            "Statistic": "AVERAGE",
            "Unit": None,
            "Dimensions": [{"value": "cars", "name": "EndpointName"}],
            "Period": 60,
            "EvaluationPeriods": 1,
            "DatapointsToAlarm": 1,
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 0.5,
            "TreatMissingData": "missing",
            "EvaluateLowSampleCountPercentile": "",
        },
    }


def test_actions_that_are_switched_off_are_not_run(own: tuple[Cloud, VirtualClock]) -> None:
    cloud, clock = own
    topic = cloud.call("sns", "CreateTopic", {"Name": "alerts"})["TopicArn"]
    cloud.call("sns", "Subscribe", {"TopicArn": topic, "Protocol": "email", "Endpoint": "ann@mill.example"})
    put_alarm(cloud, "errors", AlarmActions=[topic], OKActions=[topic])
    cloud.call("cloudwatch", "DisableAlarmActions", {"AlarmNames": ["errors"]})
    put(cloud, 1.0)
    advance(cloud, clock, 60)
    assert (state(cloud, "errors"), mails(cloud)) == ("ALARM", [])
    cloud.call("cloudwatch", "EnableAlarmActions", {"AlarmNames": ["errors"]})
    put(cloud, 0.0)
    advance(cloud, clock, 60)
    assert [mail["Subject"] for mail in mails(cloud)] == ['OK: "errors" in us-east-1']


def test_a_topic_whose_policy_forbids_it_gets_nothing(own: tuple[Cloud, VirtualClock]) -> None:
    cloud, clock = own
    empty = json.dumps({"Version": "2012-10-17", "Statement": []})
    params = {"Name": "closed", "Attributes": {"Policy": empty}}
    topic = cloud.call("sns", "CreateTopic", params)["TopicArn"]
    cloud.call("sns", "Subscribe", {"TopicArn": topic, "Protocol": "email", "Endpoint": "ann@mill.example"})
    put_alarm(cloud, "errors", AlarmActions=[topic])
    put(cloud, 1.0)
    advance(cloud, clock, 60)
    assert mails(cloud) == []
    (row,) = cloud.store.query("select error from delivery where state = 'failed'")
    assert "NO_PERMISSIONS" in row["error"]


def test_a_sum_that_is_over_already_does_not_wait_for_its_period_to_end(
    own: tuple[Cloud, VirtualClock],
) -> None:
    cloud, clock = own
    put_alarm(cloud, "sum", Statistic="Sum")
    put_alarm(cloud, "average", Statistic="Average")
    put_alarm(cloud, "low", Statistic="Sum", ComparisonOperator="LessThanThreshold", Threshold=5)
    clock.advance(5)
    put(cloud, 1.0)
    evaluate(cloud)
    states = [state(cloud, name) for name in ("sum", "average", "low")]
    assert states == ["ALARM", "INSUFFICIENT_DATA", "INSUFFICIENT_DATA"]


def test_alarms_are_evaluated_by_the_cloud_s_clock(own: tuple[Cloud, VirtualClock]) -> None:
    cloud, clock = own
    put_alarm(cloud, "errors", Statistic="Sum")
    put(cloud, 1.0)
    clock.advance(EVERY_S)
    cloud.scheduler.wake()
    wait_for(lambda: state(cloud, "errors") == "ALARM")


def test_a_state_set_by_hand_lasts_until_the_metric_says_otherwise(own: tuple[Cloud, VirtualClock]) -> None:
    cloud, clock = own
    put_alarm(cloud, "errors", TreatMissingData="notBreaching")
    params = {"AlarmName": "errors", "StateValue": "ALARM", "StateReason": "drill", "StateReasonData": "{}"}
    cloud.call("cloudwatch", "SetAlarmState", params)
    found = described(cloud, "errors")
    assert (found["StateValue"], found["StateReason"], found["StateReasonData"]) == ("ALARM", "drill", "{}")
    advance(cloud, clock, 60)
    found = described(cloud, "errors")
    assert (found["StateValue"], found["StateReason"]) == (
        "OK",
        "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as "
        "[NonBreaching].",
    )
    with pytest.raises(AwsError, match="StateReasonData is not JSON"):
        cloud.call("cloudwatch", "SetAlarmState", {**params, "StateReasonData": "{"})
    with pytest.raises(AwsError, match="Unknown alarm none"):
        cloud.call("cloudwatch", "SetAlarmState", {**params, "AlarmName": "none"})
