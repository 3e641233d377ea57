"""The parts in which rows go to a model, and as text around it: two files of the same rows, in one order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import pyarrow as pa

from jobs.tabular.block_encoding import lines

QUOTED = re.compile(r'[,"\r\n]')


class Raw(NamedTuple):
    """One part as text: its header, and its batches (row numbers, records)."""

    header: str
    batches: Iterator[tuple[Any, Any]]


class Parts:
    """Writes <folder>/rows/part-<n>.csv and <folder>/raw/part-<n>.arrow, at most so many rows in one.

    A part has one header: it never holds rows of files with different columns.
    """

    def __init__(self, folder: Path, rows_per_part: int) -> None:
        self.count = 0
        self._folder = folder
        self._most = rows_per_part
        self._header: str | None = None
        self._room = 0
        self._rows: Any = None
        self._raw: Any = None

    def __enter__(self) -> Parts:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def add(self, header: str, numbers: Any, records: Any, texts: list[Any]) -> None:
        """Rows as Arrow arrays: row numbers, records, and each column's features as text."""
        start = 0
        while start < len(numbers):
            if not self._room or header != self._header:
                self._open(header)
            size = min(self._room, len(numbers) - start)
            row = numbers.slice(start, size)
            self._rows.write(lines([row.cast(pa.string()), *(text.slice(start, size) for text in texts)]))
            self._raw.write_batch(pa.record_batch([row, records.slice(start, size)], names=["row", "record"]))
            self._room -= size
            start += size

    def _open(self, header: str) -> None:
        self._close()
        name = f"part-{self.count:05}"
        for kind in ("rows", "raw"):
            (self._folder / kind).mkdir(parents=True, exist_ok=True)
        self._rows = (self._folder / "rows" / f"{name}.csv").open("wb")
        schema = pa.schema([("row", pa.int64()), ("record", pa.string())], metadata={"header": header})
        self._raw = pa.ipc.new_stream(str(self._folder / "raw" / f"{name}.arrow"), schema)
        self._header, self._room, self.count = header, self._most, self.count + 1

    def _close(self) -> None:
        for file in (self._rows, self._raw):
            if file is not None:
                file.close()


def read_raw(path: Path) -> Raw:
    reader = pa.ipc.open_stream(pa.memory_map(str(path)))
    batches = ((batch.column(0), batch.column(1)) for batch in reader)
    return Raw(reader.schema.metadata[b"header"].decode(), batches)


def record(cells: Iterable[str]) -> str:
    """The cells as a row of CSV, without an end."""
    return ",".join(_quoted(cell) if QUOTED.search(cell) else cell for cell in cells)


def _quoted(cell: str) -> str:
    doubled = cell.replace('"', '""')
    return f'"{doubled}"'
