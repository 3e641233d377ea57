"""Errors that a person can act on: `<where>: <what is wrong, with the value>; <what to do>`."""

from __future__ import annotations


class MillError(Exception):
    """Base of all errors raised here. Functions let them out by name, so a machine can catch each one."""


class DataError(MillError):
    """Data that a person must mend.

    Rows are counted as a spreadsheet shows them: the header is row 1, the first car row 2.
    """

    def __init__(
        self, file: str, what: str, remedy: str, *, row: int | None = None, column: str | None = None
    ) -> None:
        spots = [f"row {row}"] if row is not None else []
        spots += [f"column {column}"] if column is not None else []
        where = f"{file}: {', '.join(spots)}" if spots else file
        super().__init__(" ".join(f"{where}: {what}; {remedy}".split()))
        self.file = file
        self.row = row
        self.column = column
