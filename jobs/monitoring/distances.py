"""How far two distributions are apart: L-infinity on sketches and categories, PSI; and what chance explains.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-constraints.html
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from jobs.monitoring.sketch import Ranks

PSI_BINS = 10
PSI_FLOOR = 0.0001
NOISE = 1.8
# What chance does so seldom is not put down to it: the share that NOISE stands for, too.
RARE = 0.003


def between_numbers(one: Ranks, other: Ranks) -> float:
    """The largest distance of the two distribution functions: the statistic of Kolmogorov and Smirnov."""
    points = np.union1d(one.values, other.values)
    return float(np.abs(one.share_up_to(points) - other.share_up_to(points)).max())


def between_texts(one: Mapping[str, int], other: Mapping[str, int]) -> float:
    """The largest distance of a text's two shares."""
    ours, theirs = shares_of_texts(one, other)
    return float(np.abs(ours - theirs).max())


def beyond_chance(distance: float, count: float, other_count: float) -> float:
    """What of a distance is left when that is taken off which two samples of one distribution may show.

    The test of Kolmogorov and Smirnov finds a distance of 1.8 * sqrt((n + m) / (n * m)) in 3 of 1,000 pairs.
    """
    return max(0.0, distance - NOISE * math.sqrt((count + other_count) / (count * other_count)))


def chance_of_missing(missing: int, count: int, other_missing: int, other_count: int) -> float:
    """How often the other of two samples of one source lacks so many of the cells that both lack, or more.

    Meant for another that lacks the larger share. Exact: where few cells are missing, the normal distribution
    would call too much of it rare.
    Source: Fisher's exact test, https://doi.org/10.2307/2340521
    """
    both, rows = missing + other_missing, count + other_count
    ways = _log_ways(count, missing) + _log_ways(other_count, other_missing) - _log_ways(rows, both)
    chance = total = math.exp(ways)
    for more in range(other_missing, min(both, other_count)):
        chance *= (other_count - more) * (both - more) / ((more + 1) * (count - both + more + 1))
        total += chance
        if chance <= total * sys.float_info.epsilon:
            break
    return total


def _log_ways(count: int, taken: int) -> float:
    return math.lgamma(count + 1) - math.lgamma(taken + 1) - math.lgamma(count - taken + 1)


def psi(ours: Any, theirs: Any) -> float:
    """Population stability index of two arrays of shares; an empty bin counts as one of .01 %."""
    ours, theirs = np.maximum(ours, PSI_FLOOR), np.maximum(theirs, PSI_FLOOR)
    return float(((theirs - ours) * np.log(theirs / ours)).sum())


def shares_of_numbers(baseline: Ranks, current: Ranks) -> tuple[Any, Any]:
    """Of both, the shares in the baseline's tenths; fewer bins where a value fills more than a tenth."""
    edges = np.unique(baseline.quantiles(np.linspace(0, 1, PSI_BINS + 1)[1:-1]))
    then, now = (ranks.share_up_to(edges) for ranks in (baseline, current))
    return np.diff(then, prepend=0.0, append=1.0), np.diff(now, prepend=0.0, append=1.0)


def where_most_grew(baseline: Ranks, current: Ranks) -> tuple[float, float]:
    """(above, up to): of the baseline's tenths, and what is beyond them, that whose share has grown most."""
    beyond = [np.nextafter(baseline.values[0], -np.inf), baseline.values[-1]]
    tenths = baseline.quantiles(np.linspace(0, 1, PSI_BINS + 1)[1:-1])
    edges = np.unique(np.concatenate([beyond, tenths]))
    grown = np.diff(current.share_up_to(edges) - baseline.share_up_to(edges), prepend=0.0, append=0.0)
    place = int(np.argmax(grown))
    bounds = [-math.inf, *edges.tolist(), math.inf]
    return bounds[place], bounds[place + 1]


def shares_of_texts(one: Mapping[str, int], other: Mapping[str, int]) -> tuple[Any, Any]:
    """Of both, the share of each text that either has."""
    texts = sorted({*one, *other})
    counts = [np.array([counts.get(text, 0) for text in texts], dtype=np.float64) for counts in (one, other)]
    return counts[0] / counts[0].sum(), counts[1] / counts[1].sum()
