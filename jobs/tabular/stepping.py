"""The steps of jobs/tabular/steps in a job: see millkit.steps for what a step is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from millkit import steps
from millkit.errors import DataError
from millkit.steps import Cells, RowsRefused, Step
from millkit.table import Row, Table

STEPS = Path(__file__).parent / "steps"
ROWS_AT_A_TIME = 10_000


def load(name: str, hook: str) -> Step | None:
    """The step's `before` or `after`; None of the step "none". Raises: DataError."""
    return steps.load(STEPS, name, hook)


class SteppedTable(Table):
    """A table as a step leaves it; its rows keep their numbers. `uploaded` are the columns before it."""

    def __init__(self, table: Table, step: Step) -> None:  # the table has read its header already
        self._table = table
        self._step = step
        self.name = table.name
        self.is_cut = table.is_cut
        self.uploaded = table.columns
        head = self._made(islice(table.rows(), 1))
        self.columns = list(head[0][1]) if head else table.columns

    def rows(self) -> Iterator[Row]:
        rows = self._table.rows()
        while made := self._made(islice(rows, ROWS_AT_A_TIME)):
            for number, cells in made:
                if list(cells) != self.columns:
                    what = f"the step gave it the columns {', '.join(cells)}, not {', '.join(self.columns)}"
                    raise DataError(self.name, what, "give all rows the same columns", row=number)
                yield Row(number, list(cells.values()))

    def _made(self, rows: Iterable[Row]) -> list[tuple[int, Cells]]:
        given = list(rows)
        try:
            made = self._step(dict(zip(self._table.columns, row.cells)) for row in given)
        except RowsRefused as refused:
            place, reason = next(iter(refused.reasons.items()))
            what, number = f"the step failed on it ({reason})", given[place].number
            raise DataError(self.name, what, "mend the row, or the step", row=number) from refused
        return [(row.number, cells) for row, cells in zip(given, made)]
