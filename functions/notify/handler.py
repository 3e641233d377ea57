"""Notify: tell people how an execution ended, in words.

In:  EventBridge's "Step Functions Execution Status Change" event
Out: {"message_id": str}; empty when the execution's output says that nobody needs to hear of its good end

An event that comes twice sends the same words twice: harmless, and better than none.
"""

from dataclasses import dataclass
from typing import Any, TypedDict

from millkit import aws, environment, letters, log


class NotifyOutput(TypedDict):
    message_id: str


@dataclass(frozen=True)
class Settings:
    topic_arn: str


def handler(event: dict[str, Any], _context: object) -> NotifyOutput:
    settings = environment.read(Settings, "stacks/foundation.yaml")
    if letters.is_quiet(event):
        return {"message_id": ""}
    letter = letters.letter(event)
    answer = aws.client("sns").publish(
        TopicArn=settings.topic_arn, Subject=letter.subject, Message=letter.body
    )
    log.info("notify", execution_arn=event["detail"]["executionArn"], message_id=answer["MessageId"])
    return {"message_id": answer["MessageId"]}
