"""Clients of AWS, each made when it is first asked for: a cold start pays only for what it uses.

They are botocore's, of one session: boto3 adds transfers and resources, which nothing here uses, and each
session reads anew what clients share.
"""

from __future__ import annotations

import functools
from typing import Any

MAX_ATTEMPTS = 8
CONNECT_TIMEOUT_S = 5
READ_TIMEOUT_S = 60


@functools.cache
def session(models: str = "") -> Any:
    """The session of botocore that clients come from.

    models: a folder whose descriptions of services, `<service>/<API version>/service-2.json`, go before
    botocore's.
    """
    import botocore.session

    made = botocore.session.get_session()
    if models:
        made.set_config_variable("data_path", models)
    return made


@functools.cache
def client(
    service: str, read_timeout_s: float = READ_TIMEOUT_S, attempts: int = MAX_ATTEMPTS, models: str = ""
) -> Any:
    """The client of `service`; throttled and lost calls are repeated with back-off and jitter.

    Who answers somebody that waits gives it less time than a job has.
    """
    from botocore.config import Config

    config = Config(
        retries={"mode": "standard", "total_max_attempts": attempts},
        connect_timeout=min(CONNECT_TIMEOUT_S, read_timeout_s),
        read_timeout=read_timeout_s,
    )
    return session(models).create_client(service, config=config)
