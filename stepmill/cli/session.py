"""Clients of the cloud that the other commands talk to.

The one that runs here (`stepmill up` leaves its address and keys in `.stepmill/cloud.json`), or, with
AWS_ENDPOINT_URL set, whatever the environment names.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from stepmill.cli.errors import UserError

ROOT = Path(".stepmill")


def client(service: str, root: Path = ROOT) -> Any:
    """A boto3 client of `service`, botocore's name.

    Raises:
        UserError: no embedded cloud runs here and AWS_ENDPOINT_URL is not set.
    """
    import boto3

    if "AWS_ENDPOINT_URL" in os.environ:
        return boto3.client(service)  # type: ignore[call-overload]
    address = running(root)
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=address["endpoint_url"],
        region_name=address["region"],
        aws_access_key_id=address["access_key_id"],
        aws_secret_access_key=address["secret_access_key"],
    )


def running(root: Path = ROOT) -> dict[str, Any]:
    """What the running cloud wrote about itself.

    Raises:
        UserError: there is none, or its process has gone.
    """
    try:
        address: dict[str, Any] = json.loads((root / "cloud.json").read_text())
    except FileNotFoundError:
        raise UserError(f"no embedded cloud runs in {root}; start one with `stepmill up`") from None
    if not _is_alive(address.get("pid")):
        raise UserError(f"the embedded cloud of {root} is not running; start it with `stepmill up`")
    return address


def _is_alive(pid: Any) -> bool:
    if not isinstance(pid, int):
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def problem_of(error: Exception) -> str | None:
    """In words, when the cloud refused a call or could not be called at all; None for any other error."""
    if "botocore" not in sys.modules:
        return None
    from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError

    if isinstance(error, ClientError):
        code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
        return f"{error.operation_name}: {code}: {message}"
    if isinstance(error, (ConnectionError, HTTPClientError)):
        return f"no cloud answers: {error}; start one with `stepmill up`, or correct AWS_ENDPOINT_URL"
    if isinstance(error, BotoCoreError):
        return f"{error}; paste the line that `stepmill up` prints, or unset AWS_ENDPOINT_URL"
    return None
