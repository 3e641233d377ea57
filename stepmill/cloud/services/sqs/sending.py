"""Messages sent, one or a batch."""

import base64
import hashlib
import json
import re
import sqlite3
import uuid
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.sqs.queues import with_defaults
from stepmill.cloud.services.sqs.tables import SERVICE, Arrivals, find_queue, queue_arn, queue_name

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

# Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
BATCH_LIMIT = 10
BATCH_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")
BATCH_LIMIT_BYTES = 262_144
REMEMBERED_S = 7 * 86_400


@SERVICE.operation("SendMessage", resources=queue_arn)
def send_message(cloud: "Cloud", request: Request) -> Answer:
    """The same attempt again answers the first message and sends nothing."""
    answer = send_one(cloud, queue_name(request.params), request.params, request.attempt)
    cloud.state(Arrivals).tell()
    return answer


@SERVICE.operation("SendMessageBatch", action="sqs:SendMessage", resources=queue_arn)
def send_message_batch(cloud: "Cloud", request: Request) -> Answer:
    entries, name = request.params["Entries"], queue_name(request.params)
    check_batch(entries)
    find_queue(cloud, name)
    if sum(map(size_of, entries)) > BATCH_LIMIT_BYTES:
        raise AwsError(
            "BatchRequestTooLong", f"Batch requests cannot be longer than {BATCH_LIMIT_BYTES} bytes."
        )

    def send(entry: dict[str, Any]) -> Answer:
        attempt = None if request.attempt is None else f"{request.attempt}/{entry['Id']}"
        return send_one(cloud, name, entry, attempt)

    answer = in_batch(entries, send)
    cloud.state(Arrivals).tell()
    return answer


def check_batch(entries: list[dict[str, Any]]) -> None:
    """Raises: AwsError when the batch as a whole is refused."""
    ids = [entry["Id"] for entry in entries]
    if not entries:
        raise AwsError("EmptyBatchRequest", "There should be at least one entry in the request.")
    if len(entries) > BATCH_LIMIT:
        raise AwsError(
            "TooManyEntriesInBatchRequest", f"Maximum number of entries per request are {BATCH_LIMIT}."
        )
    if len(set(ids)) != len(ids):
        raise AwsError("BatchEntryIdsNotDistinct", "Id values are not distinct.")
    if not all(BATCH_ID.fullmatch(each) for each in ids):
        raise AwsError(
            "InvalidBatchEntryId", "A batch entry id can only contain letters, digits, hyphens, underscores."
        )


def in_batch(entries: list[dict[str, Any]], act: Any) -> Answer:
    """Each entry for itself: one that fails does not keep the others from success."""
    successful: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for entry in entries:
        try:
            successful.append({"Id": entry["Id"], **act(entry)})
        except AwsError as error:
            failed.append(
                {"Id": entry["Id"], "SenderFault": True, "Code": error.code, "Message": error.message}
            )
    return {"Successful": successful, "Failed": failed}


def size_of(params: dict[str, Any]) -> int:
    size = len(params["MessageBody"].encode())
    for name, attribute in params.get("MessageAttributes", {}).items():
        size += len(name.encode()) + len(attribute["DataType"].encode()) + len(value_bytes(attribute))
    return size


def value_bytes(attribute: dict[str, Any]) -> bytes:
    if "BinaryValue" in attribute:
        return bytes(attribute["BinaryValue"])
    text: str = attribute.get("StringValue", "")
    return text.encode()


def send_one(cloud: "Cloud", name: str, params: dict[str, Any], attempt: str | None) -> Answer:
    with cloud.store.transaction() as conn:
        queue = find_queue(cloud, name)
        if attempt is not None:
            known = cloud.store.query("select answer from sqs_attempt where attempt = ?", (attempt,))
            if known:
                first: Answer = json.loads(known[0]["answer"])
                return first
        kept = with_defaults(queue)
        check_message(params, int(kept["MaximumMessageSize"]))
        answer = insert(cloud, conn, name, params, int(kept["DelaySeconds"]))
        if attempt is not None:
            now_s = cloud.clock.time()
            conn.execute("delete from sqs_attempt where at_s < ?", (now_s - REMEMBERED_S,))
            conn.execute("insert into sqs_attempt values (?, ?, ?)", (attempt, json.dumps(answer), now_s))
    return answer


def check_message(params: dict[str, Any], limit_bytes: int) -> None:
    body = params["MessageBody"]
    if not body:
        raise AwsError("MissingParameter", "The request must contain the parameter MessageBody.")
    if FORBIDDEN.search(body):
        raise AwsError(
            "InvalidMessageContents", "Message must be shorter and free of characters outside of XML's set."
        )
    if size_of(params) > limit_bytes:
        raise AwsError(
            "InvalidParameterValue",
            f"One or more parameters are invalid. Reason: Message must be shorter than {limit_bytes} bytes.",
        )
    if params.get("MessageGroupId") or params.get("MessageDeduplicationId"):
        raise AwsError(
            "InvalidParameterValue", "The embedded cloud has no FIFO queues; leave MessageGroupId out"
        )
    if not 0 <= params.get("DelaySeconds", 0) <= 900:
        raise AwsError(
            "InvalidParameterValue", f"DelaySeconds is {params['DelaySeconds']}; 0 to 900 are allowed"
        )
    for name, attribute in params.get("MessageAttributes", {}).items():
        if attribute["DataType"].partition(".")[0] not in ("String", "Number", "Binary") or not value_bytes(
            attribute
        ):
            raise AwsError(
                "InvalidParameterValue", f"The message attribute '{name}' has an invalid type or no value."
            )


def insert(
    cloud: "Cloud", conn: sqlite3.Connection, name: str, params: dict[str, Any], delay_s: int
) -> Answer:
    now_s = cloud.clock.time()
    message_id = str(uuid.uuid4())
    attributes, system = params.get("MessageAttributes", {}), params.get("MessageSystemAttributes", {})
    conn.execute(
        "insert into sqs_message (queue, message_id, body, attributes, system, sent_s, visible_s, receives)"
        " values (?, ?, ?, ?, ?, ?, ?, 0)",
        (
            name,
            message_id,
            params["MessageBody"],
            json.dumps({key: as_kept(attribute) for key, attribute in attributes.items()}),
            json.dumps({key: attribute.get("StringValue", "") for key, attribute in system.items()}),
            now_s,
            now_s + params.get("DelaySeconds", delay_s),
        ),
    )
    answer: Answer = {"MessageId": message_id, "MD5OfMessageBody": md5(params["MessageBody"].encode())}
    if attributes:
        answer["MD5OfMessageAttributes"] = attributes_md5(attributes)
    if system:
        answer["MD5OfMessageSystemAttributes"] = attributes_md5(system)
    return answer


def as_kept(attribute: dict[str, Any]) -> dict[str, str]:
    """Bytes become base64 text."""
    if "BinaryValue" in attribute:
        encoded = base64.b64encode(attribute["BinaryValue"]).decode()
        return {"DataType": attribute["DataType"], "Base64Value": encoded}
    return {"DataType": attribute["DataType"], "StringValue": attribute["StringValue"]}


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def attributes_md5(attributes: dict[str, Any]) -> str:
    """Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html"""
    encoded = b""
    for name in sorted(attributes):
        attribute = attributes[name]
        for text in (name.encode(), attribute["DataType"].encode()):
            encoded += len(text).to_bytes(4, "big") + text
        value = value_bytes(attribute)
        transport = b"\x02" if attribute["DataType"].startswith("Binary") else b"\x01"
        encoded += transport + len(value).to_bytes(4, "big") + value
    return md5(encoded)
