"""A client of S3, a bucket of its own for every test, and queues to tell of it."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from tests.cloud.arrivals import drain, make_queue, sqs

__all__ = ["drain", "make_queue", "sqs"]


@pytest.fixture(scope="module")
def s3(aws: Callable[[str], Any]) -> Any:
    return aws("s3")


@pytest.fixture
def bucket(s3: Any, request: pytest.FixtureRequest) -> str:
    name = hashlib.sha256(request.node.name.encode()).hexdigest()[:20]
    s3.create_bucket(Bucket=name)
    return name
