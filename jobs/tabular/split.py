"""Which split a row belongs to: from a hash of its content and a seed, and of nothing else."""

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


def split_of(cells: Mapping[str, str], seed: int, fractions: Fractions) -> str:
    """`train`, `validation` or `test`; the order of columns and blanks around cells do not matter."""
    content = "\x1e".join(f"{name}\x1f{cells[name].strip()}" for name in sorted(cells))
    digest = hashlib.blake2b(f"{seed}\x1d{content}".encode(), digest_size=8).digest()
    place = int.from_bytes(digest, "big") / 2**64
    if place < fractions.train:
        return "train"
    return "validation" if place < fractions.train + fractions.validation else "test"
