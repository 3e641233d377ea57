"""What state an alarm deserves, from the values of its periods.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

OK, ALARM, UNKNOWN = "OK", "ALARM", "INSUFFICIENT_DATA"
COMPARE: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
# So many periods more than EvaluationPeriods are looked at when some of those have no value.
SPARE_PERIODS = 2


@dataclass(frozen=True)
class Verdict:
    """`state` None: it stays. `used` are the places of the values that decided; `filled` were missing."""

    state: str | None
    used: tuple[int, ...]
    breaching: int
    filled: int


def is_breaching(alarm: Mapping[str, Any], value: float) -> bool:
    return COMPARE[alarm["ComparisonOperator"]](value, alarm["Threshold"])


def judge(alarm: Mapping[str, Any], values: Sequence[float | None]) -> Verdict:
    """`values` of the evaluation range, oldest first; None where there is no data.

    Only when there are fewer values than evaluation periods does it matter how missing ones are treated.
    """
    count = alarm["EvaluationPeriods"]
    needed = alarm.get("DatapointsToAlarm", count)
    places = [place for place, value in enumerate(values) if value is not None][-count:]
    breaching = sum(is_breaching(alarm, values[place]) for place in places)  # type: ignore[arg-type]
    filled = count - len(places)
    treatment = alarm.get("TreatMissingData", "missing") if filled else "notBreaching"
    state = decide(treatment, len(places), breaching, filled, needed)
    return Verdict(state, tuple(places), breaching, filled)


def decide(treatment: str, present: int, breaching: int, filled: int, needed: int) -> str | None:
    if breaching >= needed:
        return ALARM
    if treatment == "breaching":
        return ALARM if breaching + filled >= needed else OK
    if treatment == "notBreaching":
        return OK
    is_one_good = present > breaching
    if is_one_good:
        return OK
    if treatment == "ignore":
        return None
    return ALARM if breaching else UNKNOWN
