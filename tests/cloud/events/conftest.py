"""A client of EventBridge, and queues for it to send to."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tests.cloud.arrivals import MakeQueue, drain, make_queue, settled, sqs

__all__ = ["drain", "make_queue", "settled", "sqs"]


@pytest.fixture(scope="module")
def events(aws: Callable[[str], Any]) -> Any:
    return aws("events")


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    return f"t-{uuid.uuid5(uuid.NAMESPACE_OID, request.node.name)}"


@pytest.fixture
def wired(events: Any, make_queue: MakeQueue, name: str) -> str:
    """A rule on source = the test's name with a queue as its target; answers the queue's URL."""
    url, arn = make_queue(name)
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    events.put_targets(Rule=name, Targets=[{"Id": "q", "Arn": arn}])
    return url
