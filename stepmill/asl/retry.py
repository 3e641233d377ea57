"""Retry and Catch: what happens when a state reports an error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stepmill.asl import sdk
from stepmill.asl.block import Extended
from stepmill.asl.errors import AslError
from stepmill.asl.fields import ExtraField

if TYPE_CHECKING:
    from typing import Any, Unpack

    from stepmill.asl.fields import CatchFields, RetryFields


def _check_errors(error_equals: Sequence[str], where: str) -> list[str]:
    if (
        isinstance(error_equals, str)
        or not error_equals
        or not all(isinstance(e, str) and e for e in error_equals)
    ):
        raise AslError(
            f"{where}: ErrorEquals is {error_equals!r}; give a list of error names, such as ['States.ALL']"
        )
    if "States.ALL" in error_equals and len(error_equals) > 1:
        raise AslError(
            f"{where}: ErrorEquals is {list(error_equals)}, but States.ALL stands alone; drop the others"
        )
    return list(error_equals)


class Retry(Extended, sdk.Retry):
    """Run the state again after one of the named errors.

    Waits `interval_seconds` (1), then `backoff_rate` (2.0) times longer each time, at most
    `max_delay_seconds`, up to `max_attempts` (3) times; `jitter_strategy="FULL"` waits a random part of that.
    In brackets: Step Functions' defaults.
    """

    extra = (ExtraField.Comment, ExtraField.MaxDelaySeconds, ExtraField.JitterStrategy)

    def __init__(self, *, error_equals: Sequence[str], **fields: Unpack[RetryFields]) -> None:
        given: dict[str, Any] = {"error_equals": _check_errors(error_equals, "Retry"), **fields}
        super().__init__(**self.accepted(given, "Retry"))
        self._check("IntervalSeconds", self.interval_seconds, 1, 99_999_999, whole=True)
        self._check("MaxAttempts", self.max_attempts, 0, 99_999_999, whole=True)
        self._check("BackoffRate", self.backoff_rate, 1.0, float("inf"), whole=False)
        self._check("MaxDelaySeconds", self.max_delay_seconds, 1, 31_622_399, whole=True)
        if self.jitter_strategy not in (None, "FULL", "NONE"):
            raise AslError(f"Retry: JitterStrategy is {self.jitter_strategy!r}; use 'FULL' or 'NONE'")

    def _check(self, field: str, value: object, low: float, high: float, *, whole: bool) -> None:
        if value is None:
            return
        kinds = (int,) if whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds) or not low <= value <= high:
            kind = "a whole number" if whole else "a number"
            limit = f"of at least {low}" if high == float("inf") else f"from {low} to {high}"
            raise AslError(f"Retry: {field} is {value!r}; use {kind} {limit}")


class Catch(Extended, sdk.Catch):
    """Go to `next_step` after one of the named errors; the error lands at `result_path`, by default `$`."""

    extra = (ExtraField.Comment, ExtraField.Assign, ExtraField.Output)

    def __init__(
        self, *, error_equals: Sequence[str], next_step: sdk.State | sdk.Chain, **fields: Unpack[CatchFields]
    ) -> None:
        if not isinstance(next_step, (sdk.State, sdk.Chain)):
            raise AslError(f"Catch: Next is {next_step!r}; give a state or a chain")
        given: dict[str, Any] = {"error_equals": _check_errors(error_equals, "Catch"), **fields}
        super().__init__(next_step, **self.accepted(given, "Catch"))

    def to_dict(self) -> dict[str, Any]:
        result = super().to_dict()
        result["Next"] = self.next_step.state_id
        return result
