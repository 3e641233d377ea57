import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.engine.clock import VirtualClock
from tests.cloud.arrivals import allow, settle

MONDAY_S = datetime(2026, 11, 23, tzinfo=UTC).timestamp()
DAY_S = 86_400.0


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(MONDAY_S)


@pytest.fixture
def start(tmp_path: Path, clock: VirtualClock) -> Iterator[Callable[..., Cloud]]:
    """Starts the cloud of the test's folder, after the one before was closed and `down_s` have passed."""
    running: list[Cloud] = []

    def begin(down_s: float = 0.0) -> Cloud:
        while running:
            running.pop().close()
        clock.advance(down_s)
        running.append(Cloud.start(tmp_path / ".stepmill", port=0, clock=clock))
        return running[0]

    yield begin
    for cloud in running:
        cloud.close()


def schedule(cloud: Cloud, expression: str) -> None:
    """A rule with that schedule, and a queue that keeps what it sends for two weeks."""
    arn = cloud.arn("sqs", "fired")
    policy = allow("events.amazonaws.com", "sqs:SendMessage", arn)
    attributes = {"Policy": policy, "MessageRetentionPeriod": "1209600"}
    cloud.call("sqs", "CreateQueue", {"QueueName": "fired", "Attributes": attributes})
    cloud.call("events", "PutRule", {"Name": "beat", "ScheduleExpression": expression})
    cloud.call("events", "PutTargets", {"Rule": "beat", "Targets": [{"Id": "q", "Arn": arn}]})


def fired(cloud: Cloud, count: int) -> list[dict[str, Any]]:
    """Waits until so many firings have arrived, and a moment for any that should not come."""
    deadline = time.monotonic() + 30

    def rows() -> list[Any]:
        return cloud.store.query("select body from sqs_message where queue = 'fired'")

    while len(rows()) < count:
        assert time.monotonic() < deadline, f"{len(rows())} of {count} firings"
        time.sleep(0.02)
    settle(cloud)
    return sorted((json.loads(row["body"]) for row in rows()), key=lambda event: event["time"])


def pass_time(cloud: Cloud, clock: VirtualClock, seconds: float) -> None:
    clock.advance(seconds)
    cloud.scheduler.wake()


def test_a_week_passes_in_no_time_and_fires_on_each_working_day(
    start: Callable[..., Cloud], clock: VirtualClock
) -> None:
    cloud = start()
    schedule(cloud, "cron(30 6 ? * MON-FRI *)")
    pass_time(cloud, clock, 7 * DAY_S)
    found = fired(cloud, 5)
    assert [event["time"] for event in found] == [f"2026-11-{day}T06:30:00Z" for day in (23, 24, 25, 26, 27)]
    rest = {key: value for key, value in found[0].items() if key not in ("time", "id")}
    assert rest == {
        "version": "0",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": cloud.account,
        "region": "us-east-1",
        "resources": [cloud.arn("events", "rule/beat")],
        "detail": {},
    }


def test_a_rate_fires_exactly_as_often_as_it_fits(start: Callable[..., Cloud], clock: VirtualClock) -> None:
    cloud = start()
    schedule(cloud, "rate(8 hours)")
    pass_time(cloud, clock, 7 * DAY_S)
    assert len(fired(cloud, 21)) == 21


def test_what_fell_due_while_the_cloud_was_down_is_not_fired(
    start: Callable[..., Cloud], clock: VirtualClock
) -> None:
    cloud = start()
    schedule(cloud, "rate(1 day)")
    pass_time(cloud, clock, DAY_S)
    fired(cloud, 1)
    cloud = start(down_s=3 * DAY_S)
    pass_time(cloud, clock, DAY_S)
    assert [event["time"][:10] for event in fired(cloud, 2)] == ["2026-11-24", "2026-11-28"]


def test_a_disabled_or_deleted_rule_fires_no_more(start: Callable[..., Cloud], clock: VirtualClock) -> None:
    cloud = start()
    schedule(cloud, "rate(1 day)")
    cloud.call("events", "DisableRule", {"Name": "beat"})
    pass_time(cloud, clock, 2 * DAY_S)
    cloud.call("events", "EnableRule", {"Name": "beat"})
    pass_time(cloud, clock, DAY_S)
    assert len(fired(cloud, 1)) == 1
    cloud.call("events", "RemoveTargets", {"Rule": "beat", "Ids": ["q"]})
    cloud.call("events", "DeleteRule", {"Name": "beat"})
    pass_time(cloud, clock, 2 * DAY_S)
    time.sleep(0.1)
    assert len(fired(cloud, 1)) == 1
