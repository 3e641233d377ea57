"""Whether a target's own policy lets a service in: Lambda's, a queue's or a topic's resource policy."""

import fnmatch
import json
from typing import TYPE_CHECKING, Any

from stepmill.cloud.delivery.parcel import Parcel, Undeliverable
from stepmill.cloud.service import AwsError

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

ACTIONS = {"lambda": "lambda:InvokeFunction", "sqs": "sqs:SendMessage", "sns": "sns:Publish"}


def check(cloud: "Cloud", parcel: Parcel) -> None:
    """Raises: Undeliverable NO_PERMISSIONS unless a statement allows the sender on behalf of its source."""
    service = parcel.target_arn.split(":")[2]
    facts = {"aws:SourceArn": parcel.source_arn, "aws:SourceAccount": cloud.account}
    if parcel.sender == "cloudwatch.amazonaws.com":
        # An alarm acts for its account, which a topic's default policy lets in.
        facts["aws:SourceOwner"] = cloud.account
    statements = read_policy(cloud, service, parcel.target_arn).get("Statement", [])
    if isinstance(statements, dict):
        statements = [statements]
    applying = [each["Effect"] for each in statements if applies(each, ACTIONS[service], parcel, facts)]
    if "Deny" in applying or "Allow" not in applying:
        raise Undeliverable(
            "NO_PERMISSIONS",
            f"{parcel.target_arn}: its policy does not allow {parcel.sender} {ACTIONS[service]} for "
            f"{parcel.source_arn}; add the permission to the resource's policy",
        )


def read_policy(cloud: "Cloud", service: str, arn: str) -> dict[str, Any]:
    text: str | None
    if service == "lambda":
        try:
            text = cloud.call("lambda", "GetPolicy", {"FunctionName": arn})["Policy"]
        except AwsError as error:
            if error.status != 404:
                raise
            text = None  # no function or no policy: nobody is let in
    elif service == "sqs":
        url = queue_url(cloud, arn)
        asked = {"QueueUrl": url, "AttributeNames": ["Policy"]}
        text = cloud.call("sqs", "GetQueueAttributes", asked).get("Attributes", {}).get("Policy")
    else:
        text = cloud.call("sns", "GetTopicAttributes", {"TopicArn": arn})["Attributes"].get("Policy")
    policy: dict[str, Any] = json.loads(text) if text else {}
    return policy


def queue_url(cloud: "Cloud", arn: str) -> str:
    url: str = cloud.call("sqs", "GetQueueUrl", {"QueueName": arn.rpartition(":")[2]})["QueueUrl"]
    return url


def applies(statement: dict[str, Any], action: str, parcel: Parcel, facts: dict[str, str]) -> bool:
    return (
        names_principal(statement.get("Principal"), parcel.sender)
        and any(fnmatch.fnmatchcase(action.lower(), each.lower()) for each in listed(statement.get("Action")))
        and any(
            fnmatch.fnmatchcase(parcel.target_arn, each) for each in listed(statement.get("Resource", "*"))
        )
        and all(
            holds(operator, key, wanted, facts)
            for operator, tests in statement.get("Condition", {}).items()
            for key, wanted in tests.items()
        )
    )


def listed(value: Any) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)


def names_principal(principal: Any, sender: str) -> bool:
    if principal == "*":
        return True
    return isinstance(principal, dict) and (
        sender in listed(principal.get("Service")) or "*" in listed(principal.get("AWS"))
    )


def holds(operator: str, key: str, wanted: Any, facts: dict[str, str]) -> bool:
    """A condition on what a service's call carries; one that speaks of anything else does not hold."""
    actual = {name.lower(): value for name, value in facts.items()}.get(key.lower())
    if actual is None:
        return False
    if operator in ("ArnLike", "ArnEquals", "StringLike"):
        return any(fnmatch.fnmatchcase(actual, each) for each in listed(wanted))
    return operator == "StringEquals" and actual in listed(wanted)
