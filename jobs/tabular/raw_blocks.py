"""A CSV file as blocks of rows, read once: whole blocks by Arrow, a block with a fault row by row.

A row that is corrupt is set apart with its number and the reason; the rows around it go on. Of a quote that
is never closed only the line that opens it is lost, for reading goes on with the next line. Memory holds a
block.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from millkit.table import MAX_LINE_BYTES, Table
from pyarrow import csv as arrow_csv

BLOCK_BYTES = 2 * 1024 * 1024
MAX_SHOWN = 60
QUOTE_INSIDE = re.compile(rb'[^,\r\n"]"[^,\r\n"]')
FORMULA = re.compile(rb'(?:^|[,\n"])=')


class Rejected(NamedTuple):
    """`number` counts the header as 1, as a spreadsheet does."""

    number: int
    reason: str


class Block(NamedTuple):
    """The rows of a part of the file that are whole: Arrow arrays of texts, all of one length.

    `records` are the rows as they were written, without their ends; `numbers` an int64 array.
    """

    numbers: Any
    records: Any
    columns: dict[str, Any]
    rejected: list[Rejected]


def read(path: Path, table: Table, only: Collection[str] = ()) -> Iterator[Block]:
    """The rows of `table`, which is the file at `path`; `columns` has all columns, or `only` some."""
    wanted = [name for name in table.columns if not only or name in only]
    with path.open("rb") as file:
        number = _pass_header(file)
        chunks = _Chunks(file)
        while chunk := chunks.take():
            block = _whole(chunk, number, table.columns, wanted)
            if block is not None:
                number += len(block.numbers)
                yield block
                continue
            rows = _Rows(chunk, chunks, number, len(table.columns))
            yield rows.block(table.columns, wanted)
            number = rows.number


class _Chunks:
    """Whole lines of a file, about BLOCK_BYTES at a time."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._rest = b""

    def take(self) -> bytes:
        """Nothing at the file's end. A line without an end gets one."""
        data, end = self._rest, 0
        while not end and len(data) <= MAX_LINE_BYTES and (more := self._file.read(BLOCK_BYTES)):
            data += more
            end = data.rfind(b"\n") + 1
        if not end:
            self._rest = b""
            return data + b"\n" if data else b""
        self._rest = data[end:]
        return data[:end]


def _pass_header(file: BinaryIO) -> int:
    """The number of the header's row; the file stands behind it. Table has read it already."""
    number, is_quoted = 0, False
    while line := file.readline():
        is_quoted ^= line.count(b'"') % 2 == 1
        if not is_quoted:
            number += 1
            if line.strip(b"\r\n"):
                break
    return number


def _whole(chunk: bytes, before: int, names: list[str], wanted: list[str]) -> Block | None:
    """The chunk's rows when each of its lines is a row without a fault; else None."""
    if b"\0" in chunk or (b"=" in chunk and FORMULA.search(chunk)):
        return None
    ends = np.flatnonzero(np.frombuffer(chunk, dtype=np.uint8) == 10)
    offsets = np.concatenate([[0], ends + 1]).astype(np.int32)
    lines = pa.StringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(chunk))
    try:
        lines.validate(full=True)  # of columns that Arrow is not asked for, too
        if b'"' in chunk and QUOTE_INSIDE.search(chunk):
            return None
        parsed = _parse(chunk, names, wanted)
    except pa.ArrowInvalid:
        return None
    if parsed.num_rows != len(ends):  # a row has several lines, a line several rows, or none
        return None
    numbers = np.arange(before + 1, before + 1 + len(ends), dtype=np.int64)
    columns = {name: parsed.column(name).combine_chunks() for name in wanted}
    return Block(numbers, pc.utf8_rtrim(lines, characters="\r\n"), columns, [])


def _parse(chunk: bytes, names: list[str], wanted: list[str]) -> Any:
    return arrow_csv.read_csv(
        pa.BufferReader(chunk),
        read_options=arrow_csv.ReadOptions(column_names=names, block_size=len(chunk) + 1, use_threads=False),
        parse_options=arrow_csv.ParseOptions(newlines_in_values=False),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(wanted, pa.string()), include_columns=wanted, strings_can_be_null=False
        ),
    )


class _Rows:
    """A chunk read row by row. `number` is the last row's."""

    def __init__(self, chunk: bytes, chunks: _Chunks, number: int, width: int) -> None:
        self._lines = _split(chunk)
        self._chunks = chunks
        self._width = width
        self.number = number

    def block(self, names: list[str], wanted: list[str]) -> Block:
        numbers: list[int] = []
        records: list[str] = []
        rows: list[list[str]] = []
        rejected: list[Rejected] = []
        at = 0
        while at < len(self._lines):
            self.number += 1
            found, taken = self._row(at)
            at += taken
            if isinstance(found, str):
                rejected.append(Rejected(self.number, found))
            elif found is not None:
                numbers.append(self.number)
                records.append(found[0])
                rows.append(found[1])
        places = {name: names.index(name) for name in wanted}
        columns = {
            name: pa.array([row[place] for row in rows], pa.string()) for name, place in places.items()
        }
        return Block(np.array(numbers, dtype=np.int64), pa.array(records, pa.string()), columns, rejected)

    def _row(self, at: int) -> tuple[tuple[str, list[str]] | str | None, int]:
        """(the row as text and cells, or what is wrong with it, or None of a blank line; lines taken)."""
        if not self._lines[at].strip(b"\r\n"):
            return None, 1
        record, taken = self._lines[at], 1
        is_quoted = record.count(b'"') % 2 == 1
        while is_quoted and len(record) <= MAX_LINE_BYTES:
            if at + taken == len(self._lines):
                more = self._chunks.take()
                if not more:
                    return "opens a quote that is never closed", 1
                self._lines += _split(more)
            line = self._lines[at + taken]
            record, taken = record + line, taken + 1
            is_quoted ^= line.count(b'"') % 2 == 1
        found = _cells(record.rstrip(b"\r\n"), self._width)
        return found, taken if isinstance(found, tuple) else 1


def _split(chunk: bytes) -> list[bytes]:
    return [line + b"\n" for line in chunk.split(b"\n")[:-1]]


def _cells(record: bytes, width: int) -> tuple[str, list[str]] | str:
    """The row as text and as cells, or what is wrong with it."""
    if len(record) > MAX_LINE_BYTES:
        return f"is longer than {MAX_LINE_BYTES} bytes"
    if b"\0" in record:
        return "holds a NUL byte"
    try:
        text = record.decode("utf-8")
        cells = next(csv.reader([text], strict=True))
    except UnicodeDecodeError as wrong:
        return f"is not UTF-8 (byte {wrong.start + 1} is 0x{record[wrong.start]:02x})"
    except csv.Error as wrong:
        return f"has broken quotes ({wrong})"
    if len(cells) != width:
        return f"has {len(cells)} cells where the header has {width} columns"
    for cell in cells:
        if cell.startswith("="):
            return f"holds a formula, {cell[:MAX_SHOWN]!r}"
    return text, cells
