"""AWS::SQS::Queue and QueuePolicy."""

import json
from typing import Any

from stepmill.cloud.deploy.kind import Aws, Kind, Props, tag_map
from stepmill.cloud.deploy.scope import Made

_ATTRIBUTES = {
    "ContentBasedDeduplication": "ContentBasedDeduplication",
    "DelaySeconds": "DelaySeconds",
    "FifoQueue": "FifoQueue",
    "KmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId": "KmsMasterKeyId",
    "MaximumMessageSize": "MaximumMessageSize",
    "MessageRetentionPeriod": "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "RedriveAllowPolicy": "RedriveAllowPolicy",
    "RedrivePolicy": "RedrivePolicy",
    "SqsManagedSseEnabled": "SqsManagedSseEnabled",
    "VisibilityTimeout": "VisibilityTimeout",
}
_GONE = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return json.dumps(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


class Queue(Kind):
    type = "AWS::SQS::Queue"
    properties = frozenset({"QueueName", "Tags", *_ATTRIBUTES})
    replaces = frozenset({"QueueName", "FifoQueue"})
    name_property = "QueueName"
    name_limit = 75

    def create(self, aws: Aws, name: str, wanted: Props) -> Made:
        attributes = {key: _text(wanted[key]) for key in _ATTRIBUTES if key in wanted}
        if attributes.get("FifoQueue") == "false":
            del attributes["FifoQueue"]
        tags = tag_map(wanted.get("Tags")) or None
        url = aws("sqs", "CreateQueue", QueueName=name, Attributes=attributes or None, tags=tags)["QueueUrl"]
        return Made(url, {"Arn": aws.cloud.arn("sqs", name), "QueueName": name, "QueueUrl": url})

    def update(self, aws: Aws, made: Made, before: Props, wanted: Props) -> Made:
        changed = {key for key in _ATTRIBUTES if wanted.get(key) != before.get(key)}
        attributes = {key: _text(wanted.get(key, "")) for key in sorted(changed)}
        if attributes:
            aws("sqs", "SetQueueAttributes", QueueUrl=made.physical_id, Attributes=attributes)
        return made

    def delete(self, aws: Aws, made: Made, _props: Props) -> None:
        aws.quietly("sqs", "DeleteQueue", *_GONE, QueueUrl=made.physical_id)


class QueuePolicy(Kind):
    type = "AWS::SQS::QueuePolicy"
    properties = frozenset({"Queues", "PolicyDocument"})

    def create(self, aws: Aws, name: str, wanted: Props) -> Made:
        return self.update(aws, Made(name, {"Id": name}), {}, wanted)

    def update(self, aws: Aws, made: Made, _before: Props, wanted: Props) -> Made:
        policy = {"Policy": _text(wanted["PolicyDocument"])}
        for queue in wanted["Queues"]:
            aws("sqs", "SetQueueAttributes", QueueUrl=queue, Attributes=policy)
        return made

    def delete(self, aws: Aws, _made: Made, props: Props) -> None:
        for queue in props["Queues"]:
            aws.quietly("sqs", "SetQueueAttributes", *_GONE, QueueUrl=queue, Attributes={"Policy": ""})


KINDS = (Queue(), QueuePolicy())
