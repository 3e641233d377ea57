"""What a bucket tells others: events to EventBridge, and records to Lambda, SQS and SNS.

Told inside the transaction that writes the object's row, so an object and its events are there together.
"""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

from stepmill.cloud.delivery.outbox import send
from stepmill.cloud.delivery.parcel import Parcel
from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.s3.documents import keep
from stepmill.cloud.services.s3.tables import NULL_VERSION, SERVICE, bucket_arn, find_bucket, find_document

if TYPE_CHECKING:
    import sqlite3

    from stepmill.cloud.cloud import Cloud

KIND = "NotificationConfiguration"
TARGETS = {
    "LambdaFunctionConfigurations": "LambdaFunctionArn",
    "QueueConfigurations": "QueueArn",
    "TopicConfigurations": "TopicArn",
}
SOURCE_ADDRESS = "127.0.0.1"
CREATED_NAMES = {
    "PutObject": "ObjectCreated:Put",
    "CopyObject": "ObjectCreated:Copy",
    "CompleteMultipartUpload": "ObjectCreated:CompleteMultipartUpload",
}


@SERVICE.operation(
    "PutBucketNotificationConfiguration", action="s3:PutBucketNotification", resources=bucket_arn
)
def put_notification(cloud: "Cloud", request: Request) -> Answer:
    configuration = request.params["NotificationConfiguration"]
    for kind, arn_field in TARGETS.items():
        for entry in configuration.get(kind, []):
            check_entry(entry, arn_field)
            entry.setdefault("Id", str(uuid.uuid4()))
    keep(cloud, request.params["Bucket"], KIND, configuration)
    return {}


@SERVICE.operation(
    "GetBucketNotificationConfiguration", action="s3:GetBucketNotification", resources=bucket_arn
)
def get_notification(cloud: "Cloud", request: Request) -> Answer:
    find_bucket(cloud, request.params["Bucket"])
    return find_document(cloud, request.params["Bucket"], KIND) or {}


def check_entry(entry: dict[str, Any], arn_field: str) -> None:
    for event in entry["Events"]:
        if not event.startswith(("s3:ObjectCreated:", "s3:ObjectRemoved:")):
            raise AwsError(
                "InvalidArgument",
                f"s3: event {event} of {entry[arn_field]} is not supported; allowed: s3:ObjectCreated:*, "
                f"s3:ObjectRemoved:* and their single events",
            )


def tell_created(cloud: "Cloud", row: "sqlite3.Row", reason: str) -> None:
    described = {"size": row["size"], "etag": row["etag"]}
    detail = {"reason": reason}
    tell(cloud, row, "Object Created", CREATED_NAMES[reason], described, detail)


def tell_deleted(cloud: "Cloud", row: "sqlite3.Row") -> None:
    """`row` is the delete marker that was made, or the version that is gone."""
    deletion = "Delete Marker Created" if row["is_marker"] else "Permanently Deleted"
    name = "ObjectRemoved:DeleteMarkerCreated" if row["is_marker"] else "ObjectRemoved:Delete"
    described = {} if row["is_marker"] else {"etag": row["etag"]}
    detail = {"reason": "DeleteObject", "deletion-type": deletion}
    tell(cloud, row, "Object Deleted", name, described, detail)


def tell(
    cloud: "Cloud",
    row: "sqlite3.Row",
    detail_type: str,
    name: str,
    described: dict[str, Any],
    more: dict[str, str],
) -> None:
    configuration = find_document(cloud, row["bucket"], KIND)
    if not configuration:
        return
    sequencer = next_sequencer(cloud)
    request_id = uuid.uuid4().hex[:16].upper()
    version = {} if row["version_id"] == NULL_VERSION else {"version-id": row["version_id"]}
    if "EventBridgeConfiguration" in configuration:
        detail = {
            "version": "0",
            "bucket": {"name": row["bucket"]},
            "object": {"key": row["key"], **described, **version, "sequencer": sequencer},
            "request-id": request_id,
            "requester": cloud.account,
            "source-ip-address": SOURCE_ADDRESS,
            **more,
        }
        cloud.emit("aws.s3", detail_type, detail, [f"arn:aws:s3:::{row['bucket']}"], str(uuid.uuid4()))
    for entry, arn in listeners(configuration, name, row["key"]):
        record = make_record(cloud, row, name, entry["Id"], sequencer, request_id)
        send(
            cloud,
            Parcel(
                id=f"s3/{request_id}/{entry['Id']}/{sequencer}",
                sender="s3.amazonaws.com",
                source_arn=f"arn:aws:s3:::{row['bucket']}",
                target_arn=arn,
                payload={"Records": [record]},
            ),
        )


def next_sequencer(cloud: "Cloud") -> str:
    """Grows with every event, so that of two events of one key the later one compares greater."""
    with cloud.store.transaction() as conn:
        row = conn.execute("update s3_sequencer set value = value + 1 returning value").fetchone()
    return f"{row['value']:018X}"


def listeners(configuration: dict[str, Any], name: str, key: str) -> Iterator[tuple[dict[str, Any], str]]:
    for kind, arn_field in TARGETS.items():
        for entry in configuration.get(kind, []):
            if is_wanted(entry, name, key):
                yield entry, entry[arn_field]


def is_wanted(entry: dict[str, Any], name: str, key: str) -> bool:
    if not any(event in (f"s3:{name}", f"s3:{name.split(':')[0]}:*") for event in entry["Events"]):
        return False
    rules = entry.get("Filter", {}).get("Key", {}).get("FilterRules", [])
    return all(
        key.startswith(rule["Value"]) if rule["Name"].lower() == "prefix" else key.endswith(rule["Value"])
        for rule in rules
    )


def make_record(
    cloud: "Cloud", row: "sqlite3.Row", name: str, configuration_id: str, sequencer: str, request_id: str
) -> dict[str, Any]:
    """One record of the classic notification; its key is URL-encoded, as AWS has it there.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    """
    described: dict[str, Any] = {"key": quote_plus(row["key"], safe="/")}
    if name.startswith("ObjectCreated"):
        described |= {"size": row["size"], "eTag": row["etag"]}
    if row["version_id"] != NULL_VERSION:
        described["versionId"] = row["version_id"]
    now = datetime.fromtimestamp(cloud.clock.time(), UTC)
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": cloud.region,
        "eventTime": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "eventName": name,
        "userIdentity": {"principalId": cloud.account},
        "requestParameters": {"sourceIPAddress": SOURCE_ADDRESS},
        "responseElements": {"x-amz-request-id": request_id, "x-amz-id-2": request_id},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": configuration_id,
            "bucket": {
                "name": row["bucket"],
                "ownerIdentity": {"principalId": cloud.account},
                "arn": f"arn:aws:s3:::{row['bucket']}",
            },
            "object": {**described, "sequencer": sequencer},
        },
    }
