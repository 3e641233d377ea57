"""Rules: put, enabled and disabled, described, listed, deleted."""

import json
import re
import sqlite3
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.events.patterns import compile_pattern
from stepmill.cloud.services.events.schedules import parse_schedule
from stepmill.cloud.services.events.tables import (
    DEFAULT_BUS,
    SERVICE,
    bus_name,
    find_bus,
    find_rule,
    named_rule_arn,
    rule_arn,
)
from stepmill.cloud.services.events.timetable import Timetable

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

RULE_NAME = re.compile(r"[.\-_A-Za-z0-9]{1,64}")
PAGE_LIMIT = 100


@SERVICE.operation("PutRule", resources=named_rule_arn)
def put_rule(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    name, bus = params["Name"], bus_name(params)
    pattern, schedule = params.get("EventPattern"), params.get("ScheduleExpression")
    check_rule(name, bus, pattern, schedule)
    if params.get("RoleArn"):
        passed = {"iam:PassedToService": "events.amazonaws.com"}
        cloud.allow(request.principal, "iam:PassRole", params["RoleArn"], passed)
    with cloud.store.transaction() as conn:
        find_bus(cloud, bus)
        known = cloud.store.query("select tags from event_rule where bus = ? and name = ?", (bus, name))
        # Tags given for a rule that is there already are ignored, as on AWS.
        tags = known[0]["tags"] if known else json.dumps(params.get("Tags", []))
        conn.execute(
            "insert or replace into event_rule values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                bus,
                name,
                pattern,
                schedule,
                params.get("State", "ENABLED"),
                params.get("Description"),
                params.get("RoleArn"),
                tags,
                cloud.clock.time(),
            ),
        )
    cloud.state(Timetable).plan(bus, name)
    return {"RuleArn": rule_arn(cloud, bus, name)}


def check_rule(name: str, bus: str, pattern: str | None, schedule: str | None) -> None:
    if not RULE_NAME.fullmatch(name):
        raise AwsError(
            "ValidationException", f"Name {name!r} is not valid; 1 to 64 of letters, digits, . - _"
        )
    if not pattern and not schedule:
        raise AwsError(
            "ValidationException", "Parameter(s) EventPattern or ScheduleExpression must be specified."
        )
    if pattern:
        compile_pattern(pattern)
    if schedule:
        if bus != DEFAULT_BUS:
            raise AwsError(
                "ValidationException", "ScheduleExpression is supported only on the default event bus."
            )
        parse_schedule(schedule)


def set_state(cloud: "Cloud", params: dict[str, Any], state: str) -> Answer:
    bus = bus_name(params)
    with cloud.store.transaction() as conn:
        rule = find_rule(cloud, bus, params["Name"])
        if rule["state"] != state:
            conn.execute(
                "update event_rule set state = ?, planned_from_s = ? where bus = ? and name = ?",
                (state, cloud.clock.time(), bus, params["Name"]),
            )
    cloud.state(Timetable).plan(bus, params["Name"])
    return {}


@SERVICE.operation("EnableRule", resources=named_rule_arn)
def enable_rule(cloud: "Cloud", request: Request) -> Answer:
    return set_state(cloud, request.params, "ENABLED")


@SERVICE.operation("DisableRule", resources=named_rule_arn)
def disable_rule(cloud: "Cloud", request: Request) -> Answer:
    return set_state(cloud, request.params, "DISABLED")


@SERVICE.operation("DeleteRule", resources=named_rule_arn)
def delete_rule(cloud: "Cloud", request: Request) -> Answer:
    """Deleting a rule that is not there is success, as on AWS."""
    bus, name = bus_name(request.params), request.params["Name"]
    with cloud.store.transaction() as conn:
        find_bus(cloud, bus)
        if conn.execute("select 1 from event_target where bus = ? and rule = ?", (bus, name)).fetchone():
            raise AwsError("ValidationException", "Rule can't be deleted since it has targets.")
        conn.execute("delete from event_rule where bus = ? and name = ?", (bus, name))
    cloud.state(Timetable).plan(bus, name)
    return {}


def describe(cloud: "Cloud", row: sqlite3.Row) -> dict[str, Any]:
    facts = {
        "Name": row["name"],
        "Arn": rule_arn(cloud, row["bus"], row["name"]),
        "EventPattern": row["pattern"],
        "ScheduleExpression": row["schedule"],
        "State": row["state"],
        "Description": row["description"],
        "RoleArn": row["role_arn"],
        "EventBusName": row["bus"],
    }
    return {name: value for name, value in facts.items() if value is not None}


@SERVICE.operation("DescribeRule", resources=named_rule_arn)
def describe_rule(cloud: "Cloud", request: Request) -> Answer:
    row = find_rule(cloud, bus_name(request.params), request.params["Name"])
    return {**describe(cloud, row), "CreatedBy": cloud.account}


@SERVICE.operation("ListRules")
def list_rules(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    bus, prefix = bus_name(params), params.get("NamePrefix", "")
    find_bus(cloud, bus)
    rows = cloud.store.query(
        "select * from event_rule where bus = ?1 and substr(name, 1, length(?2)) = ?2 and name > ?3"
        " order by name",
        (bus, prefix, params.get("NextToken", "")),
    )
    shown, token = page(rows, "name", params)
    return {"Rules": [describe(cloud, row) for row in shown], **token}


def page(rows: list[sqlite3.Row], column: str, params: dict[str, Any]) -> tuple[list[sqlite3.Row], Answer]:
    """The first rows, and the token of the rest: the last row's value of the ordering column."""
    limit = min(int(params.get("Limit", PAGE_LIMIT)), PAGE_LIMIT)
    shown = rows[:limit]
    return shown, {"NextToken": shown[-1][column]} if len(rows) > limit else {}
