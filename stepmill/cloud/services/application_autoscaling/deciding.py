"""How many instances a variant should have, from the requests that each of them got.

As on AWS, three minutes over the target scale out, fifteen minutes well under it scale in, and minutes
without any request say nothing: nobody scales in on missing data.
Source: https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-target-tracking.html
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

OUT_MINUTES, IN_MINUTES = 3, 15
# A variant scales in only below this share of its target, so that it does not swing.
LOW_SHARE = 0.9
COOLDOWN_S = 300


@dataclass(frozen=True)
class Decision:
    count: int
    direction: str
    cause: str


def decide(
    target: Mapping[str, Any],
    config: Mapping[str, Any],
    minutes: Sequence[float | None],
    current: int,
) -> Decision | None:
    """`minutes` are the requests per instance of the last IN_MINUTES minutes, oldest first."""
    low, high, value = target["MinCapacity"], target["MaxCapacity"], config["TargetValue"]
    suspended = target["SuspendedState"]
    if not low <= current <= high:
        bound = low if current < low else high
        return Decision(bound, "bounds", f"{current} instances are not within {low} to {high}")
    recent = [minute for minute in minutes[-OUT_MINUTES:] if minute is not None and minute > value]
    if len(recent) == OUT_MINUTES and not suspended["DynamicScalingOutSuspended"]:
        wanted = min(math.ceil(current * recent[-1] / value), high)
        if wanted > current:
            cause = f"{recent[-1]:g} requests per instance and minute are more than {value:g}"
            return Decision(wanted, "out", cause)
    quiet = [minute for minute in minutes[-IN_MINUTES:] if minute is not None and minute < value * LOW_SHARE]
    is_allowed = not (suspended["DynamicScalingInSuspended"] or config.get("DisableScaleIn", False))
    if len(quiet) == IN_MINUTES and is_allowed:
        wanted = max(math.ceil(current * max(quiet) / value), low)
        if wanted < current:
            cause = f"{max(quiet):g} requests per instance and minute are less than {value:g}"
            return Decision(wanted, "in", cause)
    return None
