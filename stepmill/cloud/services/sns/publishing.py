"""Publish: every subscriber that wants the message gets one of its own, through the outbox."""

import base64
import json
import re
import sqlite3
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from stepmill.cloud.delivery.outbox import send
from stepmill.cloud.delivery.parcel import Parcel
from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.sns.filtering import passes
from stepmill.cloud.services.sns.tables import SERVICE, attributes_of, find_topic, invalid, topic_arn

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

# Source: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
SIZE_LIMIT_BYTES = 262_144
SUBJECT = re.compile(r"[!-~][ -~]{0,99}")
BATCH_LIMIT = 10
BATCH_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")
RETRIES = 50
# An attempt that comes again within this time is recognised.
REMEMBERED_S = 7 * 86_400


@SERVICE.operation("Publish", resources=topic_arn)
def publish(cloud: "Cloud", request: Request) -> Answer:
    """The same attempt again answers the first message's id and publishes nothing."""
    params = request.params
    if params.get("PhoneNumber"):
        raise invalid("PhoneNumber Reason: the embedded cloud sends no text messages")
    arn = params.get("TopicArn") or params.get("TargetArn")
    if not arn:
        raise invalid("TopicArn or TargetArn Reason: no value for required parameter")
    return {"MessageId": publish_message(cloud, arn, params, request.attempt)}


@SERVICE.operation("PublishBatch", action="sns:Publish", resources=topic_arn)
def publish_batch(cloud: "Cloud", request: Request) -> Answer:
    entries = request.params["PublishBatchRequestEntries"]
    check_batch(entries)
    find_topic(cloud, request.params["TopicArn"])
    successful: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for entry in entries:
        attempt = None if request.attempt is None else f"{request.attempt}/{entry['Id']}"
        try:
            message_id = publish_message(cloud, request.params["TopicArn"], entry, attempt)
        except AwsError as error:
            refusal = {"Code": error.code, "Message": error.message, "SenderFault": True}
            failed.append({"Id": entry["Id"], **refusal})
        else:
            successful.append({"Id": entry["Id"], "MessageId": message_id})
    return {"Successful": successful, "Failed": failed}


def check_batch(entries: list[dict[str, Any]]) -> None:
    ids = [entry["Id"] for entry in entries]
    if not entries:
        raise AwsError("EmptyBatchRequest", "The batch request doesn't contain any entries.")
    if len(entries) > BATCH_LIMIT:
        raise AwsError(
            "TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible."
        )
    if len(set(ids)) != len(ids):
        raise AwsError(
            "BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id."
        )
    if not all(BATCH_ID.fullmatch(each) for each in ids):
        raise AwsError("InvalidBatchEntryId", "The Id of a batch entry in a batch request is not valid.")
    if sum(map(size_of, entries)) > SIZE_LIMIT_BYTES:
        raise AwsError(
            "BatchRequestTooLong", "The length of all the batch messages put together is too long."
        )


def publish_message(cloud: "Cloud", arn: str, params: dict[str, Any], attempt: str | None) -> str:
    """Raises: AwsError InvalidParameter, NotFound."""
    message_id = str(uuid.uuid4())
    with cloud.store.transaction() as conn:
        find_topic(cloud, arn)
        texts = check_message(params)
        if attempt is not None:
            now_s = cloud.clock.time()
            conn.execute("delete from sns_attempt where at_s < ?", (now_s - REMEMBERED_S,))
            known = cloud.store.query("select message_id from sns_attempt where attempt = ?", (attempt,))
            if known:
                first: str = known[0]["message_id"]
                return first
            conn.execute("insert into sns_attempt values (?, ?, ?)", (attempt, message_id, now_s))
        for row in cloud.store.query(
            "select * from sns_subscription where topic_arn = ? order by arn", (arn,)
        ):
            text = texts.get(row["protocol"], texts["default"])
            if passes(attributes_of(row), text, params.get("MessageAttributes", {})):
                send(cloud, make_parcel(cloud, row, message_id, text, params))
    return message_id


def size_of(params: dict[str, Any]) -> int:
    size = len(params["Message"].encode())
    for name, attribute in params.get("MessageAttributes", {}).items():
        value = attribute.get("BinaryValue") or attribute.get("StringValue", "").encode()
        size += len(name.encode()) + len(attribute["DataType"].encode()) + len(value)
    return size


def check_message(params: dict[str, Any]) -> dict[str, str]:
    """The text for each protocol, `default` for those without one of their own."""
    if params.get("MessageDeduplicationId") or params.get("MessageGroupId"):
        raise invalid("MessageGroupId Reason: the embedded cloud has no FIFO topics")
    subject = params.get("Subject")
    if subject is not None and not SUBJECT.fullmatch(subject):
        raise invalid("Subject")
    if not params["Message"]:
        raise invalid("Empty message")
    if size_of(params) > SIZE_LIMIT_BYTES:
        raise invalid("Message too long")
    for name, attribute in params.get("MessageAttributes", {}).items():
        check_message_attribute(name, attribute)
    if params.get("MessageStructure") != "json":
        return {"default": params["Message"]}
    try:
        texts = json.loads(params["Message"])
    except ValueError as error:
        raise invalid("Message Structure - JSON message body failed to parse") from error
    if not isinstance(texts, dict) or not isinstance(texts.get("default"), str):
        raise invalid("Message Structure - No default entry in JSON message body")
    return {name: text for name, text in texts.items() if isinstance(text, str)}


def check_message_attribute(name: str, attribute: dict[str, Any]) -> None:
    kind = attribute["DataType"].partition(".")[0]
    has_value = "BinaryValue" in attribute if kind == "Binary" else bool(attribute.get("StringValue"))
    if kind not in ("String", "Number", "Binary") or not has_value:
        raise AwsError(
            "ParameterValueInvalid",
            f"The message attribute '{name}' has an invalid type or no value of its type.",
        )
    if attribute["DataType"] == "String.Array" or kind == "Number":
        try:
            json.loads(attribute["StringValue"])
        except ValueError as error:
            raise AwsError(
                "ParameterValueInvalid", f"The message attribute '{name}' is not a {kind}."
            ) from error


def make_parcel(
    cloud: "Cloud", row: sqlite3.Row, message_id: str, text: str, params: dict[str, Any]
) -> Parcel:
    attributes = attributes_of(row)
    note = make_note(cloud, row, message_id, text, params)
    payload: Any = note
    options: dict[str, Any] = {}
    target = row["endpoint"]
    if row["protocol"].startswith("email"):
        target = f"mailto:{row['endpoint']}"
        options["subject"] = params.get("Subject") or "AWS Notification Message"
        payload = note if row["protocol"] == "email-json" else mail_text(row, text)
    elif row["protocol"] == "lambda":
        payload = {"Records": [lambda_record(row, note)]}
    elif attributes.get("RawMessageDelivery", "").lower() == "true":
        payload = text
        options["attributes"] = raw_attributes(params)
    redrive = json.loads(attributes.get("RedrivePolicy") or "{}")
    return Parcel(
        id=f"sns/{message_id}/{row['arn']}",
        sender="sns.amazonaws.com",
        source_arn=row["topic_arn"],
        target_arn=target,
        payload=payload,
        dead_letter_arn=redrive.get("deadLetterTargetArn"),
        retries=RETRIES,
        options=options,
    )


def make_note(
    cloud: "Cloud", row: sqlite3.Row, message_id: str, text: str, params: dict[str, Any]
) -> dict[str, Any]:
    """The JSON that subscribers are sent. It is not signed: no one but this cloud can have made it.

    Source: https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
    """
    now = datetime.fromtimestamp(cloud.clock.time(), UTC)
    note: dict[str, Any] = {"Type": "Notification", "MessageId": message_id, "TopicArn": row["topic_arn"]}
    if params.get("Subject"):
        note["Subject"] = params["Subject"]
    note |= {
        "Message": text,
        "Timestamp": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "SignatureVersion": "1",
        "Signature": "",
        "SigningCertURL": "",
        "UnsubscribeURL": f"{cloud.endpoint_url}/?Action=Unsubscribe&SubscriptionArn={row['arn']}",
    }
    if params.get("MessageAttributes"):
        note["MessageAttributes"] = {
            name: {"Type": attribute["DataType"], "Value": attribute_text(attribute)}
            for name, attribute in params["MessageAttributes"].items()
        }
    return note


def attribute_text(attribute: dict[str, Any]) -> str:
    if "BinaryValue" in attribute:
        return base64.b64encode(attribute["BinaryValue"]).decode()
    text: str = attribute["StringValue"]
    return text


def mail_text(row: sqlite3.Row, text: str) -> str:
    return f"{text}\n\n--\nYou receive this because {row['endpoint']} is subscribed to {row['topic_arn']}\n"


def lambda_record(row: sqlite3.Row, note: dict[str, Any]) -> dict[str, Any]:
    """Lambda's field names differ from the note's, and a missing subject is null there."""
    renamed = {name.replace("URL", "Url"): value for name, value in note.items()}
    return {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": row["arn"],
        "Sns": {"Subject": None, "MessageAttributes": {}, **renamed},
    }


def raw_attributes(params: dict[str, Any]) -> dict[str, Any]:
    """Message attributes as SQS takes them; bytes as base64 text until they are sent."""
    return {
        name: {"DataType": attribute["DataType"], "StringValue": attribute_text(attribute)}
        if "BinaryValue" not in attribute
        else {"DataType": attribute["DataType"], "Base64Value": attribute_text(attribute)}
        for name, attribute in params.get("MessageAttributes", {}).items()
    }
