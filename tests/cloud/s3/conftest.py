"""A client of S3 and a bucket of its own for every test."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture(scope="module")
def s3(aws: Callable[[str], Any]) -> Any:
    return aws("s3")


@pytest.fixture
def bucket(s3: Any, request: pytest.FixtureRequest) -> str:
    name = hashlib.sha256(request.node.name.encode()).hexdigest()[:20]
    s3.create_bucket(Bucket=name)
    return name
