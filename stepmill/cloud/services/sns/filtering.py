"""Filter policies: EventBridge's patterns over a message's attributes, or over its body."""

import json
from collections.abc import Mapping
from typing import Any

from stepmill.cloud.services.events.filters import InvalidPattern
from stepmill.cloud.services.events.patterns import compile_object
from stepmill.cloud.services.sns.tables import invalid

SCOPES = ("MessageAttributes", "MessageBody")


def check_filter(attributes: Mapping[str, str]) -> None:
    """Raises: AwsError InvalidParameter for a policy that cannot be used."""
    scope = attributes.get("FilterPolicyScope", "MessageAttributes")
    if scope not in SCOPES:
        raise invalid(f"FilterPolicyScope: {scope}; allowed: {', '.join(SCOPES)}")
    if not attributes.get("FilterPolicy"):
        return
    try:
        policy = json.loads(attributes["FilterPolicy"])
        if policy:
            compile_object(policy, "")
    except InvalidPattern as error:
        raise invalid(f"FilterPolicy: {error}") from error
    except ValueError as error:
        raise invalid("FilterPolicy: failed to parse JSON") from error
    is_nested = isinstance(policy, dict) and any(isinstance(value, dict) for value in policy.values())
    if is_nested and scope == "MessageAttributes":
        raise invalid(
            "FilterPolicy: Filter policy scope MessageAttributes does not support nested filter policy"
        )


def passes(attributes: Mapping[str, str], message: str, message_attributes: Mapping[str, Any]) -> bool:
    """Whether a subscription with these attributes wants the message."""
    policy = json.loads(attributes.get("FilterPolicy") or "{}")
    if not policy:
        return True
    if attributes.get("FilterPolicyScope") == "MessageBody":
        try:
            subject = json.loads(message)
        except ValueError:
            return False
    else:
        subject = {name: value_of(attribute) for name, attribute in message_attributes.items()}
    return compile_object(policy, "")(subject)


def value_of(attribute: Mapping[str, Any]) -> Any:
    """What a filter compares: text, a number or a list. Bytes are never equal to anything in a policy."""
    kind = attribute["DataType"].partition(".")[0]
    if attribute["DataType"] == "String.Array" or kind == "Number":
        return json.loads(attribute["StringValue"])
    return attribute.get("StringValue") if kind == "String" else {}
