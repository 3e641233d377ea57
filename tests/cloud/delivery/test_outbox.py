import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.delivery.outbox import send
from stepmill.cloud.delivery.parcel import Parcel
from stepmill.cloud.mail import MailSink
from stepmill.engine.clock import VirtualClock
from tests.cloud.arrivals import allow, settle


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(1_800_000_000.0)


@pytest.fixture
def cloud(tmp_path: Path, clock: VirtualClock) -> Iterator[Cloud]:
    cloud = Cloud.start(tmp_path / ".stepmill", port=0, clock=clock)
    yield cloud
    cloud.close()


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def parcel(cloud: Cloud, **changed: Any) -> Parcel:
    facts: dict[str, Any] = {
        "id": "events/1/default/r/t",
        "sender": "events.amazonaws.com",
        "source_arn": cloud.arn("events", "rule/r"),
        "target_arn": cloud.arn("lambda", "function:absent"),
        "payload": {"n": 1},
    }
    return Parcel(**{**facts, **changed})


def make_queue(cloud: Cloud, name: str) -> str:
    arn = cloud.arn("sqs", name)
    policy = {"Policy": allow("events.amazonaws.com", "sqs:SendMessage", arn)}
    cloud.call("sqs", "CreateQueue", {"QueueName": name, "Attributes": policy})
    return arn


def messages(cloud: Cloud, queue: str) -> list[str]:
    return [
        row["body"] for row in cloud.store.query("select body from sqs_message where queue = ?", (queue,))
    ]


def test_what_is_undone_with_its_transaction_is_never_delivered(cloud: Cloud) -> None:
    arn = make_queue(cloud, "q")

    def send_and_fail() -> None:
        with cloud.store.transaction():
            send(cloud, parcel(cloud, target_arn=arn))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        send_and_fail()
    send(cloud, parcel(cloud, id="events/2/default/r/t", target_arn=arn, payload={"n": 2}))
    settle(cloud)
    assert messages(cloud, "q") == ['{"n": 2}']


def test_a_failing_target_is_tried_again_until_its_retries_are_used_up(
    cloud: Cloud, clock: VirtualClock
) -> None:
    cloud.state(MailSink).close()
    dead = make_queue(cloud, "dead")
    mail = {"target_arn": "mailto:a@example.org", "options": {"subject": "s"}}
    send(cloud, parcel(cloud, retries=3, dead_letter_arn=dead, **mail))

    def is_waiting(attempts: int) -> bool:
        """The next attempt is a row and an entry of the scheduler, not a sleeping thread."""
        asked = (attempts, clock.time())
        return bool(cloud.store.query("select 1 from delivery where attempts = ? and next_s > ?", asked))

    for attempts in (1, 2, 3):
        wait_until(lambda wanted=attempts: is_waiting(wanted))  # type: ignore[misc]
        clock.advance(10.0)
        cloud.scheduler.wake()
    settle(cloud)
    assert messages(cloud, "dead") == ['{"n": 1}']
    asked = {"QueueUrl": f"{cloud.endpoint_url}/{cloud.account}/dead", "MessageAttributeNames": ["All"]}
    facts = cloud.call("sqs", "ReceiveMessage", asked)["Messages"][0]["MessageAttributes"]
    assert {name: fact["StringValue"] for name, fact in facts.items()} == {
        "RULE_ARN": cloud.arn("events", "rule/r"),
        "TARGET_ARN": "mailto:a@example.org",
        "ERROR_CODE": "ERROR_FROM_TARGET",
        "ERROR_MESSAGE": "ConnectionRefusedError: [Errno 111] Connection refused",
        "RETRY_ATTEMPTS": "3",
        "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
    }


def test_an_event_that_is_too_old_is_not_tried_again(cloud: Cloud) -> None:
    cloud.state(MailSink).close()
    send(cloud, parcel(cloud, target_arn="mailto:a@example.org", options={"subject": "s"}, age_limit_s=0.0))
    settle(cloud)
    (row,) = cloud.store.query("select state, attempts, error from delivery")
    reason = "ERROR_FROM_TARGET: ConnectionRefusedError: [Errno 111] Connection refused"
    assert tuple(row) == ("failed", 1, reason)


def test_a_parcel_sent_twice_is_delivered_once(cloud: Cloud) -> None:
    arn = make_queue(cloud, "q")
    with cloud.store.transaction():
        for _ in range(2):
            send(cloud, parcel(cloud, target_arn=arn))
    settle(cloud)
    assert messages(cloud, "q") == ['{"n": 1}']


def test_a_failing_parcel_sent_again_has_one_chain_of_attempts(cloud: Cloud) -> None:
    cloud.state(MailSink).close()
    failing = parcel(cloud, target_arn="mailto:a@example.org", options={"subject": "s"})
    for _ in range(5):
        send(cloud, failing)
    asked = "select attempts from delivery where id = ? and error is not null"
    wait_until(lambda: bool(cloud.store.query(asked, (failing.id,))))
    arn = make_queue(cloud, "q")
    send(cloud, parcel(cloud, id="events/2/default/r/t", target_arn=arn))
    wait_until(lambda: bool(messages(cloud, "q")))
    assert cloud.store.query(asked, (failing.id,))[0]["attempts"] == 1


@pytest.mark.parametrize("kind", ["sqs", "mailto"])
@pytest.mark.parametrize("moment", ["accepted", "delivered"])
def test_after_kill_9_everything_accepted_is_delivered_exactly_once(
    tmp_path: Path, moment: str, kind: str
) -> None:
    root = tmp_path / "killed"
    command = [sys.executable, str(Path(__file__).with_name("killed.py")), str(root), moment, kind]
    killed = subprocess.run(command, timeout=60, check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    cloud = Cloud.start(root, port=0)
    try:
        settle(cloud)
        assert len(messages(cloud, "q")) == 1
        assert len(list((cloud.root / "mail").glob("*.eml"))) == 1
        assert cloud.store.query("select * from delivery") == []
    finally:
        cloud.close()
