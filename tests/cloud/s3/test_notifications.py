import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from stepmill.cloud.cloud import Cloud
from tests.cloud.arrivals import Drain, MakeQueue, allow


def configure(s3: Any, bucket: str, arn: str, *events: str, prefix: str = "", suffix: str = "") -> None:
    rules = [{"Name": "prefix", "Value": prefix}, {"Name": "suffix", "Value": suffix}]
    entry = {"Id": "mine", "QueueArn": arn, "Events": list(events), "Filter": {"Key": {"FilterRules": rules}}}
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"QueueConfigurations": [entry]}
    )


def test_a_queue_gets_a_record_with_the_key_url_encoded(
    cloud: Cloud, s3: Any, bucket: str, make_queue: MakeQueue, drain: Drain
) -> None:
    url, arn = make_queue(f"{bucket}-record", "s3.amazonaws.com")
    configure(s3, bucket, arn, "s3:ObjectCreated:*")
    s3.put_object(Bucket=bucket, Key="raw data/ü+50%.csv", Body=b"abc")
    ((record,),) = (note["Records"] for note in drain(url))
    described = record["s3"]["object"]
    assert (record["eventName"], described["key"], described["size"]) == (
        "ObjectCreated:Put",
        "raw+data/%C3%BC%2B50%25.csv",
        3,
    )
    assert (record["s3"]["configurationId"], record["s3"]["bucket"]["arn"]) == (
        "mine",
        f"arn:aws:s3:::{bucket}",
    )


def test_only_the_wanted_events_of_the_wanted_keys_are_told(
    s3: Any, bucket: str, make_queue: MakeQueue, drain: Drain
) -> None:
    url, arn = make_queue(f"{bucket}-wanted", "s3.amazonaws.com")
    configure(s3, bucket, arn, "s3:ObjectRemoved:Delete", prefix="in/", suffix=".csv")
    for key in ("in/a.csv", "in/a.txt", "out/a.csv"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
        s3.delete_object(Bucket=bucket, Key=key)
    found = [
        (record["eventName"], record["s3"]["object"]["key"])
        for note in drain(url)
        for record in note["Records"]
    ]
    assert found == [("ObjectRemoved:Delete", "in/a.csv")]


def test_a_topic_passes_the_record_on(
    aws: Any, s3: Any, bucket: str, make_queue: MakeQueue, drain: Drain
) -> None:
    url, arn = make_queue(f"{bucket}-topic", "sns.amazonaws.com")
    topic = aws("sns").create_topic(Name=bucket)["TopicArn"]
    policy = allow("s3.amazonaws.com", "sns:Publish", topic)
    aws("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    aws("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"}
    )
    entry = {"TopicArn": topic, "Events": ["s3:ObjectCreated:Put"]}
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"TopicConfigurations": [entry]}
    )
    s3.put_object(Bucket=bucket, Key="x", Body=b"")
    assert [note["Records"][0]["s3"]["object"]["key"] for note in drain(url)] == ["x"]


def test_the_configuration_is_answered_as_it_was_given(s3: Any, bucket: str) -> None:
    given: dict[str, Any] = {"EventBridgeConfiguration": {}}
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=given)
    answer = s3.get_bucket_notification_configuration(Bucket=bucket)
    del answer["ResponseMetadata"]
    assert answer == given


def test_refuses_an_event_that_it_never_tells(cloud: Cloud, s3: Any, bucket: str) -> None:
    with pytest.raises(ClientError, match=r"event s3:Replication:\* of .* is not supported"):
        configure(s3, bucket, cloud.arn("sqs", "x"), "s3:Replication:*")


def test_an_object_that_is_not_written_is_not_announced(
    s3: Any, bucket: str, make_queue: MakeQueue, drain: Drain
) -> None:
    url, arn = make_queue(f"{bucket}-undone", "s3.amazonaws.com")
    s3.put_object(Bucket=bucket, Key="x", Body=b"")
    configure(s3, bucket, arn, "s3:ObjectCreated:*")
    with pytest.raises(ClientError):
        s3.put_object(Bucket=bucket, Key="x", Body=b"", IfNoneMatch="*")
    assert drain(url) == []


def test_later_events_have_greater_sequencers(
    s3: Any, bucket: str, make_queue: MakeQueue, drain: Drain
) -> None:
    url, arn = make_queue(f"{bucket}-order", "s3.amazonaws.com")
    configure(s3, bucket, arn, "s3:ObjectCreated:*")
    etags = [
        s3.put_object(Bucket=bucket, Key="x", Body=body)["ETag"].strip('"') for body in (b"1", b"2", b"3")
    ]
    told = [note["Records"][0]["s3"]["object"] for note in drain(url)]
    assert [each["eTag"] for each in sorted(told, key=lambda each: each["sequencer"])] == etags
    assert len({each["sequencer"] for each in told}) == 3
    assert json.dumps(told).count('"size": 1') == 3
