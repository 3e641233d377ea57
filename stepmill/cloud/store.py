"""The cloud's SQLite file: one writer at a time, readers beside it."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class Store:
    """Rows that survive a restart and a kill -9 of the process (WAL; a power cut may lose the last writes).

    A transaction begun inside another one of the same thread is a savepoint of it, and what `query`
    reads inside a transaction includes its writes.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._owner: int | None = None
        self._depth = 0
        self._writer = self._connect()
        self._writer.execute("pragma journal_mode=wal")
        path.chmod(0o600)
        self._readers = threading.local()
        self._open: list[sqlite3.Connection] = [self._writer]
        self._open_lock = threading.Lock()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Everything done on the connection is committed together, or undone when the block raises."""
        with self._lock:
            begin, end, undo = self._statements(self._depth)
            self._writer.execute(begin)
            self._depth += 1
            self._owner = threading.get_ident()
            try:
                yield self._writer
                self._writer.execute(end)
            except BaseException:
                for statement in undo:
                    self._writer.execute(statement)
                raise
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._owner = None

    def query(self, sql: str, args: Sequence[Any] = ()) -> list[sqlite3.Row]:
        if self._owner == threading.get_ident():
            return self._writer.execute(sql, args).fetchall()
        return self._reader().execute(sql, args).fetchall()

    def apply_schema(self, sql: str) -> None:
        """Run `create table if not exists …` statements."""
        with self._lock:
            self._writer.executescript(sql)

    def close(self) -> None:
        with self._lock, self._open_lock:
            for connection in self._open:
                connection.close()
            self._open.clear()

    @staticmethod
    def _statements(depth: int) -> tuple[str, str, list[str]]:
        if depth == 0:
            return "begin immediate", "commit", ["rollback"]
        name = f"inner_{depth}"
        return f"savepoint {name}", f"release {name}", [f"rollback to {name}", f"release {name}"]

    def _reader(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._readers, "connection", None)
        if connection is None:
            with self._open_lock:
                if not self._open:
                    raise sqlite3.ProgrammingError("The store is closed")
                connection = self._readers.connection = self._connect()
                self._open.append(connection)
        return connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=30, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.execute("pragma synchronous=normal")
        connection.execute("pragma foreign_keys=on")
        return connection
