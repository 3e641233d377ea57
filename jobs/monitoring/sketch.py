"""A KLL sketch: quantiles of a stream of numbers in little memory, in the form that Model Monitor writes.

A number of level i stands for 2**i. Up to `k` numbers are kept as they are. Many are taken a full batch at a
time, which is thinned at once to the level where it fits: short runs of it are sorted, which is cheap, and of
each every fourth number goes on. A level that overflows is sorted, and every second number moves one level
up. Chance is seeded: the same numbers in the same order give the same sketch, however they were cut.
Source: https://datasketches.apache.org/docs/KLL/KLLSketch.html
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

SIZE = 2048
SHRINK = 0.64
BATCH = 16 * SIZE
RUN = 256
RUN_STRIDE = 4
RUN_LEVEL = 2
SEED = 5


class Ranks(NamedTuple):
    """The kept numbers in order without repeats, and how many numbers each and those below it stand for."""

    values: Any
    below_or_same: Any

    @property
    def total(self) -> float:
        return float(self.below_or_same[-1]) if len(self.values) else 0.0

    def share_up_to(self, points: Any) -> Any:
        """For each point the share of all numbers that are not above it."""
        places = np.searchsorted(self.values, points, side="right")
        return np.concatenate([[0.0], self.below_or_same])[places] / self.total

    def quantiles(self, shares: Any) -> Any:
        """For each share the smallest kept number up to which there are so many."""
        wanted = np.asarray(shares) * self.total
        places = np.searchsorted(self.below_or_same, wanted - 1e-9 * self.total, side="left")
        return self.values[np.minimum(places, len(self.values) - 1)]


class Sketch:
    def __init__(self, k: int = SIZE, c: float = SHRINK) -> None:
        self._k = k
        self._c = c
        self._levels: list[Any] = [np.empty(0)]
        self._waiting: list[Any] = []
        self._waits = 0
        self._keeps_odd = False
        self._chance = np.random.default_rng(SEED)

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Sketch:
        """Read back what `document` wrote; more numbers can be added, and sketches merged.

        Raises:
            KeyError, TypeError, ValueError: it is no sketch.
        """
        parameters = document["parameters"]
        sketch = cls(int(parameters["k"]), float(parameters["c"]))
        levels = [np.asarray(level, dtype=np.float64) for level in document["data"]]
        if any(level.ndim != 1 or not np.isfinite(level).all() for level in levels):
            raise ValueError("a level holds something else than numbers")
        sketch._levels = levels or [np.empty(0)]
        return sketch

    def add(self, values: Any) -> None:
        """Take in an array of finite numbers."""
        while self._waits + len(values) >= BATCH:
            cut = BATCH - self._waits
            self._waiting.append(values[:cut])
            self._take(self._thinned(np.concatenate(self._waiting)), RUN_LEVEL)
            self._waiting, self._waits = [], 0
            values = values[cut:]
        if len(values):
            self._waiting.append(np.array(values))  # the caller's block must not stay in memory
            self._waits += len(values)

    def merge(self, other: Sketch) -> None:
        """Take in all that another sketch stands for."""
        for level, values in enumerate(other._settled()):
            self._put(level, values)
        self._compress()

    def document(self) -> dict[str, Any]:
        """`sketch` of statistics.json."""
        levels = [level.tolist() for level in self._settled()]
        return {"parameters": {"c": self._c, "k": float(self._k)}, "data": levels}

    def ranks(self) -> Ranks:
        return ranks_of(self._settled())

    def _settled(self) -> list[Any]:
        if self._waits:
            waiting = np.concatenate(self._waiting)
            self._waiting, self._waits = [], 0
            if len(waiting) > self._k:
                self._take(waiting, 0)
            else:
                self._put(0, waiting)
                self._compress()
        return self._levels

    def _thinned(self, batch: Any) -> Any:
        """Of each sorted run every fourth number, from a place left to chance: no period can align."""
        runs = np.sort(batch.reshape(-1, RUN), axis=1)
        starts = self._chance.integers(0, RUN_STRIDE, len(runs))
        places = starts[:, None] + np.arange(0, RUN, RUN_STRIDE)
        return np.take_along_axis(runs, places, axis=1).reshape(-1)

    def _take(self, batch: Any, level: int) -> None:
        """Thin numbers of one level to at most `k` of a higher one; the few left over stay in theirs."""
        batch = np.sort(batch)
        steps = max(0, math.ceil(math.log2(len(batch) / self._k)))
        stride = 2**steps
        whole = len(batch) // stride * stride
        start = stride // 2 - (0 if self._keeps_odd or stride == 1 else 1)
        self._keeps_odd = not self._keeps_odd
        self._put(level + steps, batch[start:whole:stride])
        self._put(level, batch[whole:])
        self._compress()

    def _put(self, level: int, values: Any) -> None:
        while len(self._levels) <= level:
            self._levels.append(np.empty(0))
        self._levels[level] = np.concatenate([self._levels[level], values])

    def _compress(self) -> None:
        level = 0
        while level < len(self._levels):
            if len(self._levels[level]) > self._capacity(level):
                self._halve(level)
            level += 1

    def _capacity(self, level: int) -> int:
        depth = len(self._levels) - level - 1
        return max(2, math.ceil(self._k * self._c**depth))

    def _halve(self, level: int) -> None:
        """Move every second number one level up; the largest stays when it has no pair."""
        numbers = np.sort(self._levels[level])
        paired = len(numbers) // 2 * 2
        self._levels[level] = numbers[paired:]
        self._put(level + 1, numbers[int(self._keeps_odd) : paired : 2])
        self._keeps_odd = not self._keeps_odd


def ranks_of(levels: Sequence[Any]) -> Ranks:
    values = np.concatenate([np.asarray(level, dtype=np.float64) for level in levels])
    weights = np.concatenate([np.full(len(level), 2.0**height) for height, level in enumerate(levels)])
    order = np.argsort(values, kind="stable")
    values, weights = values[order], np.cumsum(weights[order])
    is_last = np.append(values[1:] != values[:-1], True) if len(values) else np.empty(0, dtype=bool)
    return Ranks(values[is_last], weights[is_last])
