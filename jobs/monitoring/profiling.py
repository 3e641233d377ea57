"""The profiles of all columns of one or many files, in one pass over them.

A column in which a text turns up after numbers is gone through again, alone: in a column of texts, a number
is a text as it was written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from millkit import dataset
from millkit.errors import DataError
from millkit.table import Table

from jobs.monitoring import csv_blocks, records
from jobs.monitoring.column_profile import Profile
from jobs.monitoring.csv_blocks import Block, Texts

Blocks = Callable[[Collection[str], Collection[str]], Iterator[Block]]


class Profiles:
    """One profile for each column, and the number of rows. A column that comes late was missing before."""

    def __init__(self, as_text: Collection[str] = ()) -> None:
        self.rows = 0
        self.columns: dict[str, Profile] = {}
        self._as_text = as_text

    def add(self, block: Block) -> None:
        for name, cells in block.columns.items():
            profile = self.columns.get(name)
            if profile is None:
                profile = self.columns[name] = Profile(name, as_text=name in self._as_text)
                profile.add_missing(self.rows)
            profile.add_missing(cells.missing)
            if isinstance(cells, Texts):
                profile.add_texts(list(cells.counts), list(cells.counts.values()))
            else:
                profile.add_numbers(cells.values)
        for name in self.columns.keys() - block.columns.keys():
            self.columns[name].add_missing(block.rows)
        self.rows += block.rows

    def statistics(self) -> dict[str, Any]:
        """statistics.json of Model Monitor."""
        features = [profile.statistics() for profile in self.columns.values()]
        return {"version": 0.0, "dataset": {"item_count": self.rows}, "features": features}

    def write(self, path: Path) -> None:
        """Without indentation: the sketches hold thousands of numbers."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.statistics(), ensure_ascii=False) + "\n", encoding="utf-8")

    def line(self) -> dict[str, Any]:
        """What the log tells of them; of a column with too many different texts, that they were not kept."""
        capped = [name for name, profile in self.columns.items() if profile.is_capped]
        told = {"rows": self.rows, "features": len(self.columns)}
        return {**told, "too_many_texts": capped} if capped else told


def open_tables(folder: Path, *, must_agree: bool) -> list[tuple[Path, Table]]:
    """The folder's CSV files by name.

    Raises:
        DataError: there is none, or one is empty, or has no proper header, or not the columns it should have.
    """
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and dataset.is_table(path.name))
    if not paths:
        raise DataError(str(folder), "holds no file that ends in .csv", "give one or more")
    tables = [(path, Table(path, str(path.relative_to(folder)))) for path in paths]
    for _, table in tables[1:]:
        if must_agree:
            dataset.check_same_columns(tables[0][1], table)
    return tables


def of_tables(
    tables: Sequence[tuple[Path, Table]], *, remedy: str, as_text: Collection[str] = ()
) -> Profiles:
    """The columns `as_text` are of texts even where each cell is a number.

    Raises:
        DataError: there is no row, for which `remedy` tells what to do, or a fault in a file.
    """

    def blocks(as_text: Collection[str], only: Collection[str]) -> Iterator[Block]:
        for path, table in tables:
            wanted = set(only).intersection(table.columns) or table.columns[:1]
            yield from csv_blocks.read(path, table, as_text, wanted if only else ())

    found = _gather(blocks, as_text)
    if not found.rows:
        raise DataError(tables[0][1].name, "has a header but no data rows", remedy)
    return found


def of_records(paths: Sequence[Path], prediction_name: str, as_text: Collection[str] = ()) -> Profiles:
    """Raises: DataError: there is no record, or a line is none."""
    found = _gather(lambda as_text, _: records.blocks(paths, prediction_name, as_text), as_text)
    if not found.rows:
        raise DataError(paths[0].name, "holds no record", "give records to compare")
    return found


def _gather(blocks: Blocks, as_text: Collection[str]) -> Profiles:
    found = Profiles(as_text)
    for block in blocks(as_text, ()):
        found.add(block)
    late = {name for name, profile in found.columns.items() if profile.must_recount}
    if late:
        again = Profiles(late)
        for block in blocks(late, late):
            again.add(block)
        found.columns.update({name: again.columns[name] for name in late})
    return found
