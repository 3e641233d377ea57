"""From the rows of a request to what a model takes: its training's step, then the numbers of its columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from millkit import asked_rows
from millkit.asked_rows import MAX_ERRORS, Fault, RequestInvalid, Row
from millkit.errors import DataError
from millkit.features import CATEGORICAL, Column, Encoder
from millkit.steps import RowsRefused, Step


class Intake(NamedTuple):
    """How a model takes rows: through `before`, the step of that name, and `encoder`.

    `uploaded` are the columns that the step was given in training, of a model whose schema tells them.
    """

    encoder: Encoder
    step: str
    before: Step | None
    uploaded: tuple[str, ...] = ()

    @property
    def asked(self) -> tuple[Column, ...]:
        """What a request must have. Before a step any cell is a text, whatever the step makes of it."""
        if self.before is None:
            return self.encoder.columns
        names = self.uploaded or [column.name for column in self.encoder.columns]
        return tuple(Column(name, CATEGORICAL) for name in names)

    def gives_the_same(self, other: Intake) -> bool:
        """The same features, but for other medians."""
        return (self.step, self.encoder.feature_names) == (other.step, other.encoder.feature_names)

    def is_the_same(self, other: Intake) -> bool:
        return (self.step, self.encoder.columns) == (other.step, other.encoder.columns)

    def take(self, rows: Sequence[Row]) -> Sequence[Row]:
        """The rows as the encoder takes them.

        Raises:
            RequestInvalid: the step fails on rows, or leaves a text where the model takes a number.
            DataError: the step gives what no step gives, or not the model's columns.
        """
        if self.before is None:
            return rows
        for column in self.asked:
            if column.name not in rows[0]:
                raise DataError(
                    f"step {self.step!r}", "is given no such column", "send it", column=column.name
                )
        try:
            made = self.before(rows)
        except RowsRefused as refused:
            found = [
                (place, f"the step {self.step!r} failed on it ({why})")
                for place, why in refused.reasons.items()
            ]
            raise RequestInvalid([Fault(what, place + 1) for place, what in found[:MAX_ERRORS]]) from refused
        lost = [column.name for column in self.encoder.columns if column.name not in made[0]]
        if lost:
            raise DataError(
                f"step {self.step!r}", "gave no such column", "train anew with it", column=lost[0]
            )
        faults = [
            Fault(f"{what}, as the step {self.step!r} has left it", place, column.name)
            for place, row in enumerate(made, 1)
            for column in self.encoder.columns
            if (what := asked_rows.fault(row[column.name], column))
        ]
        if faults:
            raise RequestInvalid(faults[:MAX_ERRORS])
        return made

    def plain(self, taken: Sequence[Row], columns: Sequence[Column]) -> list[dict[str, Any]]:
        """Taken rows as they are recorded; `columns` are those of the request."""
        known = {column.name: column for column in (*columns, *self.encoder.columns)}
        kept = [known.get(name) or Column(name, CATEGORICAL) for name in taken[0]]
        return [asked_rows.plain(row, kept) for row in taken]
