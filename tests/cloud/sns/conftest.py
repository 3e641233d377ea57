"""A client of SNS, a topic for every test, and queues for it to send to."""

import uuid
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern
from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from tests.cloud.arrivals import drain, make_queue, settle, settled, sqs

__all__ = ["drain", "make_queue", "settled", "sqs"]


@pytest.fixture(scope="module")
def sns(aws: Callable[[str], Any]) -> Any:
    return aws("sns")


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    return f"t-{uuid.uuid5(uuid.NAMESPACE_OID, request.node.name)}"


@pytest.fixture
def topic(sns: Any, name: str) -> str:
    arn: str = sns.create_topic(Name=name)["TopicArn"]
    return arn


@pytest.fixture
def mails(cloud: Cloud) -> Callable[[str], list[EmailMessage]]:
    """Waits for the deliveries; answers the mails to the address, oldest first."""

    def read(recipient: str) -> list[EmailMessage]:
        settle(cloud)
        paths = sorted((cloud.root / "mail").glob("*.eml"))
        found = [message_from_bytes(path.read_bytes(), EmailMessage, policy=modern) for path in paths]
        return [mail for mail in found if mail["To"] == recipient]

    return read
