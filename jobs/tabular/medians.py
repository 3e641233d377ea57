"""The exact median of more numbers than memory should hold, from blocks of them in a file.

A block is sorted when it is written, so how many numbers are at most x takes one search in each block. The
range that holds the median is halved until one number is left: 64 times at most, as a number has 64 bits.
It does not read texts, and knows no number that is not finite.
"""

from __future__ import annotations

import math
import struct
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

# 32 kB of a column, which a table of a thousand columns can afford.
BLOCK = 4_096
NUMBER_BYTES = 8
_DOUBLE, _BITS = struct.Struct("<d"), struct.Struct("<q")


class Cut(NamedTuple):
    """How many numbers are at most x, the largest of them, and the smallest of the others."""

    at_most: int
    last: float
    following: float


class Numbers:
    """Finite numbers, added one by one. Several of these may write to one file: each knows its own blocks."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._places = array("q")
        self._open = array("d")

    def add(self, value: float) -> None:
        self._open.append(value)
        if len(self._open) == BLOCK:
            self._places.append(self._file.seek(0, 2))
            self._file.write(array("d", sorted(self._open)).tobytes())
            self._open = array("d")

    def median(self) -> float | None:
        """As statistics.median has it, to the last bit, or None of no numbers.

        Of two numbers whose sum is beyond float64 it is their middle and not infinite.
        """
        count = len(self._places) * BLOCK + len(self._open)
        if not count:
            return None
        lower = self._at((count - 1) // 2)
        cut = self._cut(lower)
        upper = lower if cut.at_most > count // 2 else cut.following
        middle = (lower + upper) / 2
        return middle if math.isfinite(middle) else lower / 2 + upper / 2

    def _at(self, rank: int) -> float:
        """The number that would have this place, from 0, if all were sorted."""
        low, high = self._cut(-math.inf).following, self._cut(math.inf).last
        while low < high:
            cut = self._cut(_between(low, high))
            if rank < cut.at_most:
                high = cut.last
            else:
                low = cut.following
        return low

    def _cut(self, x: float) -> Cut:
        count, last, following = 0, -math.inf, math.inf
        for block in self._blocks():
            place = bisect_right(block, x)
            count += place
            if place:
                last = max(last, block[place - 1])
            if place < len(block):
                following = min(following, block[place])
        return Cut(count, last, following)

    def _blocks(self) -> Iterator[memoryview[float]]:
        for place in self._places:
            self._file.seek(place)
            yield memoryview(self._file.read(BLOCK * NUMBER_BYTES)).cast("d")
        yield memoryview(array("d", sorted(self._open)))


def _between(low: float, high: float) -> float:
    """The number in the middle of all float64 from `low` to `high`: never `high`, which is the larger one."""
    (left,), (right,) = (_BITS.unpack(_DOUBLE.pack(value)) for value in (low, high))
    (middle,) = _DOUBLE.unpack(_BITS.pack(_in_order((_in_order(left) + _in_order(right)) // 2)))
    return float(middle)


def _in_order(bits: int) -> int:
    """A number's bits as a place in the order of numbers, and back: those of negative ones run backwards."""
    return bits if bits >= 0 else -(2**63) - bits
