"""How the answers of several endpoints become one prediction for each row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import fsum

from millkit.errors import MillError

RULES: Mapping[str, Callable[[Sequence[float]], float]] = {
    "largest": max,
    "smallest": min,
    "mean": lambda values: fsum(values) / len(values),  # importing statistics costs a cold start
    "first": lambda values: values[0],
}


class RuleUnknown(MillError):
    """A rule's name that is none of RULES."""


def combine(rule: str, answers: Sequence[Sequence[float]]) -> list[float]:
    """One value a row out of the endpoints' answers, given in the endpoints' order.

    Raises:
        RuleUnknown: there is no such rule.
    """
    if rule not in RULES:
        raise RuleUnknown(f"rule {rule!r}: is not known; allowed: {', '.join(sorted(RULES))}")
    return [RULES[rule](values) for values in zip(*answers)]
