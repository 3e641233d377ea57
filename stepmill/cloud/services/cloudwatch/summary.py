"""What is kept of a metric's values in one minute, and the statistics of it."""

import json
import math
import re
from dataclasses import dataclass, field

PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100)")
SIMPLE = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
# More different values than these are rounded to three digits: percentiles then err by half a percent.
MOST_VALUES = 500


@dataclass
class Summary:
    """`values` counts each value; None when only totals were sent, which have no percentiles."""

    count: float = 0.0
    total: float = 0.0
    low: float = math.inf
    high: float = -math.inf
    values: dict[float, float] | None = field(default_factory=dict)

    def add(self, value: float, times: float = 1.0) -> None:
        self.merge(Summary(times, value * times, value, value, {value: times}))

    def merge(self, other: "Summary") -> None:
        self.count += other.count
        self.total += other.total
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)
        if self.values is None or other.values is None:
            self.values = None
            return
        for value, times in other.values.items():
            self.values[value] = self.values.get(value, 0.0) + times
        if len(self.values) > MOST_VALUES:
            self.values = rounded(self.values)

    def statistic(self, name: str) -> float | None:
        """One of SIMPLE, or a percentile (the nearest rank). None when there is no such value."""
        if not self.count:
            return None
        match name:
            case "SampleCount":
                return self.count
            case "Sum":
                return self.total
            case "Average":
                return self.total / self.count
            case "Minimum":
                return self.low
            case "Maximum":
                return self.high
        return self._percentile(float(name[1:]))

    def _percentile(self, percent: float) -> float | None:
        if self.values is None:
            # Totals of values that are all alike are as good as the values.
            return self.low if self.low == self.high else None
        rank, seen = self.count * percent / 100, 0.0
        for value, times in sorted(self.values.items()):
            seen += times
            if seen >= rank:
                return min(max(value, self.low), self.high)
        return self.high

    def dump(self) -> str:
        pairs = None if self.values is None else list(self.values.items())
        return json.dumps([self.count, self.total, self.low, self.high, pairs])

    @classmethod
    def load(cls, text: str) -> "Summary":
        count, total, low, high, pairs = json.loads(text)
        return cls(count, total, low, high, None if pairs is None else dict(pairs))


def rounded(values: dict[float, float]) -> dict[float, float]:
    found: dict[float, float] = {}
    for value, times in values.items():
        key = float(f"{value:.3g}")
        found[key] = found.get(key, 0.0) + times
    return found


def is_statistic(name: str) -> bool:
    return name in SIMPLE or PERCENTILE.fullmatch(name) is not None
