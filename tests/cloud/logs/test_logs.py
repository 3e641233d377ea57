"""CloudWatch Logs through boto3."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from stepmill.cloud.cloud import Cloud
from stepmill.engine.clock import VirtualClock

DAY_MS = 86_400_000


@pytest.fixture
def logs(aws: Callable[[str], Any]) -> Any:
    client = aws("logs")
    for group in client.describe_log_groups()["logGroups"]:
        client.delete_log_group(logGroupName=group["logGroupName"])
    return client


def put(logs: Any, cloud: Cloud, *messages: str, stream: str = "s", offset_ms: int = 0) -> Any:
    now = int(cloud.clock.time() * 1000) + offset_ms
    events = [{"timestamp": now + number, "message": text} for number, text in enumerate(messages)]
    return logs.put_log_events(logGroupName="/g", logStreamName=stream, logEvents=events)


def make(logs: Any, *streams: str) -> None:
    logs.create_log_group(logGroupName="/g")
    for stream in streams:
        logs.create_log_stream(logGroupName="/g", logStreamName=stream)


def refusal(call: Callable[[], Any]) -> str:
    with pytest.raises(ClientError) as caught:
        call()
    return str(caught.value.response["Error"]["Code"])


def test_a_log_is_made_by_the_first_line(cloud: Cloud, logs: Any) -> None:
    cloud.log("/aws/lambda/judge", "2026/[1]abc", ["START", "größe <1>"])
    cloud.log("/aws/lambda/judge", "2026/[1]abc", ["END"])
    found = logs.get_log_events(
        logGroupName="/aws/lambda/judge", logStreamName="2026/[1]abc", startFromHead=True
    )
    assert [event["message"] for event in found["events"]] == ["START", "größe <1>", "END"]


def test_a_stream_is_read_in_both_directions_until_its_end(cloud: Cloud, logs: Any) -> None:
    make(logs, "s")
    put(logs, cloud, *(str(number) for number in range(5)))

    def read(**more: Any) -> Any:
        return logs.get_log_events(logGroupName="/g", logStreamName="s", **more)

    def texts(page: Any) -> list[str]:
        return [event["message"] for event in page["events"]]

    first = read(startFromHead=True, limit=2)
    second = read(nextToken=first["nextForwardToken"], limit=2)
    third = read(nextToken=second["nextForwardToken"])
    last = read(nextToken=third["nextForwardToken"])
    assert [texts(page) for page in (first, second, third, last)] == [["0", "1"], ["2", "3"], ["4"], []]
    assert last["nextForwardToken"] == third["nextForwardToken"]
    newest = read(limit=2)
    before = read(nextToken=newest["nextBackwardToken"], limit=2)
    assert [texts(page) for page in (newest, before)] == [["3", "4"], ["1", "2"]]
    assert refusal(lambda: read(nextToken="elsewhere")) == "InvalidParameterException"


def test_a_group_is_filtered_by_words_streams_and_time(cloud: Cloud, logs: Any) -> None:
    make(logs, "a-1", "b-1")
    put(logs, cloud, "error: disk full", "fine", "error: network", stream="a-1")
    put(logs, cloud, "warn and error", stream="b-1", offset_ms=10)

    def texts(**more: Any) -> list[str]:
        return [event["message"] for event in logs.filter_log_events(logGroupName="/g", **more)["events"]]

    assert texts(filterPattern="error") == ["error: disk full", "error: network", "warn and error"]
    assert texts(filterPattern='"disk full"') == ["error: disk full"]
    assert texts(filterPattern="error -network") == ["error: disk full", "warn and error"]
    assert texts(filterPattern="?fine ?warn") == ["fine", "warn and error"]
    assert texts(logStreamNames=["b-1"]) == texts(logStreamNamePrefix="b") == ["warn and error"]
    assert texts(limit=1, filterPattern="error") == ["error: disk full"]
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName="/g", PaginationConfig={"PageSize": 3}
    )
    assert [len(page["events"]) for page in pages] == [3, 1]
    assert refusal(lambda: texts(filterPattern="{ $.level = 50 }")) == "InvalidParameterException"


def test_refuses_what_is_there_already_or_missing(cloud: Cloud, logs: Any) -> None:
    make(logs, "s")
    assert refusal(lambda: logs.create_log_group(logGroupName="/g")) == "ResourceAlreadyExistsException"
    assert (
        refusal(lambda: logs.create_log_stream(logGroupName="/g", logStreamName="s"))
        == "ResourceAlreadyExistsException"
    )
    assert refusal(lambda: put(logs, cloud, "x", stream="absent")) == "ResourceNotFoundException"
    assert refusal(lambda: logs.delete_log_group(logGroupName="/absent")) == "ResourceNotFoundException"
    assert (
        refusal(lambda: logs.put_retention_policy(logGroupName="/absent", retentionInDays=1))
        == "ResourceNotFoundException"
    )
    assert (
        refusal(lambda: logs.put_retention_policy(logGroupName="/g", retentionInDays=2))
        == "InvalidParameterException"
    )
    assert refusal(lambda: logs.create_log_group(logGroupName="no spaces")) == "InvalidParameterException"


def test_events_out_of_order_or_out_of_time_are_refused(cloud: Cloud, logs: Any) -> None:
    make(logs, "s")
    now = int(cloud.clock.time() * 1000)
    backwards = [{"timestamp": now, "message": "b"}, {"timestamp": now - 1, "message": "a"}]
    call = lambda: logs.put_log_events(logGroupName="/g", logStreamName="s", logEvents=backwards)  # noqa: E731
    assert refusal(call) == "InvalidParameterException"
    times = [now - 15 * DAY_MS, now, now + DAY_MS]
    events = [{"timestamp": time, "message": str(number)} for number, time in enumerate(times)]
    answer = logs.put_log_events(logGroupName="/g", logStreamName="s", logEvents=events)
    assert answer["rejectedLogEventsInfo"] == {"tooNewLogEventStartIndex": 2, "tooOldLogEventEndIndex": 1}
    found = logs.get_log_events(logGroupName="/g", logStreamName="s")["events"]
    assert [event["message"] for event in found] == ["1"]
    big = [{"timestamp": now, "message": "x" * (1 << 20)}]
    call = lambda: logs.put_log_events(logGroupName="/g", logStreamName="s", logEvents=big)  # noqa: E731
    assert refusal(call) == "InvalidParameterException"


def test_deleting_a_stream_or_group_deletes_its_events(cloud: Cloud, logs: Any) -> None:
    make(logs, "a", "b")
    put(logs, cloud, "x", stream="a")
    put(logs, cloud, "y", stream="b")
    logs.delete_log_stream(logGroupName="/g", logStreamName="a")
    assert [
        stream["logStreamName"] for stream in logs.describe_log_streams(logGroupName="/g")["logStreams"]
    ] == ["b"]
    logs.delete_log_group(logGroupName="/g")
    assert cloud.store.query("select count(*) from log_event where grp = '/g'")[0][0] == 0


def test_groups_and_streams_are_described(cloud: Cloud, logs: Any) -> None:
    logs.create_log_group(logGroupName="/g", tags={"team": "cars"})
    logs.create_log_group(logGroupName="/h")
    logs.put_retention_policy(logGroupName="/g", retentionInDays=30)
    for stream in ("old", "new"):
        logs.create_log_stream(logGroupName="/g", logStreamName=stream)
        put(logs, cloud, "x", stream=stream, offset_ms=5 if stream == "new" else 0)
    groups = logs.describe_log_groups(logGroupNamePrefix="/g")["logGroups"]
    assert [(group["logGroupName"], group["retentionInDays"], group["arn"]) for group in groups] == [
        ("/g", 30, "arn:aws:logs:us-east-1:123456789012:log-group:/g:*")
    ]
    assert len(logs.describe_log_groups(limit=1)["logGroups"]) == 1
    by_time = logs.describe_log_streams(logGroupName="/g", orderBy="LastEventTime", descending=True)[
        "logStreams"
    ]
    assert [stream["logStreamName"] for stream in by_time] == ["new", "old"]
    arn = groups[0]["logGroupArn"]
    logs.tag_resource(resourceArn=arn, tags={"stage": "dev"})
    logs.untag_resource(resourceArn=arn, tagKeys=["team"])
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"stage": "dev"}
    logs.delete_retention_policy(logGroupName="/g")
    assert "retentionInDays" not in logs.describe_log_groups(logGroupNamePrefix="/g")["logGroups"][0]


def test_what_is_older_than_its_retention_goes(tmp_path: Path) -> None:
    clock = VirtualClock(1_800_000_000.0)
    cloud = Cloud.start(tmp_path / "root", port=0, clock=clock)
    try:
        cloud.log("/g", "s", ["old"])
        cloud.call("logs", "PutRetentionPolicy", {"logGroupName": "/g", "retentionInDays": 1})
        clock.advance(86_000)
        cloud.log("/g", "s", ["new"])
        clock.advance(500)
        cloud.call("logs", "PutRetentionPolicy", {"logGroupName": "/g", "retentionInDays": 1})
        found = cloud.call("logs", "GetLogEvents", {"logGroupName": "/g", "logStreamName": "s"})
    finally:
        cloud.close()
    assert [event["message"] for event in found["events"]] == ["new"]
