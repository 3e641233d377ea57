"""From a table's cells to the numbers a model takes, and the record of how: later rows go the same way.

A number stays itself, a missing one becomes the training rows' median; a category becomes one column for each
value seen in training, in sorted order, and a value not seen there is all zeros.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from millkit.errors import MillError

MAX_SHOWN = 60
NUMERIC = "numeric"
CATEGORICAL = "categorical"
MISSING = frozenset(["", "na", "n/a", "nan", "null"])
_NUMBER = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)


class FeaturesInvalid(MillError):
    """Features that cannot have come from the columns they are said to come from."""


class Column(NamedTuple):
    """`median` belongs to a numeric column, `categories` to a categorical one."""

    name: str
    kind: str
    median: float | None = None
    categories: tuple[str, ...] = ()

    def feature_names(self) -> list[str]:
        return (
            [f"{self.name}={value}" for value in self.categories] if self.kind == CATEGORICAL else [self.name]
        )

    def encode(self, cell: str) -> list[str]:
        if self.kind == CATEGORICAL:
            text = cell.strip()
            return ["1" if text == known else "0" for known in self.categories]
        value = number(cell)
        return [shortest((self.median or 0.0) if value is None else value)]

    def decode(self, texts: Sequence[str]) -> str:
        """The cell that these features came from; nothing where no category is marked, as if it were missing.

        Raises:
            FeaturesInvalid: more than one category is marked, or a mark is neither 0 nor 1.
        """
        if self.kind != CATEGORICAL:
            return texts[0]
        marks = [number(text) for text in texts]
        marked = [value for value, mark in zip(self.categories, marks) if mark == 1]
        if len(marked) > 1 or not {0.0, 1.0}.issuperset(marks):
            shown = ",".join(texts)[:MAX_SHOWN]
            raise FeaturesInvalid(
                f"column {self.name}: {shown!r} does not mark one category with a 1 among 0s"
            )
        return marked[0] if marked else ""

    def document(self) -> dict[str, Any]:
        facts: dict[str, Any] = {"name": self.name, "type": self.kind}
        facts.update(
            {"categories": list(self.categories)} if self.kind == CATEGORICAL else {"median": self.median}
        )
        return facts


class Encoder:
    """Turns rows, given as cells by column name, into feature texts in one fixed order."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = tuple(columns)
        self.feature_names = [name for column in self.columns for name in column.feature_names()]

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Encoder:
        """Read back what `columns` of schema/features.json recorded."""
        return cls(
            [
                Column(item["name"], item["type"], item.get("median"), tuple(item.get("categories", ())))
                for item in document["columns"]
            ]
        )

    def encode(self, cells: Mapping[str, str]) -> list[str]:
        return [text for column in self.columns for text in column.encode(cells[column.name])]

    def decode(self, features: Sequence[str]) -> dict[str, str]:
        """Raw cells by column, from features as `encode` made them: what an endpoint captured.

        A missing number comes back as the median that stood for it, and an unseen category as missing.

        Raises:
            FeaturesInvalid: they are not these columns' features.
        """
        if len(features) != len(self.feature_names):
            what = f"{len(features)} features where the model takes {len(self.feature_names)}"
            raise FeaturesInvalid(f"{what}; decode rows with the model's own schema/features.json")
        cells, start = {}, 0
        for column in self.columns:
            end = start + len(column.feature_names())
            cells[column.name] = column.decode(features[start:end])
            start = end
        return cells


def is_missing(cell: str) -> bool:
    return cell.strip().lower() in MISSING


def number(cell: str) -> float | None:
    """The cell as a finite number in plain or scientific notation with a point, or None."""
    if not _NUMBER.fullmatch(cell):
        return None
    value = float(cell)
    return value if math.isfinite(value) else None


def shortest(value: float) -> str:
    """The shortest text that reads back as the same number; whole numbers without a point."""
    text = repr(value)
    return text[:-2] if text.endswith(".0") else text
