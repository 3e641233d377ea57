"""A client of EventBridge, and queues for it to send to."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.cloud.arrivals import drain, make_queue, settled, sqs

__all__ = ["drain", "make_queue", "settled", "sqs"]


@pytest.fixture(scope="module")
def events(aws: Callable[[str], Any]) -> Any:
    return aws("events")
