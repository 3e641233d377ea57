"""Lists in pages: the token is where the next page begins."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any, TypeVar

from stepmill.cloud.service import AwsError

T = TypeVar("T")


def page(items: Sequence[T], params: dict[str, Any], default: int) -> tuple[Sequence[T], dict[str, str]]:
    """The page asked for, and `nextToken` where more follow. Raises: AwsError InvalidToken."""
    size = params.get("maxResults") or default
    begin = _begin(params.get("nextToken"))
    end = begin + size
    more = {"nextToken": base64.b64encode(str(end).encode()).decode()} if end < len(items) else {}
    return items[begin:end], more


def _begin(token: str | None) -> int:
    if not token:
        return 0
    try:
        return int(base64.b64decode(token, validate=True))
    except (binascii.Error, ValueError) as error:
        raise AwsError("InvalidToken", f"Invalid Token: '{token}'") from error
