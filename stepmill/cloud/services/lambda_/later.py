"""Asynchronous events: kept in the store until handled, tried three times, then passed on; never dropped
silently.

Delays between attempts are AWS's: one minute, then two. A throttled attempt does not count and is repeated
with growing delays until the event is too old.
Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

import json
import logging
import sqlite3
import uuid
from dataclasses import dataclass
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError
from stepmill.cloud.services.lambda_.destinations import deliver
from stepmill.cloud.services.lambda_.invoke import run
from stepmill.cloud.services.lambda_.service import SERVICE, Function, find, function_arn, setting
from stepmill.cloud.services.lambda_.workers import Workers

log = logging.getLogger(__name__)

RETRY_DELAYS_S = [60.0, 120.0]
LONGEST_THROTTLE_DELAY_S = 300.0
MOST_AGE_S = 21_600.0


@dataclass(frozen=True)
class Event:
    id: str
    name: str
    version: str
    payload: str
    attempts: int
    received_s: float
    outcome: dict[str, Any] | None


def enqueue(cloud: Cloud, function: Function, payload: str, attempt: str | None = None) -> str:
    """Take an event in; it will be handled at least once, also over a restart. The same attempt is taken in
    once.
    """
    identity = str(uuid.uuid5(uuid.NAMESPACE_OID, attempt)) if attempt else str(uuid.uuid4())
    now_s = cloud.clock.time()
    with cloud.store.transaction() as connection:
        added = connection.execute(
            "insert or ignore into lambda_event values (?, ?, ?, ?, 0, ?, ?, null)",
            (identity, function.name, function.version, payload.encode(), now_s, now_s),
        ).rowcount
    if added:
        cloud.pool.submit(process_logged, cloud, identity)
    return identity


@SERVICE.on_start
def resume(cloud: Cloud) -> None:
    for row in cloud.store.query("select id, due_s from lambda_event"):
        schedule(cloud, row["id"], row["due_s"])


def schedule(cloud: Cloud, identity: str, due_s: float) -> None:
    cloud.scheduler.call_at(due_s, lambda: process(cloud, identity))


def process_logged(cloud: Cloud, identity: str) -> None:
    try:
        process(cloud, identity)
    except Exception:
        if not cloud.state(Workers).is_closed:  # at shutdown the event stays in the store for the next start
            log.exception(
                "asynchronous event %s failed; it is kept and tried again at the next start", identity
            )


def process(cloud: Cloud, identity: str) -> None:
    """One step of an event: an attempt, or the delivery of its outcome."""
    rows = cloud.store.query("select * from lambda_event where id = ?", (identity,))
    if not rows:
        return
    event = read(rows[0])
    try:
        function = find(cloud, event.name, event.version)
    except AwsError:
        log.error("asynchronous event %s: function %s is gone; the event goes with it", event.id, event.name)
        forget(cloud, event)
        return
    if event.outcome is None:
        event = attempt(cloud, function, event)
    if event.outcome is not None:
        pass_on(cloud, function, event)


def read(row: sqlite3.Row) -> Event:
    outcome = json.loads(row["outcome"]) if row["outcome"] else None
    return Event(
        row["id"],
        row["name"],
        row["version"],
        row["payload"].decode(),
        row["attempts"],
        row["received_s"],
        outcome,
    )


def attempt(cloud: Cloud, function: Function, event: Event) -> Event:
    """Run the handler once. Answers the event with its final outcome, or rescheduled and without one."""
    config = setting(cloud, function.name, "event_config") or {}
    age_s = cloud.clock.time() - event.received_s
    most_age_s = config.get("MaximumEventAgeInSeconds", MOST_AGE_S)
    try:
        arn = function_arn(cloud, function.name, function.version)
        result = run(cloud, function, event.payload, event.id, None, arn)
    except AwsError as error:
        if cloud.state(Workers).is_closed:
            return event
        if age_s > most_age_s:
            outcome = {
                "condition": "EventAgeExceeded",
                "error": error.code,
                "payload": json.dumps(error.message),
            }
            return change(cloud, event, event.attempts, outcome)
        delay_s = min(LONGEST_THROTTLE_DELAY_S, max(1.0, age_s))
        return change(cloud, event, event.attempts, None, delay_s)
    if cloud.state(Workers).is_closed and result.error:
        return event  # the worker was ended with us; the attempt does not count
    attempts = event.attempts + 1
    if result.error is None:
        return change(
            cloud, event, attempts, {"condition": "Success", "error": None, "payload": result.payload}
        )
    retries = config.get("MaximumRetryAttempts", len(RETRY_DELAYS_S))
    if attempts > retries:
        return change(
            cloud,
            event,
            attempts,
            {"condition": "RetriesExhausted", "error": result.error, "payload": result.payload},
        )
    delay_s = RETRY_DELAYS_S[attempts - 1]
    if age_s + delay_s > most_age_s:
        return change(
            cloud,
            event,
            attempts,
            {"condition": "EventAgeExceeded", "error": result.error, "payload": result.payload},
        )
    return change(cloud, event, attempts, None, delay_s)


def change(
    cloud: Cloud, event: Event, attempts: int, outcome: dict[str, Any] | None, delay_s: float | None = None
) -> Event:
    due_s = cloud.clock.time() + (delay_s or 0.0)
    with cloud.store.transaction() as connection:
        connection.execute(
            "update lambda_event set attempts = ?, outcome = ?, due_s = ? where id = ?",
            (attempts, json.dumps(outcome) if outcome else None, due_s, event.id),
        )
    if delay_s is not None:
        schedule(cloud, event.id, due_s)
    return Event(event.id, event.name, event.version, event.payload, attempts, event.received_s, outcome)


def pass_on(cloud: Cloud, function: Function, event: Event) -> None:
    """Send the outcome where it is wanted; a failed delivery is repeated until the event is too old, then
    logged.
    """
    try:
        deliver(cloud, function, event.id, event.payload, event.attempts, event.outcome or {})
    except AwsError as error:
        if cloud.clock.time() - event.received_s > MOST_AGE_S:
            lines = [f"[ERROR] event {event.id}: its outcome could not be delivered ({error}); it is dropped"]
            cloud.log(function.config["LoggingConfig"]["LogGroup"], "undelivered", lines)
            forget(cloud, event)
            return
        log.warning("lambda %s: outcome of event %s not delivered: %s", function.name, event.id, error)
        change(cloud, event, event.attempts, event.outcome, 60.0)
        return
    forget(cloud, event)


def forget(cloud: Cloud, event: Event) -> None:
    with cloud.store.transaction() as connection:
        connection.execute("delete from lambda_event where id = ?", (event.id,))
