"""Event buses and tags. Policies of buses are kept and not evaluated: there is one account here."""

import json
import re
import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from stepmill.cloud.delivery.outbox import Outbox
from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.events.rules import page
from stepmill.cloud.services.events.tables import (
    DEFAULT_BUS,
    SERVICE,
    bus_arn,
    bus_name,
    find_bus,
    find_rule,
    named_bus_arn,
)
from stepmill.cloud.services.events.timetable import Timetable

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

BUS_NAME = re.compile(r"[.\-_A-Za-z0-9]{1,256}")


@SERVICE.on_start
def start(cloud: "Cloud") -> None:
    with cloud.store.transaction() as conn:
        conn.execute(
            "insert or ignore into event_bus values (?, ?, null, null, '[]')",
            (DEFAULT_BUS, cloud.clock.time()),
        )
    cloud.state(Timetable).start()
    cloud.state(Outbox).resume()


@SERVICE.on_stop
def stop(cloud: "Cloud") -> None:
    cloud.state(Outbox).close()


@SERVICE.operation("CreateEventBus", resources=named_bus_arn)
def create_event_bus(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    if not BUS_NAME.fullmatch(params["Name"]):
        raise AwsError("ValidationException", f"Name {params['Name']!r} is not valid; letters, digits, . - _")
    with cloud.store.transaction() as conn:
        added = conn.execute(
            "insert or ignore into event_bus values (?, ?, ?, null, ?)",
            (
                params["Name"],
                cloud.clock.time(),
                params.get("Description"),
                json.dumps(params.get("Tags", [])),
            ),
        )
        if not added.rowcount:
            raise AwsError("ResourceAlreadyExistsException", f"Event bus {params['Name']} already exists.")
    return {"EventBusArn": bus_arn(cloud, params["Name"])}


@SERVICE.operation("DeleteEventBus", resources=named_bus_arn)
def delete_event_bus(cloud: "Cloud", request: Request) -> Answer:
    name = bus_name({"EventBusName": request.params["Name"]})
    if name == DEFAULT_BUS:
        raise AwsError("ValidationException", "Cannot delete event bus default.")
    with cloud.store.transaction() as conn:
        if conn.execute("select 1 from event_rule where bus = ?", (name,)).fetchone():
            raise AwsError("ValidationException", "Event bus can't be deleted since it has rules.")
        conn.execute("delete from event_bus where name = ?", (name,))
    return {}


def describe(cloud: "Cloud", row: sqlite3.Row) -> dict[str, Any]:
    created = datetime.fromtimestamp(row["created_s"], UTC)
    facts = {
        "Name": row["name"],
        "Arn": bus_arn(cloud, row["name"]),
        "Description": row["description"],
        "Policy": row["policy"],
        "CreationTime": created,
        "LastModifiedTime": created,
    }
    return {name: value for name, value in facts.items() if value is not None}


@SERVICE.operation("DescribeEventBus", resources=named_bus_arn)
def describe_event_bus(cloud: "Cloud", request: Request) -> Answer:
    return describe(
        cloud, find_bus(cloud, bus_name({"EventBusName": request.params.get("Name", DEFAULT_BUS)}))
    )


@SERVICE.operation("ListEventBuses")
def list_event_buses(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    rows = cloud.store.query(
        "select * from event_bus where substr(name, 1, length(?1)) = ?1 and name > ?2 order by name",
        (params.get("NamePrefix", ""), params.get("NextToken", "")),
    )
    shown, token = page(rows, "name", params)
    return {"EventBuses": [describe(cloud, row) for row in shown], **token}


@SERVICE.operation("PutPermission")
def put_permission(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    bus = bus_name(params)
    if "Policy" not in params:
        raise AwsError(
            "ValidationException",
            "PutPermission: give the whole policy as Policy; statements alone are not kept",
        )
    with cloud.store.transaction() as conn:
        find_bus(cloud, bus)
        conn.execute("update event_bus set policy = ? where name = ?", (params["Policy"], bus))
    return {}


def tagged(cloud: "Cloud", arn: str) -> tuple[str, tuple[str, ...], list[dict[str, str]]]:
    """The table row that the ARN names (an update statement and its arguments) and its tags."""
    kind, _, rest = arn.split(":", 5)[-1].partition("/")
    if kind == "rule":
        bus, _, name = rest.rpartition("/")
        row = find_rule(cloud, bus or DEFAULT_BUS, name)
        return (
            "update event_rule set tags = ? where bus = ? and name = ?",
            (row["bus"], name),
            json.loads(row["tags"]),
        )
    if kind == "event-bus":
        row = find_bus(cloud, rest)
        return "update event_bus set tags = ? where name = ?", (rest,), json.loads(row["tags"])
    raise AwsError("ResourceNotFoundException", f"{arn} is neither a rule nor an event bus.")


def tagged_arn(_cloud: "Cloud", params: dict[str, Any]) -> list[str]:
    return [params["ResourceARN"]]


@SERVICE.operation("TagResource", resources=tagged_arn)
def tag_resource(cloud: "Cloud", request: Request) -> Answer:
    with cloud.store.transaction() as conn:
        update, names, tags = tagged(cloud, request.params["ResourceARN"])
        merged = {each["Key"]: each["Value"] for each in [*tags, *request.params["Tags"]]}
        kept = [{"Key": key, "Value": value} for key, value in merged.items()]
        conn.execute(update, (json.dumps(kept), *names))
    return {}


@SERVICE.operation("UntagResource", resources=tagged_arn)
def untag_resource(cloud: "Cloud", request: Request) -> Answer:
    with cloud.store.transaction() as conn:
        update, names, tags = tagged(cloud, request.params["ResourceARN"])
        kept = [each for each in tags if each["Key"] not in request.params["TagKeys"]]
        conn.execute(update, (json.dumps(kept), *names))
    return {}


@SERVICE.operation("ListTagsForResource", resources=tagged_arn)
def list_tags_for_resource(cloud: "Cloud", request: Request) -> Answer:
    return {"Tags": tagged(cloud, request.params["ResourceARN"])[2]}
