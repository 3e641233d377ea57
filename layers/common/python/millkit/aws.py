"""Clients of AWS, each made when it is first asked for: a cold start pays only for what it uses."""

from __future__ import annotations

import functools
from typing import Any

MAX_ATTEMPTS = 8
CONNECT_TIMEOUT_S = 5
READ_TIMEOUT_S = 60


@functools.cache
def client(service: str, read_timeout_s: float = READ_TIMEOUT_S, attempts: int = MAX_ATTEMPTS) -> Any:
    """The boto3 client of `service`; throttled and lost calls are repeated with back-off and jitter.

    Who answers somebody that waits gives it less time than a job has.
    """
    import boto3
    from botocore.config import Config

    config = Config(
        retries={"mode": "standard", "total_max_attempts": attempts},
        connect_timeout=min(CONNECT_TIMEOUT_S, read_timeout_s),
        read_timeout=read_timeout_s,
    )
    make: Any = boto3.client
    return make(service, config=config)


def at_once(s3: Any) -> Any:
    """The client, whose PutObject now sends small bodies with their headers.

    boto3 asks S3 first (`Expect: 100-continue`), which for a short object is a round trip for nothing.
    """
    # The id makes a second registration none. Last, as the header is put in by another handler of the event.
    s3.meta.events.register_last("before-call.s3", _expect_nothing, unique_id="millkit-at-once")
    return s3


def _expect_nothing(params: dict[str, Any], **_: Any) -> None:
    params["headers"].pop("Expect", None)
