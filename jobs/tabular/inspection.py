"""What kind each column is, and whether its cells are fit for training: one pass before any work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from millkit import dataset
from millkit.errors import DataError
from millkit.features import CATEGORICAL, NUMERIC, is_missing, number
from millkit.table import Table


@dataclass
class Seen:
    """One column's cells so far. `first_*` is where the first cell of a kind is: (file, row[, text])."""

    numbers: int = 0
    texts: int = 0
    missing: int = 0
    first_text: tuple[str, int, str] | None = None
    first_missing: tuple[str, int] | None = None

    def add(self, cell: str, file: str, row: int) -> None:
        if number(cell) is not None:
            self.numbers += 1
        elif is_missing(cell):
            self.missing += 1
            self.first_missing = self.first_missing or (file, row)
        else:
            self.texts += 1
            self.first_text = self.first_text or (file, row, cell)


def inspect(
    tables: Sequence[Table], target: str, given: Mapping[str, str], max_missing_fraction: float
) -> dict[str, str]:
    """Column name to `numeric` or `categorical`, in the first file's order.

    A column that nobody gave a kind is numeric when it has more numbers than texts: then a text in it is a
    mistake and no category.

    Raises:
        DataError: the first fault found, with file, row and column.
    """
    dataset.check_names(tables[0], target, given)
    seen = _look(tables)
    kinds = {name: given.get(name) or _inferred(seen[name]) for name in seen}
    _check_target(seen[target], kinds[target], tables, target)
    for name, column in seen.items():
        if kinds[name] == NUMERIC:
            _check_numbers(column, name)
        _check_missing(column, name, max_missing_fraction)
    return kinds


def _look(tables: Sequence[Table]) -> dict[str, Seen]:
    seen = {name: Seen() for name in tables[0].columns}
    rows = 0
    for table in tables:
        columns = [seen[name] for name in table.columns]
        before = rows
        for row in table.rows():
            rows += 1
            dataset.check_formulas(table, row)
            for column, cell in zip(columns, row.cells):
                column.add(cell, table.name, row.number)
        dataset.check_has_rows(table, rows - before)
    dataset.check_several_rows(tables[0], rows)
    return seen


def _inferred(column: Seen) -> str:
    return NUMERIC if column.numbers > column.texts else CATEGORICAL


def _check_target(column: Seen, kind: str, tables: Sequence[Table], target: str) -> None:
    if kind == CATEGORICAL and not column.texts:
        raise DataError(
            tables[0].name, "is the target but is said to be categorical", "say numeric", column=target
        )
    _check_numbers(column, target)
    if column.first_missing:
        raise dataset.target_missing(*column.first_missing, target)


def _check_numbers(column: Seen, name: str) -> None:
    if column.first_text:
        file, row, cell = column.first_text
        raise dataset.not_a_number(file, row, name, cell)


def _check_missing(column: Seen, name: str, max_missing_fraction: float) -> None:
    total = column.numbers + column.texts + column.missing
    if column.first_missing is None:
        return
    where, row = column.first_missing
    if column.missing == total:
        raise DataError(where, "has no value at all", "take the column out of the file", row=row, column=name)
    if column.missing / total > max_missing_fraction:
        what = (
            f"is missing here and in {column.missing} of {total} rows in all ({column.missing / total:.1%}), "
            f"more than {max_missing_fraction:.1%}"
        )
        raise DataError(where, what, "fill the cells or raise max_missing_fraction", row=row, column=name)
