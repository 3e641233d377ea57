"""Messages received, hidden for a while, deleted; those received too often go to the dead-letter queue."""

import base64
import json
import sqlite3
import time
import uuid
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.sqs.queues import read_redrive_policy, with_defaults
from stepmill.cloud.services.sqs.sending import attributes_md5, check_batch, in_batch, md5
from stepmill.cloud.services.sqs.tables import SERVICE, Arrivals, find_queue, queue_arn, queue_name

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

LONGEST_WAIT_S = 20
# How often a waiting receiver looks whether a hidden message has come back.
LOOK_AGAIN_S = 0.5
LONGEST_HIDE_S = 43_200


@SERVICE.operation("ReceiveMessage", resources=queue_arn)
def receive_message(cloud: "Cloud", request: Request) -> Answer:
    """Waits for the first message, WaitTimeSeconds at most."""
    params = request.params
    name = queue_name(params)
    kept = with_defaults(find_queue(cloud, name))
    most = params.get("MaxNumberOfMessages", 1)
    wait_s = params.get("WaitTimeSeconds", int(kept["ReceiveMessageWaitTimeSeconds"]))
    hide_s = params.get("VisibilityTimeout", int(kept["VisibilityTimeout"]))
    check_within("MaxNumberOfMessages", most, 1, 10)
    check_within("WaitTimeSeconds", wait_s, 0, LONGEST_WAIT_S)
    check_within("VisibilityTimeout", hide_s, 0, LONGEST_HIDE_S)
    deadline = time.monotonic() + wait_s
    arrivals = cloud.state(Arrivals)
    while True:
        rows = take(cloud, name, most, hide_s)
        left_s = deadline - time.monotonic()
        if rows or left_s <= 0 or arrivals.is_closed:
            return {"Messages": [describe(cloud, row, params) for row in rows]} if rows else {}
        arrivals.wait(min(left_s, LOOK_AGAIN_S))


def check_within(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise AwsError(
            "InvalidParameterValue", f"Value {value} for parameter {name} is invalid; {least} to {most}"
        )


def take(cloud: "Cloud", name: str, most: int, hide_s: int) -> list[sqlite3.Row]:
    """Hide the next visible messages and give each a new receipt."""
    now_s = cloud.clock.time()
    with cloud.store.transaction() as conn:
        kept = with_defaults(find_queue(cloud, name))
        oldest_s = now_s - int(kept["MessageRetentionPeriod"])
        conn.execute("delete from sqs_message where queue = ? and sent_s < ?", (name, oldest_s))
        bury(cloud, conn, name, kept.get("RedrivePolicy"), now_s)
        found = conn.execute(
            "select seq from sqs_message where queue = ? and visible_s <= ? order by visible_s, seq limit ?",
            (name, now_s, most),
        ).fetchall()
        return [
            conn.execute(
                "update sqs_message set visible_s = ?, receives = receives + 1, receipt = ?,"
                " first_received_s = coalesce(first_received_s, ?) where seq = ? returning *",
                (now_s + hide_s, uuid.uuid4().hex, now_s, row["seq"]),
            ).fetchone()
            for row in found
        ]


def bury(cloud: "Cloud", conn: sqlite3.Connection, name: str, policy: str | None, now_s: float) -> None:
    """Move what was received too often to the dead-letter queue, if that queue exists."""
    if not policy:
        return
    arn, most = read_redrive_policy(policy)
    grave = arn.rpartition(":")[2]
    if not cloud.store.query("select 1 from sqs_queue where name = ?", (grave,)):
        return
    conn.execute(
        "update sqs_message set queue = ?, receives = 0, receipt = null, first_received_s = null,"
        " visible_s = ?, source_arn = ? where queue = ? and visible_s <= ? and receives >= ?",
        (grave, now_s, cloud.arn("sqs", name), name, now_s, most),
    )


def describe(cloud: "Cloud", row: sqlite3.Row, params: dict[str, Any]) -> dict[str, Any]:
    handle = base64.urlsafe_b64encode(f"{row['seq']}:{row['receipt']}".encode()).decode()
    message: dict[str, Any] = {
        "MessageId": row["message_id"],
        "ReceiptHandle": handle,
        "MD5OfBody": md5(row["body"].encode()),
        "Body": row["body"],
    }
    system = {
        "SenderId": cloud.account,
        "SentTimestamp": str(int(row["sent_s"] * 1000)),
        "ApproximateReceiveCount": str(row["receives"]),
        "ApproximateFirstReceiveTimestamp": str(int(row["first_received_s"] * 1000)),
        **json.loads(row["system"]),
    }
    if row["source_arn"] is not None:
        system["DeadLetterQueueSourceArn"] = row["source_arn"]
    wanted = {*params.get("AttributeNames", []), *params.get("MessageSystemAttributeNames", [])}
    if shown := {name: value for name, value in system.items() if "All" in wanted or name in wanted}:
        message["Attributes"] = shown
    attributes = {
        name: as_answered(attribute)
        for name, attribute in json.loads(row["attributes"]).items()
        if is_wanted(name, params.get("MessageAttributeNames", []))
    }
    if attributes:
        message |= {"MessageAttributes": attributes, "MD5OfMessageAttributes": attributes_md5(attributes)}
    return message


def is_wanted(name: str, patterns: list[str]) -> bool:
    return any(
        pattern in ("All", ".*", name) or (pattern.endswith(".*") and name.startswith(pattern[:-2]))
        for pattern in patterns
    )


def as_answered(attribute: dict[str, str]) -> dict[str, Any]:
    if "Base64Value" in attribute:
        return {"DataType": attribute["DataType"], "BinaryValue": base64.b64decode(attribute["Base64Value"])}
    return attribute


def read_handle(handle: str) -> tuple[int, str]:
    """The message's number and its receipt. Raises: AwsError ReceiptHandleIsInvalid."""
    try:
        number, _, receipt = base64.urlsafe_b64decode(handle).decode().partition(":")
        return int(number), receipt
    except ValueError as error:
        raise AwsError("ReceiptHandleIsInvalid", "The input receipt handle is invalid.") from error


@SERVICE.operation("DeleteMessage", resources=queue_arn)
def delete_message(cloud: "Cloud", request: Request) -> Answer:
    return delete_one(cloud, queue_name(request.params), request.params["ReceiptHandle"])


@SERVICE.operation("DeleteMessageBatch", action="sqs:DeleteMessage", resources=queue_arn)
def delete_message_batch(cloud: "Cloud", request: Request) -> Answer:
    name = queue_name(request.params)
    check_batch(request.params["Entries"])
    find_queue(cloud, name)
    return in_batch(request.params["Entries"], lambda entry: delete_one(cloud, name, entry["ReceiptHandle"]))


def delete_one(cloud: "Cloud", name: str, handle: str) -> Answer:
    """A receipt that a later receive replaced deletes nothing, and is no error, as on AWS."""
    number, receipt = read_handle(handle)
    with cloud.store.transaction() as conn:
        find_queue(cloud, name)
        conn.execute(
            "delete from sqs_message where seq = ? and queue = ? and receipt = ?", (number, name, receipt)
        )
    return {}


@SERVICE.operation("ChangeMessageVisibility", resources=queue_arn)
def change_message_visibility(cloud: "Cloud", request: Request) -> Answer:
    return change_one(cloud, queue_name(request.params), request.params)


@SERVICE.operation("ChangeMessageVisibilityBatch", action="sqs:ChangeMessageVisibility", resources=queue_arn)
def change_message_visibility_batch(cloud: "Cloud", request: Request) -> Answer:
    name = queue_name(request.params)
    check_batch(request.params["Entries"])
    find_queue(cloud, name)
    return in_batch(request.params["Entries"], lambda entry: change_one(cloud, name, entry))


def change_one(cloud: "Cloud", name: str, params: dict[str, Any]) -> Answer:
    number, receipt = read_handle(params["ReceiptHandle"])
    hide_s = params.get("VisibilityTimeout", 0)
    check_within("VisibilityTimeout", hide_s, 0, LONGEST_HIDE_S)
    now_s = cloud.clock.time()
    with cloud.store.transaction() as conn:
        find_queue(cloud, name)
        changed = conn.execute(
            "update sqs_message set visible_s = ?"
            " where seq = ? and queue = ? and receipt = ? and visible_s > ?",
            (now_s + hide_s, number, name, receipt, now_s),
        )
        if not changed.rowcount:
            raise AwsError("MessageNotInflight", "The specified message isn't in flight.")
    cloud.state(Arrivals).tell()
    return {}
