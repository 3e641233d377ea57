"""Which split a row belongs to: from a hash of its features and a seed, and of nothing else.

The target is left out: a row whose target was corrected stays where it was, so that no model is tested on a
row that an earlier one was trained on with another target. Rows that differ in it alone stay together.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from typing import NamedTuple

from millkit.errors import DataError

SPLITS = ("train", "validation", "test")


class Fractions(NamedTuple):
    train: float
    validation: float
    test: float

    @classmethod
    def checked(cls, train: float, validation: float, test: float) -> Fractions:
        """Three parts above 0 that make 1.

        Raises:
            DataError: they do not.
        """
        if min(train, validation, test) <= 0 or not math.isclose(train + validation + test, 1, abs_tol=1e-6):
            what = f"are {train:g}, {validation:g} and {test:g} for train, validation and test"
            raise DataError("split fractions", what, "give three above 0 that make 1")
        return cls(train, validation, test)


def split_of(cells: Mapping[str, str], target: str, seed: int, fractions: Fractions) -> str:
    """`train`, `validation` or `test`; the order of columns and blanks around cells do not matter."""
    names = sorted(name for name in cells if name != target)
    content = "\x1e".join(f"{name}\x1f{cells[name].strip()}" for name in names)
    digest = hashlib.blake2b(f"{seed}\x1d{content}".encode(), digest_size=8).digest()
    place = int.from_bytes(digest, "big") / 2**64
    if place < fractions.train:
        return "train"
    return "validation" if place < fractions.train + fractions.validation else "test"
