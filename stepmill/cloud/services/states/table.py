"""State machines in the cloud's store."""

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3

    from stepmill.cloud.cloud import Cloud

SCHEMA = """
create table if not exists state_machines (
    arn text primary key, name text not null, definition text not null, role_arn text not null,
    logging text not null, tracing text not null, status text not null, revision text not null,
    created_s real not null, updated_s real not null, tags text not null);
"""


@dataclass
class StateMachine:
    arn: str
    name: str
    definition: str
    role_arn: str
    logging: dict[str, Any]
    tracing: dict[str, Any]
    status: str
    revision: str
    created_s: float
    updated_s: float
    tags: dict[str, str] = field(default_factory=dict)


class Machines:
    """`cloud.state(Machines)`."""

    def __init__(self, cloud: "Cloud") -> None:
        self._cloud = cloud

    def find(self, arn: str) -> StateMachine | None:
        rows = self._cloud.store.query("select * from state_machines where arn = ?", (arn,))
        return _machine(rows[0]) if rows else None

    def is_deleting(self, arn: str) -> bool:
        sql = "select 1 from state_machines where arn = ? and status = 'DELETING'"
        return bool(self._cloud.store.query(sql, (arn,)))

    def all(self) -> list[StateMachine]:
        rows = self._cloud.store.query("select * from state_machines order by created_s desc, name")
        return [_machine(row) for row in rows]

    def save(self, machine: StateMachine) -> None:
        values = [
            json.dumps(value) if isinstance(value, dict) else value for value in asdict(machine).values()
        ]
        with self._cloud.store.transaction() as db:
            db.execute("insert or replace into state_machines values (?,?,?,?,?,?,?,?,?,?,?)", values)

    def remove(self, arn: str) -> None:
        with self._cloud.store.transaction() as db:
            db.execute("delete from state_machines where arn = ?", (arn,))


def _machine(row: "sqlite3.Row") -> StateMachine:
    fields = dict(row)
    for name in ("logging", "tracing", "tags"):
        fields[name] = json.loads(fields[name])
    return StateMachine(**fields)
