"""What data that were scored were like: counts for people, and a line for each row that was not scored."""

from __future__ import annotations

import csv
from collections import Counter
from typing import Any, TextIO

import numpy as np

from jobs.tabular.block_encoding import Encoded


class Report:
    """`first` tells of the first rejected row; `last_number` is the highest row number so far."""

    def __init__(self, rejected: TextIO) -> None:
        """`rejected` is the open file of rejected rows."""
        self.kept = self.rejected = self.last_number = self.without_values = 0
        self.missing: Counter[str] = Counter()
        self.unseen: Counter[str] = Counter()
        self.added: set[str] = set()
        self.first = ""
        self._rejected = csv.writer(rejected, lineterminator="\n")
        self._rejected.writerow(["file", "row", "reason"])

    @property
    def rows(self) -> int:
        return self.kept + self.rejected

    def reject(self, file: str, row: int, reason: str) -> None:
        self.rejected += 1
        self.first = self.first or f"{file}: row {row}: {reason}"
        self._rejected.writerow([file, row, reason])

    def count(self, encoded: Encoded, keep: Any) -> None:
        """Rows that are kept; keep (N,) bool."""
        self.kept += int(keep.sum())
        masks = [mask.to_numpy(zero_copy_only=False) & keep for mask in encoded.missing.values()]
        for name, mask in zip(encoded.missing, masks):
            self.missing[name] += int(mask.sum())
        if masks and all(mask.any() for mask in masks):
            self.without_values += int(np.logical_and.reduce(masks).sum())
        self.unseen.update(encoded.unseen)

    def document(self) -> dict[str, Any]:
        return {
            "rows": self.rows,
            "scored": self.kept,
            "rejected": self.rejected,
            "columns_added": sorted(self.added),
            "unseen_categories": dict(self.unseen),
            "missing_cells": {name: count for name, count in self.missing.items() if count},
            "rows_without_values": self.without_values,
        }
