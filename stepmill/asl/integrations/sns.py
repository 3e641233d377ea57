"""Simple Notification Service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stepmill.asl.errors import AslError
from stepmill.asl.integrations.call import call, exactly_one, pattern_of

if TYPE_CHECKING:
    from typing import Unpack

    from stepmill.asl.expressions import Dynamic, Object
    from stepmill.asl.fields import TaskOptions
    from stepmill.asl.states import Task

SUBJECT_LIMIT = 100


def publish(
    state_id: str,
    *,
    message: str | Dynamic | Object,
    topic_arn: str | Dynamic | None = None,
    target_arn: str | Dynamic | None = None,
    phone_number: str | Dynamic | None = None,
    subject: str | Dynamic | None = None,
    message_attributes: Object | Dynamic | None = None,
    message_group_id: str | Dynamic | None = None,
    message_deduplication_id: str | Dynamic | None = None,
    task_token: bool = False,
    **options: Unpack[TaskOptions],
) -> Task:
    """Publish a message to exactly one of topic, target and telephone; an object becomes its JSON text.

    subject: at most 100 characters, no line breaks. task_token: wait for SendTaskSuccess with the token in
    the message. Result: {"MessageId": str}.
    """
    exactly_one(
        state_id, "Parameters", {"TopicArn": topic_arn, "TargetArn": target_arn, "PhoneNumber": phone_number}
    )
    if isinstance(subject, str) and (len(subject) > SUBJECT_LIMIT or "\n" in subject):
        raise AslError(
            f"States.{state_id}: Parameters.Subject is {subject!r}; use one line of at most 100 characters"
        )
    parameters = {
        "TopicArn": topic_arn, "TargetArn": target_arn, "PhoneNumber": phone_number, "Message": message,
        "Subject": subject, "MessageAttributes": message_attributes, "MessageGroupId": message_group_id,
        "MessageDeduplicationId": message_deduplication_id,
    }  # fmt: skip
    resource = "sns:publish" + pattern_of(wait=False, task_token=task_token)
    return call(state_id, resource, parameters, options, required=("Message",))
