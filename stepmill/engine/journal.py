"""What is kept of executions, in one SQLite file. One connection writes (the engine's loop), another answers.

What was written is seen by nobody else before `commit`, and lost together without it.
"""

import fcntl
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from .answers import SELECT, Answers, connect, read_execution
from .errors import EngineError
from .execution import Execution
from .flow import RUNNING, Event
from .frame import Facts, Frame
from .jsontext import Json, dumps
from .machine import Machine
from .run import Run

SCHEMA_VERSION = 1
_SCHEMA = """
create table definitions (id integer primary key, sha256 text not null unique, body text not null);
create table executions (
  id integer primary key, arn text not null unique, machine_arn text not null, name text not null,
  role_arn text, definition integer not null references definitions,
  input text not null, secret text not null, start_s real not null, due_s real,
  status text not null, output text, error text, cause text, stop_s real);
create index executions_by_machine on executions (machine_arn, id);
create index executions_running on executions (id) where status = 'RUNNING';
create table frames (
  execution integer not null, id integer not null, token text, due_s real,
  data text not null, body text not null,
  primary key (execution, id)) without rowid;
create table events (
  execution integer not null, id integer not null, previous integer not null,
  at_s real not null, type text not null, name text, data text, more text,
  primary key (execution, id)) without rowid;
create table outbox (id integer primary key, execution integer not null, status text not null);
"""


@dataclass(frozen=True)
class Held:
    """A running execution as it is found at the start: what the engine must watch."""

    id: int
    due_s: float | None
    frames: list[tuple[int, str | None, float | None]]  # (frame, token, due)


class Journal:
    """Raises: EngineError when another engine has the file."""

    def __init__(self, path: Path) -> None:
        self._lock = _lock(path)
        self._writer = connect(path)
        self.answers = Answers(path)
        try:
            self._prepare(path)
        except BaseException:
            self.close()
            raise

    def _prepare(self, path: Path) -> None:
        self._writer.execute("pragma journal_mode = wal")
        version = self._writer.execute("pragma user_version").fetchone()[0]
        if version == 0:
            self._writer.executescript(f"begin; {_SCHEMA} pragma user_version = {SCHEMA_VERSION}; commit")
        elif version != SCHEMA_VERSION:
            raise EngineError(f"{path}: has version {version}, this engine {SCHEMA_VERSION}; move it away")

    def close(self) -> None:
        self._writer.close()
        self.answers.close()
        self._lock.close()

    def commit(self) -> None:
        """Of no effect when nothing was written."""
        if self._writer.in_transaction:
            self._writer.execute("commit")

    def _begin(self) -> None:
        if not self._writer.in_transaction:
            self._writer.execute("begin")

    # Written by the loop

    def add(self, execution: Execution, secret: str, due_s: float | None) -> int:
        """A new RUNNING execution; its number."""
        self._begin()
        digest = sha256(execution.definition.encode()).hexdigest()
        sql = "insert into definitions (sha256, body) values (?, ?) on conflict do nothing"
        self._writer.execute(sql, (digest, execution.definition))
        sql = """insert into executions
          (arn, machine_arn, name, role_arn, definition, input, secret, start_s, due_s, status)
          values (?, ?, ?, ?, (select id from definitions where sha256 = ?), ?, ?, ?, ?, ?)"""
        row = (
            execution.execution_arn,
            execution.state_machine_arn,
            execution.name,
            execution.role_arn,
            digest,
        )
        rest = (execution.input, secret, execution.start_s, due_s, RUNNING)
        number = self._writer.execute(sql, row + rest).lastrowid or 0
        self._notify(number, RUNNING)
        return number

    def save(self, runs: list[Run]) -> None:
        """All that these runs did since they were last saved."""
        if not runs:
            return
        self._begin()
        events: list[tuple[Any, ...]] = []
        frames: list[tuple[Any, ...]] = []
        gone: list[tuple[int, int]] = []
        for run in runs:
            number = run.facts.id
            events += [_event_row(number, event) for event in run.events]
            gone += [(number, frame) for frame in run.gone]
            frames += [_frame_row(number, run.frames[frame]) for frame in run.dirty]
            if run.status != RUNNING and run.events:
                self._end(run)
            run.events, run.gone, run.dirty = [], set(), set()
        self._writer.executemany("insert into events values (?, ?, ?, ?, ?, ?, ?, ?)", events)
        if gone:
            self._writer.executemany("delete from frames where execution = ? and id = ?", gone)
        self._writer.executemany("insert or replace into frames values (?, ?, ?, ?, ?, ?)", frames)

    def _end(self, run: Run) -> None:
        sql = "update executions set status = ?, output = ?, error = ?, cause = ?, stop_s = ? where id = ?"
        output = None if run.output is None else run.output.text
        self._writer.execute(sql, (run.status, output, run.error, run.cause, run.stop_s, run.facts.id))
        self._notify(run.facts.id, run.status)

    def _notify(self, number: int, status: str) -> None:
        self._writer.execute("insert into outbox (execution, status) values (?, ?)", (number, status))

    def delete(self, machine_arn: str) -> None:
        """Forget the machine's executions that have ended."""
        self._begin()
        ended = "select id from executions where machine_arn = ? and status <> 'RUNNING'"
        for table, column in (("events", "execution"), ("outbox", "execution"), ("executions", "id")):
            self._writer.execute(f"delete from {table} where {column} in ({ended})", (machine_arn,))
        self._writer.execute("delete from definitions where id not in (select definition from executions)")

    def outbox(self) -> list[tuple[int, Execution]]:
        """Status changes that nobody has been told of, oldest first, each as it then was."""
        columns = SELECT.replace("select", "select outbox.id as notice, outbox.status as became,", 1)
        sql = f"{columns} join outbox on outbox.execution = executions.id order by outbox.id"
        return [(row["notice"], _as_it_was(row)) for row in self._writer.execute(sql).fetchall()]

    def told(self, notices: list[int]) -> None:
        self._begin()
        self._writer.executemany("delete from outbox where id = ?", [(notice,) for notice in notices])

    # Read by the loop

    def held(self) -> Iterator[Held]:
        """Every running execution."""
        sql = "select id, due_s from executions where status = 'RUNNING' order by id"
        for row in self._writer.execute(sql).fetchall():
            frames = self._writer.execute(
                "select id, token, due_s from frames where execution = ?", (row["id"],)
            )
            yield Held(row["id"], row["due_s"], [tuple(frame) for frame in frames])

    def facts(self, number: int) -> tuple[Facts, str] | None:
        """What a run of this execution needs, and its definition; None when it does not run (any more)."""
        columns = SELECT.replace("select", "select secret,", 1)
        sql = f"{columns} where executions.id = ? and status = 'RUNNING'"
        row = self._writer.execute(sql, (number,)).fetchone()
        if row is None:
            return None
        known = (row["arn"], row["machine_arn"], row["name"], row["role_arn"], row["start_s"])
        return Facts(number, *known, Json(text=row["input"]), row["secret"]), row["body"]

    def frames(self, number: int, machine: Machine) -> list[Frame]:
        rows = self._writer.execute(
            "select id, token, due_s, data, body from frames where execution = ?", (number,)
        )
        return [
            Frame.of_json(row["id"], row["token"], row["due_s"], row["data"], row["body"], machine)
            for row in rows
        ]

    def last_event(self, number: int) -> int:
        row = self._writer.execute("select max(id) from events where execution = ?", (number,)).fetchone()
        return int(row[0] or 0)

    def find(self, arn: str) -> tuple[int, Execution] | None:
        row = self._writer.execute(f"{SELECT} where arn = ?", (arn,)).fetchone()
        return None if row is None else (row["id"], read_execution(row))

    def running(self, machine_arn: str) -> list[int]:
        sql = "select id from executions where machine_arn = ? and status = 'RUNNING'"
        return [row[0] for row in self._writer.execute(sql, (machine_arn,))]


def _lock(path: Path) -> IO[bytes]:
    """Held until it is closed or the process ends."""
    file = path.with_name(f"{path.name}.lock").open("wb")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise EngineError(f"{path}: another engine runs on this journal; stop it first") from None
    return file


def _as_it_was(row: Any) -> Execution:
    if row["became"] != RUNNING:
        return read_execution(row)
    began = {"status": RUNNING, "output": None, "error": None, "cause": None, "stop_s": None}
    return read_execution({**dict(row), **began})


def _event_row(number: int, event: Event) -> tuple[Any, ...]:
    more = event[6]
    return (number, *event[:6], None if more is None else dumps(more))


def _frame_row(number: int, frame: Frame) -> tuple[Any, ...]:
    return (number, frame.id, frame.token, frame.due_s, frame.data.text, frame.as_json())
