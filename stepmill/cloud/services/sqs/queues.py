"""Queues: made, found, described, purged, tagged, deleted."""

import json
import re
import sqlite3
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.sqs.tables import (
    SERVICE,
    attributes_of,
    find_queue,
    queue_arn,
    queue_name,
    queue_url,
)

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

QUEUE_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
# Least, most and default. Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
NUMBERS = {
    "DelaySeconds": (0, 900, 0),
    "MaximumMessageSize": (1024, 1_048_576, 262_144),
    "MessageRetentionPeriod": (60, 1_209_600, 345_600),
    "ReceiveMessageWaitTimeSeconds": (0, 20, 0),
    "VisibilityTimeout": (0, 43_200, 30),
    "KmsDataKeyReusePeriodSeconds": (60, 86_400, 300),
}
TEXTS = ("Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId", "SqsManagedSseEnabled")


@SERVICE.operation("CreateQueue", resources=queue_arn)
def create_queue(cloud: "Cloud", request: Request) -> Answer:
    name, attributes = request.params["QueueName"], request.params.get("Attributes", {})
    if name.endswith(".fifo") or "FifoQueue" in attributes:
        raise AwsError(
            "InvalidAttributeValue",
            f"sqs: {name}: the embedded cloud has no FIFO queues; name a standard one",
        )
    if not QUEUE_NAME.fullmatch(name):
        raise AwsError(
            "InvalidParameterValue",
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
        )
    check_attributes(attributes)
    with cloud.store.transaction() as conn:
        known = cloud.store.query("select * from sqs_queue where name = ?", (name,))
        if known:
            kept = with_defaults(known[0])
            if any(kept.get(key) != value for key, value in attributes.items()):
                raise AwsError(
                    "QueueNameExists",
                    "A queue already exists with the same name and a different value for an attribute",
                )
        else:
            now_s = cloud.clock.time()
            conn.execute(
                "insert into sqs_queue values (?, ?, ?, ?, ?)",
                (name, now_s, now_s, json.dumps(attributes), json.dumps(request.params.get("tags", {}))),
            )
    return {"QueueUrl": queue_url(cloud, name)}


def check_attributes(attributes: dict[str, str]) -> None:
    for name, value in attributes.items():
        if name in NUMBERS:
            least, most, _ = NUMBERS[name]
            if not value.isdigit() or not least <= int(value) <= most:
                raise AwsError(
                    "InvalidAttributeValue",
                    f"Invalid value {value} for the parameter {name}; {least} to {most}",
                )
        elif name not in TEXTS:
            raise AwsError("InvalidAttributeName", f"Unknown Attribute {name}.")
        elif name == "RedrivePolicy" and value:
            read_redrive_policy(value)
        elif name == "Policy" and value:
            read_json(value, name)


def read_json(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise AwsError(
            "InvalidAttributeValue", f"Invalid value for the parameter {name}: not JSON"
        ) from error


def read_redrive_policy(text: str) -> tuple[str, int]:
    """The dead-letter queue's ARN and the number of receives that a message may have."""
    policy = read_json(text, "RedrivePolicy")
    try:
        arn, most = policy["deadLetterTargetArn"], int(policy["maxReceiveCount"])
    except (KeyError, TypeError, ValueError) as error:
        raise AwsError(
            "InvalidAttributeValue", "RedrivePolicy needs deadLetterTargetArn and maxReceiveCount"
        ) from error
    if not 1 <= most <= 1000:
        raise AwsError("InvalidAttributeValue", f"maxReceiveCount is {most}; 1 to 1000 are allowed")
    return arn, most


def with_defaults(row: sqlite3.Row) -> dict[str, str]:
    defaults = {name: str(default) for name, (_, _, default) in NUMBERS.items()}
    del defaults["KmsDataKeyReusePeriodSeconds"]
    return {**defaults, "SqsManagedSseEnabled": "true", **attributes_of(row)}


@SERVICE.operation("GetQueueUrl", resources=queue_arn)
def get_queue_url(cloud: "Cloud", request: Request) -> Answer:
    return {"QueueUrl": queue_url(cloud, find_queue(cloud, request.params["QueueName"])["name"])}


@SERVICE.operation("ListQueues")
def list_queues(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    limit = params.get("MaxResults", 1000)
    rows = cloud.store.query(
        "select name from sqs_queue where substr(name, 1, length(?1)) = ?1 and name > ?2 order by name",
        (params.get("QueueNamePrefix", ""), params.get("NextToken", "")),
    )
    shown = [row["name"] for row in rows[:limit]]
    token = {"NextToken": shown[-1]} if "MaxResults" in params and len(rows) > limit else {}
    return {"QueueUrls": [queue_url(cloud, name) for name in shown], **token} if shown else {}


@SERVICE.operation("DeleteQueue", resources=queue_arn)
def delete_queue(cloud: "Cloud", request: Request) -> Answer:
    name = queue_name(request.params)
    with cloud.store.transaction() as conn:
        find_queue(cloud, name)
        conn.execute("delete from sqs_message where queue = ?", (name,))
        conn.execute("delete from sqs_queue where name = ?", (name,))
    return {}


@SERVICE.operation("PurgeQueue", resources=queue_arn)
def purge_queue(cloud: "Cloud", request: Request) -> Answer:
    name = queue_name(request.params)
    with cloud.store.transaction() as conn:
        find_queue(cloud, name)
        conn.execute("delete from sqs_message where queue = ?", (name,))
    return {}


@SERVICE.operation("GetQueueAttributes", resources=queue_arn)
def get_queue_attributes(cloud: "Cloud", request: Request) -> Answer:
    row = find_queue(cloud, queue_name(request.params))
    now_s = cloud.clock.time()
    counts = cloud.store.query(
        "select count(*) filter (where visible_s <= ?1) as ready,"
        " count(*) filter (where visible_s > ?1 and receipt is not null) as in_flight,"
        " count(*) filter (where visible_s > ?1 and receipt is null) as delayed"
        " from sqs_message where queue = ?2",
        (now_s, row["name"]),
    )[0]
    attributes = {
        **with_defaults(row),
        "QueueArn": cloud.arn("sqs", row["name"]),
        "ApproximateNumberOfMessages": str(counts["ready"]),
        "ApproximateNumberOfMessagesNotVisible": str(counts["in_flight"]),
        "ApproximateNumberOfMessagesDelayed": str(counts["delayed"]),
        "CreatedTimestamp": str(int(row["created_s"])),
        "LastModifiedTimestamp": str(int(row["modified_s"])),
    }
    wanted = request.params.get("AttributeNames", [])
    if "All" not in wanted:
        attributes = {name: value for name, value in attributes.items() if name in wanted}
    return {"Attributes": attributes} if attributes else {}


@SERVICE.operation("SetQueueAttributes", resources=queue_arn)
def set_queue_attributes(cloud: "Cloud", request: Request) -> Answer:
    """An empty value takes the attribute away."""
    check_attributes(request.params["Attributes"])
    with cloud.store.transaction() as conn:
        row = find_queue(cloud, queue_name(request.params))
        merged = {**attributes_of(row), **request.params["Attributes"]}
        kept = json.dumps({name: value for name, value in merged.items() if value != ""})
        conn.execute(
            "update sqs_queue set attributes = ?, modified_s = ? where name = ?",
            (kept, cloud.clock.time(), row["name"]),
        )
    return {}


@SERVICE.operation("ListDeadLetterSourceQueues", resources=queue_arn)
def list_dead_letter_source_queues(cloud: "Cloud", request: Request) -> Answer:
    arn = queue_arn(cloud, request.params)[0]
    find_queue(cloud, queue_name(request.params))
    sources = [
        row["name"]
        for row in cloud.store.query("select * from sqs_queue order by name")
        if (policy := attributes_of(row).get("RedrivePolicy")) and read_redrive_policy(policy)[0] == arn
    ]
    return {"queueUrls": [queue_url(cloud, name) for name in sources]}


def change_tags(cloud: "Cloud", name: str, added: dict[str, str], removed: list[str]) -> Answer:
    with cloud.store.transaction() as conn:
        tags = {**json.loads(find_queue(cloud, name)["tags"]), **added}
        kept = json.dumps({key: value for key, value in tags.items() if key not in removed})
        conn.execute("update sqs_queue set tags = ? where name = ?", (kept, name))
    return {}


@SERVICE.operation("TagQueue", resources=queue_arn)
def tag_queue(cloud: "Cloud", request: Request) -> Answer:
    return change_tags(cloud, queue_name(request.params), request.params["Tags"], [])


@SERVICE.operation("UntagQueue", resources=queue_arn)
def untag_queue(cloud: "Cloud", request: Request) -> Answer:
    return change_tags(cloud, queue_name(request.params), {}, request.params["TagKeys"])


@SERVICE.operation("ListQueueTags", resources=queue_arn)
def list_queue_tags(cloud: "Cloud", request: Request) -> Answer:
    return {"Tags": json.loads(find_queue(cloud, queue_name(request.params))["tags"])}
