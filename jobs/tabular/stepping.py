"""Steps that a use case adds before and after the model: jobs/tabular/steps/<name>.py, chosen by name.

A step has one or both of these, each a generator over rows as dicts of texts by column:
    before(rows)   rows as uploaded -> rows as the model's features are made of them
    after(rows)    rows with their `prediction` -> rows as they are handed out
It yields one row for each that it is given, in their order, all with the same columns, and looks at no other
row: rows come in blocks of any size. Training and scoring with the same `before` see the same columns.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from millkit.errors import DataError
from millkit.table import Row, Table

NONE = "none"
AS_TRAINED = "as_trained"
BEFORE, AFTER = "before", "after"
ROWS_AT_A_TIME = 10_000
Cells = dict[str, str]
Step = Callable[[Iterable[Cells]], Iterator[Cells]]


def names() -> list[str]:
    return sorted(path.stem for path in (Path(__file__).parent / "steps").glob("[a-z]*.py"))


def load(name: str, hook: str) -> Step | None:
    """The step's `before` or `after`; None of the step "none".

    Raises:
        DataError: there is no such step, or it lacks the hook.
    """
    if name == NONE:
        return None
    if name not in names():
        raise DataError(f"step {name!r}", "is not known", f"give {', '.join([NONE, *names()])}")
    step = getattr(importlib.import_module(f"jobs.tabular.steps.{name}"), hook, None)
    if step is None:
        raise DataError(f"step {name!r}", f"has no function {hook}", "write it, or give another step")
    return checked(name, step)


def checked(name: str, step: Any) -> Step:
    """The step, held to its contract."""

    def run(rows: Iterable[Cells]) -> Iterator[Cells]:
        given = list(rows)
        made: list[Cells] = list(step(dict(row) for row in given))
        if len(made) != len(given):
            raise DataError(f"step {name!r}", f"made {len(made)} rows of {len(given)}", "yield one for each")
        for row in made:
            if list(row) != list(made[0]):
                what = f"gave one row the columns {', '.join(row)}, another one {', '.join(made[0])}"
                raise DataError(f"step {name!r}", what, "give all rows the same columns in the same order")
        return iter(made)

    return run


class SteppedTable(Table):
    """A table as a step leaves it; its rows keep their numbers."""

    def __init__(self, table: Table, step: Step) -> None:  # the table has read its header already
        self._table = table
        self._step = step
        self.name = table.name
        self.is_cut = table.is_cut
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
        made = self._step(dict(zip(self._table.columns, row.cells)) for row in given)
        return [(row.number, cells) for row, cells in zip(given, made)]
