"""What anybody may read of the journal: committed things only, on a connection of its own."""

import sqlite3
from pathlib import Path
from threading import Lock
from typing import Any

from .errors import ExecutionDoesNotExist
from .execution import Execution
from .flow import Event
from .jsontext import loads

SELECT = """
select arn, machine_arn, executions.name as name, executions.status as status, input, output, error, cause,
  start_s, stop_s, role_arn, body, executions.id as id
  from executions join definitions on definitions.id = executions.definition"""


class Answers:
    """May be asked from any thread."""

    def __init__(self, path: Path) -> None:
        self._connection = connect(path)
        self._reading = Lock()

    def close(self) -> None:
        with self._reading:
            self._connection.close()

    def execution(self, arn: str) -> Execution:
        """Raises: ExecutionDoesNotExist."""
        rows = self._read(f"{SELECT} where arn = ?", (arn,))
        if not rows:
            raise ExecutionDoesNotExist(f"Execution Does Not Exist: '{arn}'")
        return read_execution(rows[0])

    def executions(self, machine_arn: str, status: str | None) -> list[Execution]:
        """Newest first."""
        held: dict[str, str] = {}  # many executions have one definition: it is held once
        sql = f"{SELECT} where machine_arn = ? and (? is null or status = ?) order by executions.id desc"
        with self._reading:
            rows = self._connection.execute(sql, (machine_arn, status, status))
            return [read_execution(row, held) for row in rows]

    def events(self, arn: str) -> list[Event]:
        sql = """select events.id, previous, at_s, type, events.name, data, more from events
          where execution = (select id from executions where arn = ?) order by events.id"""
        rows = [tuple(row) for row in self._read(sql, (arn,))]
        return [(*row[:6], None if row[6] is None else loads(row[6])) for row in rows]

    def _read(self, sql: str, arguments: tuple[Any, ...]) -> list[sqlite3.Row]:
        with self._reading:
            return self._connection.execute(sql, arguments).fetchall()


def connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.execute("pragma synchronous = normal")
    return connection


def read_execution(row: Any, held: dict[str, str] | None = None) -> Execution:
    body = row["body"] if held is None else held.setdefault(row["body"], row["body"])
    return Execution(
        execution_arn=row["arn"],
        state_machine_arn=row["machine_arn"],
        name=row["name"],
        status=row["status"],
        input=row["input"],
        output=row["output"],
        error=row["error"],
        cause=row["cause"],
        start_s=row["start_s"],
        stop_s=row["stop_s"],
        role_arn=row["role_arn"],
        definition=body,
    )
