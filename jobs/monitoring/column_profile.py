"""What is known of one column, gathered block by block: its type, its moments and sketch, or its texts.

Blocks can be cut anywhere, and profiles of parts merge into the profile of the whole.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from millkit.features import number

from jobs.monitoring.sketch import Ranks, Sketch

BUCKETS = 10
MAX_DOMAIN = 20
MAX_TEXTS = 10_000
MAX_TEXT_CHARACTERS = 4_000_000
INTEGRAL, FRACTIONAL, STRING, UNKNOWN = "Integral", "Fractional", "String", "Unknown"


class Moments:
    """Count, sum, spread and range of numbers: Welford's method, a block at a time, merged after Chan."""

    def __init__(self) -> None:
        self.count = 0
        self.total = 0.0
        self.least = math.inf
        self.most = -math.inf
        self._mean = 0.0
        self._squares = 0.0

    def add(self, values: Any) -> None:
        """Take in an array of finite numbers, not empty."""
        total = float(values.sum())
        mean = total / len(values)
        away = values - mean
        self._join(len(values), total, mean, float(np.einsum("i,i", away, away)))
        self.least = min(self.least, float(values.min()))
        self.most = max(self.most, float(values.max()))

    def merge(self, other: Moments) -> None:
        if other.count:
            self._join(other.count, other.total, other._mean, other._squares)
            self.least, self.most = min(self.least, other.least), max(self.most, other.most)

    @property
    def mean(self) -> float:
        return self.total / self.count

    @property
    def deviation(self) -> float:
        return math.sqrt(self._squares / self.count)

    def _join(self, count: int, total: float, mean: float, squares: float) -> None:
        both = self.count + count
        apart = mean - self._mean
        self._squares += squares + apart * apart * self.count * count / both
        self._mean += apart * count / both
        self.count, self.total = both, self.total + total


class Profile:
    """One column. Numbers are taken as such until a text turns up: then the column is one of texts.

    It must then be gone through again `as_text`, as of its numbers only moments and sketch were kept:
    `must_recount` says so. Of a column with too many different texts none are kept: `is_capped`.
    """

    def __init__(self, name: str, *, as_text: bool = False) -> None:
        self.name = name
        self.missing = 0
        self.integral = 0
        self.fractional = 0
        self.texts = 0
        self.is_capped = False
        self.counts: dict[str, int] = {}
        self._characters = 0
        self._as_text = as_text
        self._moments = Moments()
        self._sketch = Sketch()

    @property
    def present(self) -> int:
        return self.integral + self.fractional + self.texts

    @property
    def must_recount(self) -> bool:
        return bool(self.texts and self._moments.count) and not self._as_text

    @property
    def inferred_type(self) -> str:
        if not self.present:
            return UNKNOWN
        if self.texts or self._as_text:
            return STRING
        return FRACTIONAL if self.fractional else INTEGRAL

    @property
    def is_numeric(self) -> bool:
        return self.inferred_type in (INTEGRAL, FRACTIONAL)

    def add_missing(self, count: int) -> None:
        self.missing += count

    def add_numbers(self, values: Any) -> None:
        """Take in an array of finite numbers."""
        if len(values):
            self._count_kinds(values, 1)
            self._moments.add(values)
            self._sketch.add(values)

    def add_texts(self, texts: Sequence[str], counts: Sequence[int]) -> None:
        """Take in cells that are there, without blanks around them, each with how often it is."""
        read = [number(text) for text in texts]
        known = np.array([value for value in read if value is not None])
        repeats = np.array([count for value, count in zip(read, counts) if value is not None], dtype=np.int64)
        self._count_kinds(known, repeats)
        self.texts += sum(count for value, count in zip(read, counts) if value is None)
        if self.texts or self._as_text:
            self._count(texts, counts)
        elif len(known):
            values = np.repeat(known, repeats)
            self._moments.add(values)
            self._sketch.add(values)

    def merge(self, other: Profile) -> None:
        """Take in another part of the same column, of a file or window that was profiled apart.

        A job that reads all files itself adds their blocks to one profile, which comes to the same.

        Raises:
            ValueError: numbers meet texts; the counts of texts would lack the numbers.
        """
        if self._moments.count + other._moments.count and (self._has_texts or other._has_texts):
            raise ValueError(f"column {self.name}: numbers meet texts; profile each part with as_text=True")
        self._as_text |= other._as_text
        self.missing += other.missing
        self.integral += other.integral
        self.fractional += other.fractional
        self.texts += other.texts
        self.is_capped |= other.is_capped
        self._count(list(other.counts), list(other.counts.values()))
        self._moments.merge(other._moments)
        self._sketch.merge(other._sketch)

    def ranks(self) -> Ranks:
        return self._sketch.ranks()

    @property
    def _has_texts(self) -> bool:
        return bool(self.counts) or self.is_capped

    def _count_kinds(self, values: Any, repeats: Any) -> None:
        is_whole = values == np.floor(values)
        whole = int((is_whole * repeats).sum())
        self.integral += whole
        self.fractional += int(np.sum(repeats)) - whole if np.ndim(repeats) else len(values) - whole

    def _count(self, texts: Sequence[str], counts: Sequence[int]) -> None:
        for text, count in zip(texts, counts):
            if text not in self.counts:
                self._characters += len(text)
            self.counts[text] = self.counts.get(text, 0) + count
        if len(self.counts) > MAX_TEXTS or self._characters > MAX_TEXT_CHARACTERS:
            self.is_capped = True
        if self.is_capped:
            self.counts, self._characters = {}, 0

    def statistics(self) -> dict[str, Any]:
        """The feature's entry in statistics.json."""
        entry: dict[str, Any] = {"name": self.name, "inferred_type": self.inferred_type}
        common = {"num_present": self.present, "num_missing": self.missing}
        if self.is_numeric:
            entry["numerical_statistics"] = {
                "common": common,
                "mean": self._moments.mean,
                "sum": self._moments.total,
                "std_dev": self._moments.deviation,
                "min": self._moments.least,
                "max": self._moments.most,
                "distribution": {"kll": {"buckets": self._buckets(), "sketch": self._sketch.document()}},
            }
        else:
            buckets = [{"value": text, "count": self.counts[text]} for text in sorted(self.counts)]
            entry["string_statistics"] = {
                "common": common,
                "distinct_count": MAX_TEXTS if self.is_capped else len(self.counts),
                "distribution": {"categorical": {"buckets": buckets}},
            }
        return entry

    def constraints(self) -> dict[str, Any]:
        """The feature's entry in constraints.json."""
        entry: dict[str, Any] = {
            "name": self.name,
            "inferred_type": self.inferred_type,
            "completeness": self.present / (self.present + self.missing),
        }
        if self.is_numeric:
            entry["num_constraints"] = {"is_non_negative": self._moments.least >= 0}
        elif 0 < len(self.counts) <= MAX_DOMAIN:
            entry["string_constraints"] = {"domains": sorted(self.counts)}
        return entry

    def _buckets(self) -> list[dict[str, float]]:
        """Ten of the same width; each holds its lower bound, the last one its upper bound too."""
        least, most, ranks = self._moments.least, self._moments.most, self._sketch.ranks()
        width = (most - least) / BUCKETS
        edges = [least + place * width for place in range(BUCKETS)] + [most]
        inner = np.searchsorted(ranks.values, edges[1:-1], side="left")
        below = np.concatenate([[0.0], np.concatenate([[0.0], ranks.below_or_same])[inner], [ranks.total]])
        counts = np.diff(below) if width else [0.0] * (BUCKETS - 1) + [ranks.total]
        return [
            {"lower_bound": edges[place], "upper_bound": edges[place + 1], "count": float(count)}
            for place, count in enumerate(counts)
        ]
