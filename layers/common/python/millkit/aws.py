"""Clients of AWS, each made when it is first asked for: a cold start pays only for what it uses."""

from __future__ import annotations

import functools
from typing import Any

MAX_ATTEMPTS = 8
CONNECT_TIMEOUT_S = 5
READ_TIMEOUT_S = 60


@functools.cache
def client(service: str) -> Any:
    """The boto3 client of `service`; throttled and lost calls are repeated with back-off and jitter."""
    import boto3
    from botocore.config import Config

    config = Config(
        retries={"mode": "standard", "total_max_attempts": MAX_ATTEMPTS},
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
    )
    make: Any = boto3.client
    return make(service, config=config)
