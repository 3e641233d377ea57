"""One query in a DuckDB of its own: in memory, one thread, closed to all files but those of its tables."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import duckdb

from stepmill.cloud.services.athena import dialect
from stepmill.cloud.services.athena.readers import FILE, columns_of, select_from
from stepmill.cloud.services.athena.sources import QueryFailed, SourceFile
from stepmill.cloud.services.athena.tables import CATALOG
from stepmill.cloud.services.athena.types import UnknownType, duck_type, name_of, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

MEMORY = "1GB"
PATH = "$path"
ROWS_AT_ONCE = 5_000
CLOSED: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "temp_directory": "",
    "memory_limit": MEMORY,
    "threads": "1",
}
# Worded by DuckDB, named as Athena names them; the first that fits.
FAILURES = (
    (duckdb.OutOfMemoryException, "EXCEEDED_LOCAL_MEMORY_LIMIT"),
    (duckdb.ConversionException, "INVALID_CAST_ARGUMENT"),
    (duckdb.OutOfRangeException, "NUMERIC_VALUE_OUT_OF_RANGE"),
    (duckdb.CatalogException, "FUNCTION_NOT_FOUND"),
    (duckdb.BinderException, "SYNTAX_ERROR"),
    (duckdb.Error, "GENERIC_USER_ERROR"),
)

TableFiles = tuple[dict[str, Any], list[SourceFile]]


class Session:
    def __init__(self) -> None:
        self.connection = duckdb.connect(":memory:", config=CLOSED)
        self._lock = threading.Lock()
        self._is_open = True

    def close(self) -> None:
        with self._lock:
            self._is_open = False
        self.connection.close()

    def interrupt(self) -> None:
        """May be called from any thread, at any time."""
        with self._lock:
            if self._is_open:
                self.connection.interrupt()

    def prepare(
        self, tables: "Mapping[tuple[str, str], TableFiles]", database: str, *, with_path: bool
    ) -> None:
        """Make a view of each table, then close the door behind them. Raises: QueryFailed."""
        run = self.connection.execute
        run(f"attach ':memory:' as {CATALOG}")
        run(f"use {CATALOG}")
        for statement in dialect.statements():
            run(statement)
        paths: list[str] = []
        with failures():
            for number, ((schema, name), (table, files)) in enumerate(tables.items()):
                run(f"create schema if not exists {name_of(schema)}")
                self._view(
                    f"{name_of(schema)}.{name_of(name)}", f"files_{number}", table, files, with_path=with_path
                )
                paths += [str(file.path) for file in files]
        if database:
            run(f"create schema if not exists {name_of(database)}")
            place = f"{CATALOG}.{name_of(database)},{CATALOG}.main"
            run(f"set search_path = {text_of(place)}")
        run("set timezone = 'UTC'")
        run("set integer_division = true")
        run("set allowed_paths = [" + ", ".join(text_of(path) for path in paths) + "]")
        run("set enable_external_access = false")
        run("set lock_configuration = true")

    def _view(
        self, view: str, listing: str, table: dict[str, Any], files: list[SourceFile], *, with_path: bool
    ) -> None:
        """The rows of the files with the values of their partitions beside them."""
        keys = partition_keys(table)
        heads = [f"{name_of(name)} VARCHAR" for name, _ in keys]
        self.connection.execute(
            f"create table main.{listing} ({', '.join(['file VARCHAR', 'uri VARCHAR', *heads])})"
        )
        rows = [[str(file.path), file.uri, *file.values] for file in files]
        if rows:
            marks = ", ".join("?" for _ in rows[0])
            self.connection.executemany(f"insert into main.{listing} values ({marks})", rows)
        cells = [f"r.{name_of(name)}" for name, _ in columns_of(table)]
        cells += [f"cast(p.{name_of(name)} as {kind}) as {name_of(name)}" for name, kind in keys]
        cells += [f"p.uri as {name_of(PATH)}"] if with_path else []
        source = select_from(table, files)
        self.connection.execute(
            f"create view {view} as select {', '.join(cells)} from ({source}) as r "
            f"join {CATALOG}.main.{listing} as p on r.{name_of(FILE)} = p.file"
        )

    def describe(self, sql: str) -> list[tuple[str, str]]:
        """(name, DuckDB's type) of the columns of the result. Raises: QueryFailed."""
        with failures():
            found = self.connection.execute(f"describe {sql}").fetchall()
        return [(str(row[0]), str(row[1])) for row in found]

    def rows(self, sql: str, columns: list[tuple[str, str]]) -> Iterator[list[tuple[Any, ...]]]:
        """The result in batches; times with a zone come in UTC and without it. Raises: QueryFailed."""
        if any(kind == "TIMESTAMP WITH TIME ZONE" for _, kind in columns):
            names = [f"c{number}" for number in range(len(columns))]
            cells = [
                f"{name} at time zone 'UTC'" if kind == "TIMESTAMP WITH TIME ZONE" else name
                for name, (_, kind) in zip(names, columns, strict=True)
            ]
            sql = f"select {', '.join(cells)} from ({sql}) as q({', '.join(names)})"
        with failures():
            answer = self.connection.execute(sql)
            while batch := answer.fetchmany(ROWS_AT_ONCE):
                yield batch


def partition_keys(table: dict[str, Any]) -> list[tuple[str, str]]:
    """Raises: QueryFailed."""
    try:
        return [(key["Name"], duck_type(key.get("Type", "string"))) for key in table.get("PartitionKeys", [])]
    except UnknownType as error:
        raise QueryFailed(f"NOT_SUPPORTED: {table['Name']}: {error}") from None


@contextmanager
def failures() -> Iterator[None]:
    """DuckDB's errors as a query's. An interrupt is passed on: who asked for it knows why."""
    try:
        yield
    except duckdb.InterruptException:
        raise
    except duckdb.Error as error:
        word = next(word for kind, word in FAILURES if isinstance(error, kind))
        message = str(error).split("\n\nLINE", 1)[0].strip()
        raise QueryFailed(f"{word}: {message}") from None
