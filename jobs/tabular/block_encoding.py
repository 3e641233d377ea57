"""Rows to a model's numbers, a block at a time: what millkit.features.Encoder does row by row."""

from __future__ import annotations

from itertools import product
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from millkit.features import CATEGORICAL, MISSING, Column, Encoder, is_missing, number, shortest

MAX_SHOWN = 60
SPELLINGS = pa.array(
    sorted({"".join(cases) for word in MISSING for cases in product(*((c, c.upper()) for c in word))})
)


class Encoded(NamedTuple):
    """`texts`: each column's features as they stand in a line, with commas between; none of a column that
    became no feature. `wrong` has for each row that is no row for the model the reason.
    """

    texts: list[Any]
    missing: dict[str, Any]
    unseen: dict[str, int]
    wrong: dict[int, str]


class BlockEncoder:
    def __init__(self, encoder: Encoder) -> None:
        self.columns = encoder.columns
        self.names = [column.name for column in encoder.columns]
        self._lines = {
            column.name: _category_lines(column) for column in self.columns if column.kind == CATEGORICAL
        }

    def encode(self, columns: dict[str, Any]) -> Encoded:
        """Raw cells by column, equally long Arrow arrays of texts. `missing` has a mask for each column."""
        encoded = Encoded([], {}, {}, {})
        for column in self.columns:
            cells = pc.utf8_trim_whitespace(columns[column.name])
            is_absent = pc.is_in(cells, value_set=SPELLINGS)
            encoded.missing[column.name] = is_absent
            if column.kind == CATEGORICAL:
                self._category(column, cells, is_absent, encoded)
            else:
                encoded.texts.append(_number(column, cells, is_absent, encoded.wrong))
        return encoded

    def _category(self, column: Column, cells: Any, is_absent: Any, encoded: Encoded) -> None:
        known = pa.array(list(column.categories), pa.string())
        place = pc.index_in(cells, value_set=known)
        unseen = pc.sum(pc.and_(pc.is_null(place), pc.invert(is_absent))).as_py() or 0
        if unseen:
            encoded.unseen[column.name] = unseen
        if column.categories:
            at = pc.fill_null(place, len(column.categories))
            encoded.texts.append(self._lines[column.name].take(at))


def _category_lines(column: Column) -> Any:
    """The features of each category, and behind them those of a cell that is none of them."""
    return pa.array([",".join(column.encode(value)) for value in (*column.categories, "")], pa.string())


def _number(column: Column, cells: Any, is_absent: Any, wrong: dict[int, str]) -> Any:
    median = shortest(column.median or 0.0)
    try:
        values = pc.cast(pc.if_else(is_absent, median, cells), pa.float64())
        if pc.all(pc.is_finite(values)).as_py() is not False:
            return pc.if_else(is_absent, median, cells)
    except pa.ArrowInvalid:
        pass
    return pa.array(
        [_one_number(column.name, cell, median, row, wrong) for row, cell in enumerate(cells.to_pylist())],
        pa.string(),
    )


def _one_number(name: str, cell: str, median: str, row: int, wrong: dict[int, str]) -> str:
    value = number(cell)
    if value is not None:
        return shortest(value)
    if not is_missing(cell):
        wrong.setdefault(row, f"column {name}: {cell[:MAX_SHOWN]!r} is not a number")
    return median


def lines(parts: list[Any]) -> memoryview:
    """The parts of each row with commas between, a line a row. They are arrays of texts, or one text."""
    rows = pc.binary_join_element_wise(*parts, ",")
    ended = pc.binary_join_element_wise(rows, "", "\n")
    _, offsets, data = ended.buffers()
    first, last = np.frombuffer(offsets, dtype=np.int32)[[ended.offset, ended.offset + len(ended)]]
    return memoryview(data)[first:last] if data is not None else memoryview(b"")
