"""Retry and Catch: which entry takes an error, how long to wait, what the fallback state gets.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from collections.abc import Callable
from typing import Any

from .errors import (
    DATA_LIMIT,
    HEARTBEAT_TIMEOUT,
    RUNTIME,
    TASK_FAILED,
    TIMEOUT,
    InvalidDefinition,
    StateError,
)
from .fields import Fields
from .jsontext import Json
from .processing import combine

ALL = "States.ALL"
ATTEMPTS_LIMIT = 99_999_999
MAX_DELAY_LIMIT = 31_622_400


class ErrorMatch:
    """The ErrorEquals of one entry."""

    def __init__(self, fields: Fields, *, is_last: bool) -> None:
        names = fields.items("ErrorEquals")
        for name in names:
            if not isinstance(name, str):
                raise fields.error("ErrorEquals", f"holds {name!r}; error names are strings")
        if ALL in names and len(names) > 1:
            raise fields.error("ErrorEquals", f"has {ALL} beside other names; it must stand alone")
        if ALL in names and not is_last:
            raise fields.error("ErrorEquals", f"has {ALL} in an entry that is not the last; put it last")
        self.names = frozenset(names)

    def takes(self, error: str) -> bool:
        """States.Runtime is never taken, States.DataLimitExceeded only by its own name."""
        if error == RUNTIME:
            return False
        if error in self.names:
            return True
        if error == DATA_LIMIT:
            return False
        if ALL in self.names or (error == HEARTBEAT_TIMEOUT and TIMEOUT in self.names):
            return True
        return TASK_FAILED in self.names and error != TIMEOUT


class Retrier:
    FIELDS = (
        "ErrorEquals",
        "IntervalSeconds",
        "BackoffRate",
        "MaxAttempts",
        "MaxDelaySeconds",
        "JitterStrategy",
    )

    def __init__(self, fields: Fields, *, is_last: bool) -> None:
        fields.allow(*self.FIELDS, "Comment")
        self.match = ErrorMatch(fields, is_last=is_last)
        self.interval_s = fields.whole("IntervalSeconds", 1, 0) or 0
        self.backoff = fields.number("BackoffRate", 2.0, 1.0)
        self.attempts = fields.whole("MaxAttempts", 3, 0, ATTEMPTS_LIMIT) or 0
        self.max_delay_s = fields.whole("MaxDelaySeconds", None, 1, MAX_DELAY_LIMIT)
        if self.max_delay_s is not None and self.max_delay_s <= self.interval_s:
            raise fields.error("MaxDelaySeconds", f"is {self.max_delay_s}; it must be above IntervalSeconds")
        jitter = fields.get("JitterStrategy")
        if jitter not in (None, "FULL", "NONE"):
            raise fields.error("JitterStrategy", f"is {jitter!r}; it must be 'FULL' or 'NONE'")
        self.has_jitter = jitter == "FULL"

    def delay_s(self, attempts: int, random: Callable[[], float]) -> float:
        """Before the retry that follows `attempts` earlier ones; FULL jitter is anything from 0 to that."""
        cap = self.max_delay_s or MAX_DELAY_LIMIT
        try:
            delay = min(self.interval_s * self.backoff**attempts, cap)
        except OverflowError:
            delay = cap
        return delay * random() if self.has_jitter else delay


class Catcher:
    def __init__(self, fields: Fields, *, is_last: bool) -> None:
        fields.allow("ErrorEquals", "Next", "ResultPath", "Comment")
        self.match = ErrorMatch(fields, is_last=is_last)
        self.next = fields.text("Next")
        self.result_path = fields.result_path()

    def output(self, raw: Json, error: StateError) -> Json:
        return combine(self.result_path, raw, Json({"Error": error.error, "Cause": error.cause or ""}))


class ErrorHandling:
    """The Retry and Catch fields of one state."""

    def __init__(self, fields: Fields) -> None:
        self.retriers = [Retrier(entry, is_last=last) for entry, last in _entries(fields, "Retry")]
        self.catchers = [Catcher(entry, is_last=last) for entry, last in _entries(fields, "Catch")]

    def retry(self, error: str, retries: dict[str, int], random: Callable[[], float]) -> float | None:
        """Seconds to wait, counted in `retries`; None when no entry takes the error or has attempts left."""
        for index, retrier in enumerate(self.retriers):
            if retrier.match.takes(error):
                used = retries.get(str(index), 0)
                if used >= retrier.attempts:
                    return None
                retries[str(index)] = used + 1
                return retrier.delay_s(used, random)
        return None

    def catcher(self, error: str) -> Catcher | None:
        return next((catcher for catcher in self.catchers if catcher.match.takes(error)), None)


def _entries(fields: Fields, name: str) -> list[tuple[Fields, bool]]:
    value: Any = (
        fields.get(
            name,
        )
        if name in fields
        else []
    )
    if not isinstance(value, list):
        raise InvalidDefinition(fields.at(name), f"{name} is {value!r}; an array is needed")
    last = len(value) - 1
    return [(Fields(entry, f"{fields.at(name)}/{index}"), index == last) for index, entry in enumerate(value)]
