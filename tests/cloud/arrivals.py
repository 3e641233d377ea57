"""Fixtures to look at what a service sends to others: queues that let it in, and what arrived in them."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud

DEADLINE_S = 20.0
MakeQueue = Callable[..., tuple[str, str]]
Drain = Callable[[str], list[Any]]


@pytest.fixture(scope="module")
def sqs(aws: Callable[[str], Any]) -> Any:
    return aws("sqs")


@pytest.fixture(scope="module")
def make_queue(cloud: Cloud, sqs: Any) -> MakeQueue:
    """Makes a queue that the service may send to (None: no service may); answers its URL and ARN."""

    def make(name: str, sender: str | None = "events.amazonaws.com") -> tuple[str, str]:
        arn = cloud.arn("sqs", name)
        attributes = {} if sender is None else {"Policy": allow(sender, "sqs:SendMessage", arn)}
        url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        return url, arn

    return make


def allow(sender: str, action: str, arn: str) -> str:
    """A resource policy that lets the service in."""
    statement = {"Effect": "Allow", "Principal": {"Service": sender}, "Action": action, "Resource": arn}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(scope="module")
def settled(cloud: Cloud) -> Callable[[], None]:
    """Waits until no delivery is under way."""
    return lambda: settle(cloud)


def settle(cloud: Cloud) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while cloud.store.query("select 1 from delivery where state = 'waiting'"):
        assert time.monotonic() < deadline, "deliveries are still on their way"
        time.sleep(0.01)


@pytest.fixture(scope="module")
def drain(cloud: Cloud, sqs: Any) -> Drain:
    """Waits for the deliveries, then takes every body (parsed) out of the queue."""

    def take(url: str) -> list[Any]:
        settle(cloud)
        found: list[Any] = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    return take
