"""A CSV file read row by row, every fault of its form reported with file, row and column.

Accepted is what RFC 4180 says: UTF-8, commas, one header row, quotes doubled inside quotes, one kind of line
end. Nothing is repaired by guessing: a row that would shift its cells is an error. Memory stays at one row,
however long the file is.

Of a file that is too long to be fetched for a look, a head does: its first bytes, of which the rows that are
whole are read.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from millkit.errors import DataError

MAX_LINE_BYTES = 1024 * 1024
OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}
BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "UTF-8", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


class Row(NamedTuple):
    """`number` counts the header as 1."""

    number: int
    cells: list[str]


class Head(NamedTuple):
    """The first bytes of a file, and whether it has more."""

    content: bytes
    is_cut: bool


class _HeadEnds(Exception):
    """What follows, perhaps the rest of a row, is not in the head."""


class Table:
    """One CSV file. `columns` is its header; `rows()` can be walked again and again."""

    def __init__(self, source: Path | Head, name: str = "") -> None:
        """Read and check the header; messages name the file `name`, else by its own name.

        Raises:
            DataError: the file is empty, has no proper header, or is not comma-separated UTF-8.
        """
        self._source = source
        self.name = name or (source.name if isinstance(source, Path) else "")
        self.is_cut = isinstance(source, Head) and source.is_cut
        header = next(self._records(), None)
        if header is None:
            raise DataError(self.name, "is empty", "upload a file with a header row and data rows", row=1)
        self.columns = header.cells
        self._check_header()

    def rows(self) -> Iterator[Row]:
        """Each data row, with exactly one cell for each column.

        Raises:
            DataError: a row is ragged, or the file's bytes are not as they should be.
        """
        records = self._records()
        next(records)
        width = len(self.columns)
        for row in records:
            if len(row.cells) != width:
                raise DataError(
                    self.name,
                    f"has {len(row.cells)} cells where the header has {width} columns",
                    "mend the row; quote a cell that holds a comma",
                    row=row.number,
                )
            yield row

    def _records(self) -> Iterator[Row]:
        with self._open() as file:
            reader = csv.reader(_lines(file, self.name, self.is_cut), strict=True)
            number, is_there = 0, False
            while True:
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except _HeadEnds:
                    if not is_there:
                        raise _too_long(self.name, number + 1) from None
                    return
                except csv.Error as wrong:
                    raise DataError(
                        self.name,
                        f"has broken quotes ({wrong})",
                        "close each quote, and double quotes inside quotes",
                        row=number + 1,
                    ) from wrong
                number += 1
                if cells:  # a blank line has none
                    is_there = True
                    yield Row(number, cells)

    def _open(self) -> BinaryIO:
        source = self._source
        return io.BytesIO(source.content) if isinstance(source, Head) else source.open("rb")

    def _check_header(self) -> None:
        for delimiter, word in OTHER_DELIMITERS.items():
            if len(self.columns) == 1 and delimiter in self.columns[0]:
                first = self.columns[0].partition(delimiter)[0]
                what = f"is separated by {word}"
                raise DataError(self.name, what, "save it comma-separated", row=1, column=first)
        for position, name in enumerate(self.columns, 1):
            if not name.strip():
                what = f"the header of column number {position} is empty"
                raise DataError(self.name, what, "give each column a name", row=1)
            if self.columns.index(name) != position - 1:
                what = f"is there twice, as number {self.columns.index(name) + 1} and {position}"
                raise DataError(self.name, what, "give each column a name of its own", row=1, column=name)


def _lines(file: BinaryIO, name: str, is_cut: bool) -> Iterator[str]:
    """The lines as text, their ends kept; a cell in quotes may hold line breaks of any kind.

    Raises:
        _HeadEnds: after the last whole line of a file that is cut.
    """
    first_end = b""
    is_quoted = False
    number = 0
    while line := file.readline(MAX_LINE_BYTES + 1):
        number += 1
        if number == 1:
            _check_mark(line, name)
        if b"\0" in line:
            raise DataError(name, "holds a NUL byte", "save the file again as plain text", row=number)
        if len(line) > MAX_LINE_BYTES:
            raise _too_long(name, number)
        if is_cut and not line.endswith(b"\n"):
            break
        is_quoted ^= line.count(b'"') % 2 == 1
        if not is_quoted:
            first_end = _check_end(line, first_end, name, number)
        try:
            yield line.decode("utf-8")
        except UnicodeDecodeError as wrong:
            what = f"is not UTF-8 (byte {wrong.start + 1} of the line is 0x{line[wrong.start]:02x})"
            raise DataError(name, what, "save the file as UTF-8", row=number) from wrong
    if is_cut:
        raise _HeadEnds


def _too_long(name: str, row: int) -> DataError:
    return DataError(
        name, f"is longer than {MAX_LINE_BYTES} bytes", "check its quotes and line ends", row=row
    )


def _check_mark(line: bytes, name: str) -> None:
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if line.startswith(mark):
            what = f"starts with a byte order mark ({encoding})"
            marked = "utf-8-sig" if encoding == "UTF-8" else encoding
            first = line.decode(marked, "replace").partition(",")[0].strip() or "1"
            remedy = "save the file as UTF-8 without a byte order mark"
            raise DataError(name, what, remedy, row=1, column=first)


def _check_end(line: bytes, first_end: bytes, name: str, number: int) -> bytes:
    """How the file's lines end, learnt from its first line."""
    end = b"\r\n" if line.endswith(b"\r\n") else b"\n" if line.endswith(b"\n") else b""
    first_end = first_end or end
    if b"\r" in line[: len(line) - len(end)]:
        end = b"\r"
    if end and end != first_end:
        words = {b"\r\n": "CR LF", b"\n": "LF", b"\r": "CR"}
        before = f" after {words[first_end]}" if first_end else ""
        what = f"ends a line with {words[end]}{before}"
        raise DataError(name, what, "save the file with LF or CR LF, one of them throughout", row=number)
    return first_end
