"""A CSV file as blocks of columns, read once: by Arrow as long as all is plain, else by millkit.table.

Arrow reads only what both take the same way. A block in which something is not plain (a ragged row, a byte
that is no UTF-8, a quote inside a cell, mixed line ends) is left to the row-by-row reader with all that
follows it: that one names the place of a fault, or reads on where there is none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice, product
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from millkit.features import MISSING, is_missing, number
from millkit.table import Table
from pyarrow import csv

BLOCK_BYTES = 2 * 1024 * 1024
ROWS_FOR_A_GUESS = 200
ROWS_AT_A_TIME = 20_000
NULLS = sorted({"".join(cases) for word in MISSING for cases in product(*((c, c.upper()) for c in word))})
QUOTE_INSIDE = re.compile(rb'[^,\r\n"]"[^,\r\n"]')


class Numbers(NamedTuple):
    """A column's cells in one block, all of them finite numbers or missing."""

    values: Any
    missing: int


class Texts(NamedTuple):
    """A column's cells in one block, without blanks around them, counted; some may be numbers."""

    counts: Mapping[str, int]
    missing: int


class Block(NamedTuple):
    rows: int
    columns: dict[str, Numbers | Texts]


def read(
    path: Path, table: Table, as_text: Collection[str] = (), only: Collection[str] = ()
) -> Iterator[Block]:
    """The blocks of `table`, which is the file at `path`: of all columns, or `only` of some.

    The columns `as_text` are of texts even where each cell is a number.

    Raises:
        DataError: a row is ragged, or the file's bytes are not as they should be.
    """
    reader = _Reader(table, as_text, only)
    with path.open("rb") as file:
        for chunk in _chunks(file):
            block = reader.parse(chunk) if chunk else None
            if block is None:
                yield from _row_by_row(table, reader)
                return
            yield block


def counted(cells: Iterable[tuple[str | None, int]]) -> Texts:
    """Cells, each with how often it is there; one that is None or spelled as missing is missing."""
    counts: dict[str, int] = {}
    missing = 0
    for cell, count in cells:
        if cell is None or is_missing(cell):
            missing += count
        else:
            text = cell.strip()
            counts[text] = counts.get(text, 0) + count
    return Texts(counts, missing)


class _Reader:
    """Parses one chunk after the other; knows which columns were found to hold texts."""

    def __init__(self, table: Table, as_text: Collection[str], only: Collection[str]) -> None:
        self._names = table.columns
        self.wanted = [name for name in table.columns if not only or name in only]
        self.rows = 0
        self._texts = set(as_text) | _guess_texts(table)
        self._is_first = True
        self._line_end = b""

    def parse(self, chunk: bytes) -> Block | None:
        """None: it is not plain."""
        if not self._is_plain(chunk):
            return None
        parsed = self._typed(chunk, self._texts)
        columns = None if parsed is None else self._columns(parsed)
        if columns is None:
            parsed = self._typed(chunk, set(self.wanted))
            if parsed is None:
                return None
            columns = self._columns(_cast(parsed, self._texts))
        assert columns is not None  # noqa: S101 - what was cast is finite
        self._texts |= {name for name, cells in columns.items() if isinstance(cells, Texts)}
        self._is_first = False
        self.rows += parsed.num_rows
        return Block(parsed.num_rows, columns)

    def _is_plain(self, chunk: bytes) -> bool:
        if b"\0" in chunk or (self._is_first and chunk[:1] in b"\r\n"):
            return False
        if b'"' in chunk and (chunk.count(b'"') % 2 or QUOTE_INSIDE.search(chunk)):
            return False
        line_end = b"\n" if b"\n" in chunk else self._line_end
        if b"\r" in chunk:
            line_end = b"\r\n"
            if not chunk.count(b"\r") == chunk.count(line_end) == chunk.count(b"\n"):
                return False
        self._line_end = self._line_end or line_end
        return line_end == self._line_end

    def _typed(self, chunk: bytes, texts: Collection[str]) -> Any:
        types = {name: pa.string() if name in texts else pa.float64() for name in self.wanted}
        try:
            return csv.read_csv(
                pa.BufferReader(chunk),
                read_options=csv.ReadOptions(
                    column_names=self._names,
                    skip_rows_after_names=int(self._is_first),
                    block_size=len(chunk) + 1,
                    use_threads=False,
                ),
                parse_options=csv.ParseOptions(newlines_in_values=b'"' in chunk),
                convert_options=csv.ConvertOptions(
                    column_types=types,
                    include_columns=self.wanted,
                    null_values=NULLS,
                    strings_can_be_null=True,
                ),
            )
        except pa.ArrowInvalid:
            return None

    def _columns(self, parsed: Any) -> dict[str, Numbers | Texts] | None:
        """None: among a column's numbers is one that is not finite, so that it was a text."""
        columns: dict[str, Numbers | Texts] = {}
        for name, column in zip(parsed.column_names, parsed.columns):
            if pa.types.is_string(column.type):
                pairs = pc.value_counts(column)
                columns[name] = counted(zip(pairs.field(0).to_pylist(), pairs.field(1).to_pylist()))
            else:
                missing = column.null_count
                values = (column.drop_null() if missing else column).to_numpy()
                if not np.isfinite(values).all():
                    return None
                columns[name] = Numbers(values, missing)
        return columns


def _cast(parsed: Any, texts: Collection[str]) -> Any:
    """Columns of texts become numbers where each cell is one, but for those known to hold texts."""
    for place, name in enumerate(parsed.column_names):
        if name not in texts:
            try:
                numbers = pc.cast(parsed.column(place), pa.float64())
            except pa.ArrowInvalid:
                continue
            if pc.all(pc.is_finite(numbers)).as_py() is not False:
                parsed = parsed.set_column(place, name, numbers)
    return parsed


def _guess_texts(table: Table) -> set[str]:
    """Columns that hold a text in the first rows. A wrong guess costs time, nothing else."""
    texts: set[str] = set()
    for row in islice(table.rows(), ROWS_FOR_A_GUESS):
        cells = zip(table.columns, row.cells)
        texts |= {name for name, cell in cells if number(cell) is None and not is_missing(cell)}
    return texts


def _chunks(file: BinaryIO) -> Iterator[bytes | None]:
    """Whole rows; None, and no more, for a row that does not end within a block."""
    rest = b""
    while data := file.read(BLOCK_BYTES):
        data = rest + data
        end = _end_of_rows(data)
        if not end and len(data) > BLOCK_BYTES:
            yield None
            return
        if end:
            yield data[:end]
        rest = data[end:]
    if rest:
        yield rest


def _end_of_rows(data: bytes) -> int:
    """Where the last whole row ends: after a line end that is in no quotes."""
    end = data.rfind(b"\n") + 1
    if b'"' not in data:
        return end
    is_quoted = data.count(b'"', 0, end) % 2
    while end and is_quoted:
        before = data.rfind(b"\n", 0, end - 1) + 1
        is_quoted ^= data.count(b'"', before, end) % 2
        end = before
    return end


def _row_by_row(table: Table, reader: _Reader) -> Iterator[Block]:
    """What the reader has not read, without Arrow."""
    rows = islice(table.rows(), reader.rows, None)
    while batch := list(islice(rows, ROWS_AT_A_TIME)):
        by_column = dict(zip(table.columns, zip(*(row.cells for row in batch))))
        yield Block(len(batch), {name: counted(Counter(by_column[name]).items()) for name in reader.wanted})
