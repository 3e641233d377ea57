"""EventBridge's tables, ARNs and look-ups."""

import sqlite3
from typing import TYPE_CHECKING, Any

from stepmill.cloud.delivery.outbox import SCHEMA as OUTBOX_SCHEMA
from stepmill.cloud.service import AwsError, Service

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

SCHEMA = (
    OUTBOX_SCHEMA
    + """
create table if not exists event_bus (
  name text primary key, created_s real not null, description text, policy text, tags text not null
);
create table if not exists event_rule (
  bus text not null, name text not null, pattern text, schedule text, state text not null, description text,
  role_arn text, tags text not null, planned_from_s real not null, primary key (bus, name)
);
create table if not exists event_target (
  bus text not null, rule text not null, id text not null, body text not null, primary key (bus, rule, id)
);
create table if not exists event_seen (id text primary key, at_s real not null);
create index if not exists event_seen_at on event_seen (at_s);
"""
)

SERVICE = Service("events", SCHEMA)
DEFAULT_BUS = "default"


def bus_name(params: dict[str, Any]) -> str:
    """A bus is named or given by its ARN."""
    name: str = params.get("EventBusName", DEFAULT_BUS)
    return name.rpartition("/")[2]


def rule_arn(cloud: "Cloud", bus: str, name: str) -> str:
    return cloud.arn("events", f"rule/{name}" if bus == DEFAULT_BUS else f"rule/{bus}/{name}")


def bus_arn(cloud: "Cloud", name: str) -> str:
    return cloud.arn("events", f"event-bus/{name}")


def named_rule_arn(cloud: "Cloud", params: dict[str, Any]) -> list[str]:
    return [rule_arn(cloud, bus_name(params), params.get("Rule") or params["Name"])]


def named_bus_arn(cloud: "Cloud", params: dict[str, Any]) -> list[str]:
    return [bus_arn(cloud, bus_name({"EventBusName": params.get("Name", DEFAULT_BUS)}))]


def entry_bus_arns(cloud: "Cloud", params: dict[str, Any]) -> list[str]:
    return sorted({bus_arn(cloud, bus_name(entry)) for entry in params["Entries"]})


def find_bus(cloud: "Cloud", name: str) -> sqlite3.Row:
    rows = cloud.store.query("select * from event_bus where name = ?", (name,))
    if not rows:
        raise AwsError("ResourceNotFoundException", f"Event bus {name} does not exist.")
    return rows[0]


def find_rule(cloud: "Cloud", bus: str, name: str) -> sqlite3.Row:
    find_bus(cloud, bus)
    rows = cloud.store.query("select * from event_rule where bus = ? and name = ?", (bus, name))
    if not rows:
        raise AwsError("ResourceNotFoundException", f"Rule {name} does not exist on EventBus {bus}.")
    return rows[0]
