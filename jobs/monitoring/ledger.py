"""Which inference ids are known: sorted digests of 16 bytes, one file a window for what was asked and judged.

A window holds its own ids and those of the days around a record's; older ones are read one file at a time.
"""

from __future__ import annotations

import hashlib
import sqlite3
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from millkit import storage
from millkit.windows import Layout

WIDTH = 16
CACHE_KB = 16_384
ASKED, JUDGED = "asked", "judged"


def digest(inference_id: str) -> bytes:
    return hashlib.blake2b(inference_id.encode("utf-8", "surrogatepass"), digest_size=WIDTH).digest()


class Ids:
    """A set of ids in one run of bytes."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __contains__(self, wanted: bytes) -> bool:
        low, high = 0, len(self._content) // WIDTH
        while low < high:
            middle = (low + high) // 2
            here = self._content[middle * WIDTH : (middle + 1) * WIDTH]
            if here == wanted:
                return True
            low, high = (middle + 1, high) if here < wanted else (low, middle)
        return False


class Growing:
    """Ids of a window in the making, in a temporary file: millions of them take no more memory than a few."""

    def __init__(self) -> None:
        self._file = sqlite3.connect("")  # a file of its own, which is gone with the connection
        self._file.execute(f"PRAGMA cache_size = -{CACHE_KB}")
        self._file.execute("PRAGMA journal_mode = OFF")
        self._file.execute("CREATE TABLE ids (id BLOB PRIMARY KEY) WITHOUT ROWID")

    def add(self, one: bytes) -> bool:
        """Whether it is new."""
        return self._file.execute("INSERT OR IGNORE INTO ids VALUES (?)", (one,)).rowcount == 1

    def __iter__(self) -> Iterator[bytes]:
        """In order."""
        for (one,) in self._file.execute("SELECT id FROM ids ORDER BY id"):
            yield one

    def close(self) -> None:
        self._file.close()


class Ledger:
    """Ids of committed windows. days: day of event -> the windows that have records of it."""

    def __init__(self, s3: Any, layout: Layout, days: dict[str, list[int]]) -> None:
        self._s3 = s3
        self._layout = layout
        self.days = days
        self._near: dict[int, Ids] = {}

    def has(self, inference_id: str, day: str) -> bool:
        """Whether a window has a record of that id, of that day or the day before or after."""
        wanted = digest(inference_id)
        return any(
            wanted in self._asked(window) for name in _around(day) for window in self.days.get(name, [])
        )

    def _asked(self, window: int) -> Ids:
        if window not in self._near:
            self._near[window] = self.read(window, ASKED)
        return self._near[window]

    def read(self, window: int, kind: str) -> Ids:
        try:
            return Ids(storage.open_object(self._s3, self._layout.place(_name(window, kind))).stream.read())
        except storage.ObjectMissing:
            return Ids(b"")

    def write(self, window: int, kind: str, found: Growing) -> None:
        place = self._layout.place(_name(window, kind))
        with tempfile.TemporaryFile() as file:
            file.writelines(found)
            size_bytes = file.tell()
            file.seek(0)
            self._s3.put_object(Bucket=place.bucket, Key=place.key, Body=file, ContentLength=size_bytes)
        found.close()


def _name(window: int, kind: str) -> str:
    return f"ids/window={window}/{kind}.bin"


def _around(day: str) -> Iterator[str]:
    try:
        middle = date.fromisoformat(day)
    except ValueError:
        yield day
        return
    for back in (-1, 0, 1):
        yield (middle + timedelta(back)).isoformat()
