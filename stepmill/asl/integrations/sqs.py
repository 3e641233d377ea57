"""Simple Queue Service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stepmill.asl.integrations.call import call, pattern_of

if TYPE_CHECKING:
    from typing import Unpack

    from stepmill.asl.expressions import Dynamic, Object
    from stepmill.asl.fields import TaskOptions
    from stepmill.asl.states import Task


def send_message(
    state_id: str,
    *,
    queue_url: str | Dynamic,
    message_body: str | Dynamic | Object,
    delay_seconds: int | Dynamic | None = None,
    message_attributes: Object | Dynamic | None = None,
    message_group_id: str | Dynamic | None = None,
    message_deduplication_id: str | Dynamic | None = None,
    task_token: bool = False,
    **options: Unpack[TaskOptions],
) -> Task:
    """Send a message; an object becomes its JSON text.

    task_token: wait until whoever reads the message calls SendTaskSuccess with the token in it.
    Result: {"MessageId": str, "MD5OfMessageBody": str}.
    """
    parameters = {
        "QueueUrl": queue_url, "MessageBody": message_body, "DelaySeconds": delay_seconds,
        "MessageAttributes": message_attributes, "MessageGroupId": message_group_id,
        "MessageDeduplicationId": message_deduplication_id,
    }  # fmt: skip
    resource = "sqs:sendMessage" + pattern_of(wait=False, task_token=task_token)
    return call(state_id, resource, parameters, options, required=("QueueUrl", "MessageBody"))
