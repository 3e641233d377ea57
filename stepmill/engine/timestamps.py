"""ISO 8601 timestamps as the States Language has them: `2026-11-22T05:41:00Z`, T and Z upper case."""

import re
from datetime import UTC, datetime

_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d([.,]\d{1,9})?)?(Z|[+-]\d\d:\d\d)")


def parse(text: object) -> float | None:
    """Seconds since the epoch, or None when `text` is not a timestamp."""
    if not isinstance(text, str) or not _FORM.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):  # the 30th of February, the year 0
        return None


def iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
