"""A data set: the CSV files that one training takes together, and what must hold of them.

Whoever reads the files, whole or only their heads, refuses the same things in the same words.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from millkit.errors import DataError
from millkit.features import is_missing, number
from millkit.table import Row, Table

MAX_SHOWN = 60
MAX_NAMES = 20


def is_table(name: str) -> bool:
    """Whether a file of this name belongs to the data set; others may lie beside it."""
    return name.lower().endswith(".csv")


def no_tables(names: list[str], where: str) -> DataError:
    """None of these files, which lie at `where`, belongs to a data set."""
    more = ["and more"] if len(names) > MAX_NAMES else []
    shown = ", ".join([*names[:MAX_NAMES], *more]) or where
    return DataError(shown, "there is no file that ends in .csv", "upload CSV files")


def check_names(table: Table, target: str, named: Iterable[str] = ()) -> None:
    """Raises: DataError: the target, or a column that the use case names, is not among the columns."""
    for name in (target, *named):
        if name not in table.columns:
            close = difflib.get_close_matches(name, table.columns, 1, cutoff=0.5)
            hint = f" (did you mean {close[0]}?)" if close else ""
            shown = ", ".join(table.columns[:MAX_NAMES])
            word = "the target column" if name == target else "the column, which the use case names,"
            raise DataError(
                table.name, f"{word} is not there{hint}", f"the file has {shown}", row=1, column=name
            )
    if len(table.columns) == 1:
        raise DataError(
            table.name, "is the only column", "add columns to predict it from", row=1, column=target
        )


def check_same_columns(first: Table, table: Table) -> None:
    """Raises: DataError: a column of one of the two is not in the other one."""
    for name in sorted(set(first.columns) ^ set(table.columns)):
        what = f"is not in {first.name}" if name in table.columns else f"is not here, but in {first.name}"
        raise DataError(table.name, what, "give all files the same columns", row=1, column=name)


def check_has_rows(table: Table, rows: int) -> None:
    """Raises: DataError: the whole file has no data row."""
    if not rows:
        raise DataError(table.name, "has a header but no data rows", "upload a file with data rows", row=2)


def check_several_rows(first: Table, rows: int) -> None:
    """Raises: DataError: all files together have a single data row."""
    if rows == 1:
        what = "is the only row; it cannot be split into train, validation and test rows"
        raise DataError(first.name, what, "give more rows, 50 or more", row=2)


def check_formulas(table: Table, row: Row) -> None:
    """Raises: DataError: a cell is a spreadsheet's formula instead of its value."""
    for name, cell in zip(table.columns, row.cells):
        if cell.startswith("="):
            what = f"holds a formula, {cell[:MAX_SHOWN]!r}"
            remedy = "export values, not formulas"
            raise DataError(table.name, what, remedy, row=row.number, column=name)


def check_target_cell(table: Table, row: Row, target: str) -> None:
    """Raises: DataError: there is no number to learn from."""
    cell = row.cells[table.columns.index(target)]
    if number(cell) is None:
        wrong = target_missing if is_missing(cell) else not_a_number
        raise wrong(table.name, row.number, target, cell)


def not_a_number(file: str, row: int, column: str, cell: str) -> DataError:
    what = f"{cell[:MAX_SHOWN]!r} is not a number"
    return DataError(
        file, what, "mend the cell, or leave it empty if it is not known", row=row, column=column
    )


def target_missing(file: str, row: int, column: str, _cell: str = "") -> DataError:
    what = "is missing, and it is the target"
    return DataError(file, what, "fill it in or delete the row", row=row, column=column)
