"""What is known of one column: its type and range from a first pass, its statistics from a second."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from millkit.features import is_missing, number

from jobs.monitoring.sketch import Sketch

BUCKETS = 10
MAX_DOMAIN = 20
INTEGRAL, FRACTIONAL, STRING, UNKNOWN = "Integral", "Fractional", "String", "Unknown"


@dataclass
class Range:
    """First pass. Ints and fractions and texts are counted; the range is that of the numbers."""

    present: int = 0
    missing: int = 0
    texts: int = 0
    fractions: int = 0
    least: float = math.inf
    most: float = -math.inf

    def add(self, cell: str) -> None:
        value = number(cell)
        if value is None and is_missing(cell):
            self.missing += 1
            return
        self.present += 1
        if value is None:
            self.texts += 1
            return
        self.fractions += not value.is_integer()
        self.least = min(self.least, value)
        self.most = max(self.most, value)

    @property
    def inferred_type(self) -> str:
        if not self.present:
            return UNKNOWN
        if self.texts:
            return STRING
        return FRACTIONAL if self.fractions else INTEGRAL


@dataclass
class Profile:
    """Second pass: mean and deviation after Welford, histogram and sketch; or counts of texts."""

    name: str
    range: Range
    counts: Counter[str] = field(default_factory=Counter)
    sketch: Sketch = field(default_factory=Sketch)
    histogram: list[int] = field(default_factory=lambda: [0] * BUCKETS)
    seen: int = 0
    mean: float = 0.0
    squares: float = 0.0
    total: float = 0.0

    def __post_init__(self) -> None:
        self._is_numeric = self.range.inferred_type in (INTEGRAL, FRACTIONAL)
        self._width = (self.range.most - self.range.least) / BUCKETS

    def add(self, cell: str) -> None:
        value = number(cell) if self._is_numeric else None
        if value is None:
            if not is_missing(cell):
                self.counts[cell.strip()] += 1
            return
        self.seen += 1
        self.total += value
        distance = value - self.mean
        self.mean += distance / self.seen
        self.squares += distance * (value - self.mean)
        place = int((value - self.range.least) / self._width) if self._width else BUCKETS - 1
        self.histogram[min(place, BUCKETS - 1)] += 1
        self.sketch.add(value)

    def statistics(self) -> dict[str, Any]:
        """The feature's entry in statistics.json."""
        entry: dict[str, Any] = {"name": self.name, "inferred_type": self.range.inferred_type}
        common = {"num_present": self.range.present, "num_missing": self.range.missing}
        if self._is_numeric:
            entry["numerical_statistics"] = {
                "common": common,
                "mean": self.total / self.seen,
                "sum": self.total,
                "std_dev": math.sqrt(self.squares / self.seen),
                "min": self.range.least,
                "max": self.range.most,
                "distribution": {"kll": {"buckets": self._buckets(), "sketch": self.sketch.document()}},
            }
        else:
            buckets = [{"value": text, "count": self.counts[text]} for text in sorted(self.counts)]
            entry["string_statistics"] = {
                "common": common,
                "distinct_count": len(self.counts),
                "distribution": {"categorical": {"buckets": buckets}},
            }
        return entry

    def constraints(self) -> dict[str, Any]:
        """The feature's entry in constraints.json."""
        rows = self.range.present + self.range.missing
        entry: dict[str, Any] = {
            "name": self.name,
            "inferred_type": self.range.inferred_type,
            "completeness": self.range.present / rows,
        }
        if self._is_numeric:
            entry["num_constraints"] = {"is_non_negative": self.range.least >= 0}
        elif 0 < len(self.counts) <= MAX_DOMAIN:
            entry["string_constraints"] = {"domains": sorted(self.counts)}
        return entry

    def _buckets(self) -> list[dict[str, float]]:
        edges = [self.range.least + place * self._width for place in range(BUCKETS)] + [self.range.most]
        return [
            {"lower_bound": edges[place], "upper_bound": edges[place + 1], "count": float(count)}
            for place, count in enumerate(self.histogram)
        ]
