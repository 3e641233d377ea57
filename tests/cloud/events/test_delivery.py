import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from tests.cloud.arrivals import Drain, MakeQueue


def put(events: Any, source: str, detail: Any = None, **more: Any) -> str:
    entry = {"Source": source, "DetailType": "T", "Detail": json.dumps(detail or {}), **more}
    answer = events.put_events(Entries=[entry])
    assert answer["FailedEntryCount"] == 0
    event_id: str = answer["Entries"][0]["EventId"]
    return event_id


def test_an_event_reaches_the_targets_of_the_rules_that_match(
    cloud: Cloud, events: Any, wired: str, name: str, drain: Drain
) -> None:
    event_id = put(events, name, {"n": 1}, Resources=["arn:aws:s3:::x"])
    put(events, "other", {"n": 2})
    received = drain(wired)
    at = received[0].pop("time")
    assert len(at) == len("2026-11-22T05:00:00Z")
    assert received == [
        {
            "version": "0",
            "id": event_id,
            "detail-type": "T",
            "source": name,
            "account": cloud.account,
            "region": "us-east-1",
            "resources": ["arn:aws:s3:::x"],
            "detail": {"n": 1},
        }
    ]


def test_an_s3_object_is_announced_with_its_key_unencoded(
    aws: Callable[[str], Any], events: Any, make_queue: MakeQueue, name: str, drain: Drain
) -> None:
    s3 = aws("s3")
    bucket = name[:36].rstrip("-")
    url, arn = make_queue(name)
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    pattern = {"source": ["aws.s3"], "detail": {"bucket": {"name": [bucket]}}}
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "q", "Arn": arn}])
    key = "raw data/ümlaut+50%.csv"
    version = s3.put_object(Bucket=bucket, Key=key, Body=b"x,y")["VersionId"]
    marker = s3.delete_object(Bucket=bucket, Key=key)["VersionId"]
    received = sorted(drain(url), key=lambda event: event["detail"]["object"]["sequencer"])
    assert [each["detail-type"] for each in received] == ["Object Created", "Object Deleted"]
    created, deleted = (each["detail"] for each in received)
    sequencer = created["object"].pop("sequencer")
    request_id = created.pop("request-id")
    assert (len(sequencer), len(request_id)) == (18, 16)
    assert created == {
        "version": "0",
        "bucket": {"name": bucket},
        "object": {"key": key, "size": 3, "etag": "f10bc3c94b77e1d6b9f98106daf335c1", "version-id": version},
        "requester": "123456789012",
        "source-ip-address": "127.0.0.1",
        "reason": "PutObject",
    }
    assert received[0]["resources"] == [f"arn:aws:s3:::{bucket}"]
    assert (deleted["deletion-type"], deleted["object"]["version-id"]) == ("Delete Marker Created", marker)
    assert deleted["object"]["sequencer"] > sequencer


def test_a_bucket_without_the_configuration_is_silent(
    aws: Callable[[str], Any], events: Any, make_queue: MakeQueue, name: str, drain: Drain
) -> None:
    bucket = name[:36].rstrip("-")
    url, arn = make_queue(name)
    aws("s3").create_bucket(Bucket=bucket)
    events.put_rule(Name=name, EventPattern=json.dumps({"source": ["aws.s3"]}))
    events.put_targets(Rule=name, Targets=[{"Id": "q", "Arn": arn}])
    aws("s3").put_object(Bucket=bucket, Key="x", Body=b"")
    assert drain(url) == []
    events.remove_targets(Rule=name, Ids=["q"])


def test_the_same_event_id_twice_is_delivered_once(cloud: Cloud, wired: str, name: str, drain: Drain) -> None:
    for _ in range(2):
        cloud.emit(name, "T", {}, event_id=f"{name}-1")
    assert [each["id"] for each in drain(wired)] == [f"{name}-1"]


def test_an_event_that_comes_again_after_its_delivery_is_known(
    cloud: Cloud, events: Any, name: str, settled: Callable[[], None]
) -> None:
    """A log group keeps no record of what it was sent: only the bus can know the event again."""
    group = f"/events/{name}"
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    events.put_targets(Rule=name, Targets=[{"Id": "l", "Arn": cloud.arn("logs", f"log-group:{group}")}])
    for _ in range(2):
        cloud.emit(name, "T", {}, event_id=f"{name}-1")
        settled()
    assert len(cloud.call("logs", "FilterLogEvents", {"logGroupName": group})["events"]) == 1


def test_the_same_event_id_from_twenty_threads_is_delivered_once(
    cloud: Cloud, wired: str, name: str, drain: Drain
) -> None:
    with ThreadPoolExecutor(20) as threads:
        list(threads.map(lambda _: cloud.emit(name, "T", {}, event_id=f"{name}-1"), range(20)))
    assert len(drain(wired)) == 1


def test_the_same_attempt_of_put_events_is_taken_in_once(
    cloud: Cloud, wired: str, name: str, drain: Drain
) -> None:
    entries = {"Entries": [{"Source": name, "DetailType": "T", "Detail": "{}"}]}
    answers = [cloud.call("events", "PutEvents", entries, attempt=name) for _ in range(2)]
    assert answers[0] == answers[1]
    assert len(drain(wired)) == 1


def test_a_disabled_rule_delivers_nothing_until_it_is_enabled(
    events: Any, wired: str, name: str, drain: Drain
) -> None:
    events.disable_rule(Name=name)
    put(events, name, {"n": 1})
    events.enable_rule(Name=name)
    put(events, name, {"n": 2})
    assert [each["detail"] for each in drain(wired)] == [{"n": 2}]


def test_a_schedule_rule_never_matches_an_event(
    events: Any, make_queue: MakeQueue, name: str, drain: Drain
) -> None:
    url, arn = make_queue(name)
    events.put_rule(Name=name, ScheduleExpression="rate(1 day)")
    events.put_targets(Rule=name, Targets=[{"Id": "q", "Arn": arn}])
    put(events, name)
    put(events, "aws-like")
    assert drain(url) == []


def test_a_target_is_given_the_transformed_event(
    events: Any, wired: str, name: str, drain: Drain, cloud: Cloud
) -> None:
    transformer = {"InputPathsMap": {"n": "$.detail.n"}, "InputTemplate": '{"number": <n>}'}
    arn = cloud.arn("sqs", name)
    events.put_targets(Rule=name, Targets=[{"Id": "q", "Arn": arn, "InputTransformer": transformer}])
    put(events, name, {"n": 7})
    assert drain(wired) == [{"number": 7}]


def test_an_event_on_another_bus_stays_there(
    events: Any, make_queue: MakeQueue, name: str, drain: Drain
) -> None:
    url, arn = make_queue(name)
    events.create_event_bus(Name=name)
    events.put_rule(Name=name, EventBusName=name, EventPattern=json.dumps({"source": [name]}))
    events.put_targets(Rule=name, EventBusName=name, Targets=[{"Id": "q", "Arn": arn}])
    put(events, name, {"on": "default"})
    put(events, name, {"on": "bus"}, EventBusName=name)
    assert [each["detail"] for each in drain(url)] == [{"on": "bus"}]


def test_a_topic_and_a_log_group_are_targets(
    cloud: Cloud, aws: Callable[[str], Any], events: Any, make_queue: MakeQueue, name: str, drain: Drain
) -> None:
    url, queue_arn = make_queue(name, "sns.amazonaws.com")
    topic = aws("sns").create_topic(Name=name)["TopicArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic,
    }
    aws("sns").set_topic_attributes(
        TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps({"Statement": [statement]})
    )
    aws("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=queue_arn, Attributes={"RawMessageDelivery": "true"}
    )
    group = f"/events/{name}"
    aws("logs").create_log_group(logGroupName=group)
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    log_arn = cloud.arn("logs", f"log-group:{group}")
    events.put_targets(Rule=name, Targets=[{"Id": "t", "Arn": topic}, {"Id": "l", "Arn": log_arn}])
    put(events, name, {"n": 1})
    assert [each["detail"] for each in drain(url)] == [{"n": 1}]
    logged = aws("logs").filter_log_events(logGroupName=group)["events"]
    assert [json.loads(each["message"])["detail"] for each in logged] == [{"n": 1}]


def test_a_target_whose_policy_does_not_let_events_in_is_dead_lettered(
    events: Any, make_queue: MakeQueue, name: str, sqs: Any
) -> None:
    _, closed = make_queue(f"{name}-closed", None)
    dead_url, dead_arn = make_queue(f"{name}-dead")
    rule_arn = events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))["RuleArn"]
    target = {"Id": "q", "Arn": closed, "DeadLetterConfig": {"Arn": dead_arn}}
    events.put_targets(Rule=name, Targets=[target])
    event_id = put(events, name, {"n": 1})
    message = sqs.receive_message(QueueUrl=dead_url, WaitTimeSeconds=10, MessageAttributeNames=["All"])[
        "Messages"
    ][0]
    assert json.loads(message["Body"])["id"] == event_id
    facts = {key: value["StringValue"] for key, value in message["MessageAttributes"].items()}
    reason = facts.pop("ERROR_MESSAGE")
    assert reason == (
        f"{closed}: its policy does not allow events.amazonaws.com sqs:SendMessage for {rule_arn}; "
        "add the permission to the resource's policy"
    )
    assert facts == {
        "RULE_ARN": rule_arn,
        "TARGET_ARN": closed,
        "ERROR_CODE": "NO_PERMISSIONS",
        "RETRY_ATTEMPTS": "0",
    }


def test_a_delivery_without_a_dead_letter_queue_is_recorded_as_failed_without_its_body_in_the_log(
    cloud: Cloud, events: Any, name: str, settled: Callable[[], None], caplog: pytest.LogCaptureFixture
) -> None:
    gone = cloud.arn("sqs", f"{name}-gone")
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    events.put_targets(Rule=name, Targets=[{"Id": "q", "Arn": gone}])
    with caplog.at_level(logging.DEBUG):
        event_id = put(events, name, {"customer": "Frieda Musterfrau"})
        settled()
    failed = cloud.store.query(
        "select * from delivery where state = 'failed' and id like ?", (f"%{event_id}%",)
    )
    assert [row["error"].split(":")[0] for row in failed] == ["NO_RESOURCE"]
    # The client logs what it sends; what counts is what the cloud logs.
    logged = [each.getMessage() for each in caplog.records if not each.name.startswith(("boto", "urllib3"))]
    assert any(event_id in line for line in logged)
    assert not any("Musterfrau" in line for line in logged)
