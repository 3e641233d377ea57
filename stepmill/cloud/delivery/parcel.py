"""One thing to deliver, as it is kept."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

# EventBridge's defaults. Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
RETRIES = 185
AGE_LIMIT_S = 86_400


@dataclass(frozen=True)
class Parcel:
    """`id` names the delivery for ever: sent twice it is delivered once.

    `sender` is the service principal that the target's policy must let in, `source_arn` the rule, topic
    or bucket it acts for; with `role_arn` the call is made as that role instead. `target_arn` is an ARN
    or `mailto:<address>`. `payload` is the text to deliver, or data that is delivered as JSON. `options`
    belong to the target (a subject, message attributes).
    """

    id: str
    sender: str
    source_arn: str
    target_arn: str
    payload: Any
    role_arn: str | None = None
    dead_letter_arn: str | None = None
    retries: int = RETRIES
    age_limit_s: float = AGE_LIMIT_S
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return self.payload if isinstance(self.payload, str) else json.dumps(self.payload)

    def dump(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def load(cls, text: str) -> "Parcel":
        return cls(**json.loads(text))


class Undeliverable(Exception):
    """Trying again is of no use. `code` is one of EventBridge's dead-letter error codes.

    Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
