"""A KLL sketch: quantiles of a stream of numbers in little memory, in the form that Model Monitor writes.

Up to `k` numbers are kept as they are; beyond that, levels are halved: a number of level i stands for 2**i.
Halving keeps the odd and the even places by turns instead of at random: the same data gives the same sketch.
Source: https://datasketches.apache.org/docs/KLL/KLLSketch.html
"""

from __future__ import annotations

import math
from typing import Any

SIZE = 2048
SHRINK = 0.64


class Sketch:
    def __init__(self, k: int = SIZE, c: float = SHRINK) -> None:
        self._k = k
        self._c = c
        self._levels: list[list[float]] = [[]]
        self._keeps_odd = False

    def add(self, value: float) -> None:
        self._levels[0].append(value)
        level = 0
        while level < len(self._levels) and len(self._levels[level]) > self._capacity(level):
            self._halve(level)
            level += 1

    def document(self) -> dict[str, Any]:
        """`sketch` of statistics.json."""
        return {"parameters": {"c": self._c, "k": float(self._k)}, "data": self._levels}

    def _capacity(self, level: int) -> int:
        depth = len(self._levels) - level - 1
        return max(2, math.ceil(self._k * self._c**depth))

    def _halve(self, level: int) -> None:
        """Move every second number one level up; one that has no pair stays."""
        numbers = sorted(self._levels[level])
        stays = [numbers.pop()] if len(numbers) % 2 else []
        if level + 1 == len(self._levels):
            self._levels.append([])
        self._levels[level + 1] += numbers[int(self._keeps_odd) :: 2]
        self._keeps_odd = not self._keeps_odd
        self._levels[level] = stays
