"""An accepted event: seen once, matched with the rules of its bus, put into the outbox for every target."""

import json
import sqlite3
from typing import TYPE_CHECKING, Any

from stepmill.cloud.delivery.outbox import send
from stepmill.cloud.delivery.parcel import AGE_LIMIT_S, RETRIES, Parcel
from stepmill.cloud.services.events.inputs import make_input
from stepmill.cloud.services.events.patterns import compile_pattern
from stepmill.cloud.services.events.tables import rule_arn

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

# For this long an event id that comes again is recognised.
REMEMBERED_S = 7 * 86_400


def accept(cloud: "Cloud", bus: str, event: dict[str, Any]) -> None:
    """Take the event in and write its deliveries, in one transaction. The same id again has no effect.

    An event that no rule is for leaves nothing behind.
    """
    rules = cloud.store.query(
        "select * from event_rule where bus = ? and pattern is not null and state != 'DISABLED'"
        " order by name",
        (bus,),
    )
    matching = [rule for rule in rules if compile_pattern(rule["pattern"])(event)]
    if not matching:
        return
    with cloud.store.transaction() as conn:
        if is_new(cloud, conn, event["id"]):
            for rule in matching:
                dispatch(cloud, rule, event)


def accept_firing(cloud: "Cloud", rule: sqlite3.Row, event: dict[str, Any]) -> None:
    """A schedule's event is for its own rule only."""
    with cloud.store.transaction() as conn:
        if is_new(cloud, conn, event["id"]):
            dispatch(cloud, rule, event)


def is_new(cloud: "Cloud", conn: sqlite3.Connection, event_id: str) -> bool:
    now_s = cloud.clock.time()
    conn.execute("delete from event_seen where at_s < ?", (now_s - REMEMBERED_S,))
    return conn.execute("insert or ignore into event_seen values (?, ?)", (event_id, now_s)).rowcount == 1


def dispatch(cloud: "Cloud", rule: sqlite3.Row, event: dict[str, Any]) -> None:
    """Write one delivery for each target of the rule."""
    arn = rule_arn(cloud, rule["bus"], rule["name"])
    for row in cloud.store.query(
        "select * from event_target where bus = ? and rule = ? order by id", (rule["bus"], rule["name"])
    ):
        target = json.loads(row["body"])
        policy = target.get("RetryPolicy", {})
        send(
            cloud,
            Parcel(
                id=f"events/{event['id']}/{rule['bus']}/{rule['name']}/{target['Id']}",
                sender="events.amazonaws.com",
                source_arn=arn,
                target_arn=target["Arn"],
                payload=make_input(target, event, arn, cloud.clock.time()),
                role_arn=target.get("RoleArn"),
                dead_letter_arn=target.get("DeadLetterConfig", {}).get("Arn"),
                retries=policy.get("MaximumRetryAttempts", RETRIES),
                age_limit_s=policy.get("MaximumEventAgeInSeconds", AGE_LIMIT_S),
                options={"event_id": event["id"]},
            ),
        )
