"""A Lambda function behind a CloudFormation custom resource: the answer that CloudFormation waits for.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
"""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from millkit import log
from millkit.errors import MillError

TIMEOUT_S = 20
MAX_REASON = 1_000
LOOPBACK = ("127.0.0.1", "localhost")


class AnswerRefused(MillError):
    """A place to answer to that is neither https nor this machine."""


class Outcome(NamedTuple):
    physical_id: str
    data: dict[str, str]


def answer(event: Mapping[str, Any], work: Callable[[], Outcome]) -> None:
    """Do the work and tell CloudFormation how it went; without an answer a stack hangs for an hour."""
    document = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
    try:
        outcome = work()
        document.update(Status="SUCCESS", PhysicalResourceId=outcome.physical_id, Data=outcome.data)
    except Exception as failure:  # noqa: BLE001 - whatever went wrong, CloudFormation must hear of it
        reason = f"{type(failure).__name__}: {failure}"[:MAX_REASON]
        log.error("custom_resource_failed", resource=event["LogicalResourceId"], reason=reason)
        physical_id = event.get("PhysicalResourceId", event["LogicalResourceId"])
        document.update(Status="FAILED", PhysicalResourceId=physical_id, Reason=reason)
    _put(event["ResponseURL"], document)


def _put(url: str, document: Mapping[str, Any]) -> None:
    parts = urllib.parse.urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise AnswerRefused(f"ResponseURL: starts with {parts.scheme}://{parts.hostname}; allowed is https")
    # An empty content type: CloudFormation's URL is signed without one.
    request = urllib.request.Request(  # noqa: S310 - the scheme is checked above
        url, json.dumps(document).encode(), {"Content-Type": ""}, method="PUT"
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:  # noqa: S310
        log.info("custom_resource_answered", status=document["Status"], http_status=response.status)
