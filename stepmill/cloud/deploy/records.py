"""Stacks and their resources in the cloud's store."""

import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stepmill.cloud.deploy.scope import Made

if TYPE_CHECKING:
    import sqlite3

    from stepmill.cloud.cloud import Cloud

SCHEMA = """
create table if not exists stacks (
    id text primary key, name text not null, parent text, status text not null, reason text,
    template text not null, parameters text not null, outputs text not null, tags text not null,
    created_s real not null, updated_s real, deleted_s real);
create table if not exists stack_resources (
    stack text not null, logical_id text not null, type text not null, physical_id text not null,
    attributes text not null, properties text not null, generation integer not null, level integer not null,
    keeps integer not null, status text not null, reason text, changed_s real not null,
    primary key (stack, logical_id, generation));
create table if not exists stack_events (
    number integer primary key, stack text not null, logical_id text not null, physical_id text not null,
    type text not null, status text not null, reason text, at_s real not null);
create table if not exists stack_exports (name text primary key, stack text not null, value text not null);
"""


@dataclass
class Stack:
    id: str
    name: str
    status: str
    template: str
    parameters: dict[str, str]
    created_s: float
    parent: str | None = None
    reason: str | None = None
    outputs: list[dict[str, Any]] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    updated_s: float | None = None


@dataclass
class Resource:
    """A resource as it was last made; `properties` are resolved."""

    logical_id: str
    type: str
    made: Made
    properties: dict[str, Any]
    generation: int
    level: int
    keeps_on_delete: bool
    status: str
    reason: str | None = None
    changed_s: float = 0.0


class Records:
    """Made once per cloud: `cloud.state(Records)`."""

    def __init__(self, cloud: "Cloud") -> None:
        self._cloud = cloud

    def new_stack(
        self, name: str, template: str, parameters: dict[str, str], tags: dict[str, str], parent: str | None
    ) -> Stack:
        stack_id = self._cloud.arn("cloudformation", f"stack/{name}/{uuid.uuid4()}")
        status, now_s = "CREATE_IN_PROGRESS", self._cloud.clock.time()
        stack = Stack(stack_id, name, status, template, parameters, now_s, parent, tags=tags)
        self.save(stack)
        return stack

    def save(self, stack: Stack) -> None:
        with self._cloud.store.transaction() as db:
            db.execute(
                "insert or replace into stacks values (?,?,?,?,?,?,?,?,?,?,?,?)",
                (
                    stack.id,
                    stack.name,
                    stack.parent,
                    stack.status,
                    stack.reason,
                    stack.template,
                    json.dumps(stack.parameters),
                    json.dumps(stack.outputs),
                    json.dumps(stack.tags),
                    stack.created_s,
                    stack.updated_s,
                    self._cloud.clock.time() if stack.status == "DELETE_COMPLETE" else None,
                ),
            )
            self._event(
                db, stack.id, stack.name, stack.id, "AWS::CloudFormation::Stack", stack.status, stack.reason
            )

    def find(self, name_or_id: str) -> Stack | None:
        """A deleted stack is found by its id only."""
        by = "id = ?" if name_or_id.startswith("arn:") else "name = ? and status != 'DELETE_COMPLETE'"
        rows = self._cloud.store.query(f"select * from stacks where {by}", (name_or_id,))
        return _stack(rows[0]) if rows else None

    def stacks(self) -> list[Stack]:
        live = "select * from stacks where status != 'DELETE_COMPLETE' order by created_s desc"
        return [_stack(row) for row in self._cloud.store.query(live)]

    def resources(self, stack_id: str) -> list[Resource]:
        of_stack = "select * from stack_resources where stack = ? order by level, logical_id, generation"
        rows = self._cloud.store.query(of_stack, (stack_id,))
        return [_resource(row) for row in rows]

    def save_resource(self, stack_id: str, resource: Resource) -> None:
        resource.changed_s = self._cloud.clock.time()
        with self._cloud.store.transaction() as db:
            db.execute(
                "insert or replace into stack_resources values (?,?,?,?,?,?,?,?,?,?,?,?)",
                (
                    stack_id,
                    resource.logical_id,
                    resource.type,
                    resource.made.physical_id,
                    json.dumps(dict(resource.made.attributes)),
                    json.dumps(resource.properties, default=str),
                    resource.generation,
                    resource.level,
                    int(resource.keeps_on_delete),
                    resource.status,
                    resource.reason,
                    resource.changed_s,
                ),
            )
            self._event(
                db,
                stack_id,
                resource.logical_id,
                resource.made.physical_id,
                resource.type,
                resource.status,
                resource.reason,
            )

    def forget_resource(self, stack_id: str, resource: Resource, status: str = "DELETE_COMPLETE") -> None:
        with self._cloud.store.transaction() as db:
            db.execute(
                "delete from stack_resources where stack = ? and logical_id = ? and generation = ?",
                (stack_id, resource.logical_id, resource.generation),
            )
            physical_id = resource.made.physical_id
            self._event(db, stack_id, resource.logical_id, physical_id, resource.type, status, None)

    def note(self, stack_id: str, logical_id: str, kind: str, status: str, reason: str | None = None) -> None:
        with self._cloud.store.transaction() as db:
            self._event(db, stack_id, logical_id, "", kind, status, reason)

    def events(self, stack_id: str) -> list["sqlite3.Row"]:
        """Newest first, as DescribeStackEvents gives them."""
        newest = "select * from stack_events where stack = ? order by number desc"
        return self._cloud.store.query(newest, (stack_id,))

    def export(self, name: str) -> str | None:
        rows = self._cloud.store.query("select value from stack_exports where name = ?", (name,))
        return str(rows[0]["value"]) if rows else None

    def exports(self) -> list["sqlite3.Row"]:
        return self._cloud.store.query("select * from stack_exports order by name")

    def set_exports(self, stack_id: str, values: dict[str, str]) -> None:
        """Raises: ValueError when another stack exports one of the names."""
        with self._cloud.store.transaction() as db:
            db.execute("delete from stack_exports where stack = ?", (stack_id,))
            for name, value in values.items():
                taken = db.execute("select stack from stack_exports where name = ?", (name,)).fetchone()
                if taken:
                    raise ValueError(f"Export {name!r} is exported already by {taken['stack']}; rename it")
                db.execute("insert into stack_exports values (?,?,?)", (name, stack_id, value))

    def _event(
        self,
        db: "sqlite3.Connection",
        stack: str,
        logical_id: str,
        physical_id: str,
        kind: str,
        status: str,
        reason: str | None,
    ) -> None:
        db.execute(
            "insert into stack_events (stack, logical_id, physical_id, type, status, reason, at_s)"
            " values (?,?,?,?,?,?,?)",
            (stack, logical_id, physical_id, kind, status, reason, self._cloud.clock.time()),
        )


def _stack(row: "sqlite3.Row") -> Stack:
    return Stack(
        id=row["id"],
        name=row["name"],
        status=row["status"],
        template=row["template"],
        parameters=json.loads(row["parameters"]),
        created_s=row["created_s"],
        parent=row["parent"],
        reason=row["reason"],
        outputs=json.loads(row["outputs"]),
        tags=json.loads(row["tags"]),
        updated_s=row["updated_s"],
    )


def _resource(row: "sqlite3.Row") -> Resource:
    return Resource(
        logical_id=row["logical_id"],
        type=row["type"],
        made=Made(row["physical_id"], json.loads(row["attributes"])),
        properties=json.loads(row["properties"]),
        generation=row["generation"],
        level=row["level"],
        keeps_on_delete=bool(row["keeps"]),
        status=row["status"],
        reason=row["reason"],
        changed_s=row["changed_s"],
    )
