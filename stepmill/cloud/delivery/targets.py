"""How each kind of target is handed a parcel.

Every call carries the parcel's id as its attempt, so that a delivery made twice has one effect.
"""

import base64
import re
import smtplib
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from stepmill.cloud.delivery import permission
from stepmill.cloud.delivery.parcel import Parcel, Undeliverable
from stepmill.cloud.mail import MailSink
from stepmill.cloud.service import ROOT, AwsError, Principal

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

GONE = ("NotFound", "DoesNotExist", "NonExistent")
PASSING = ("Throttl", "TooManyRequests", "ServiceUnavailable", "InternalError", "InternalFailure")


def deliver(cloud: "Cloud", parcel: Parcel) -> None:
    """Raises: Undeliverable when trying again is of no use; anything else is worth another attempt."""
    kind = "mailto" if parcel.target_arn.startswith("mailto:") else parcel.target_arn.split(":")[2]
    try:
        TARGETS[kind](cloud, parcel)
    except AwsError as error:
        if is_passing(error):
            raise
        raise Undeliverable(error_code(error), f"{error.code}: {error.message}") from error


def is_passing(error: AwsError) -> bool:
    return error.status >= 500 or error.status == 429 or any(word in error.code for word in PASSING)


def error_code(error: Exception) -> str:
    """EventBridge's word for why a target refused."""
    if isinstance(error, TimeoutError):
        return "TIMEOUT"
    if not isinstance(error, AwsError):
        return "ERROR_FROM_TARGET"
    if "AccessDenied" in error.code or "Authorization" in error.code:
        return "NO_PERMISSIONS"
    if any(word in error.code for word in GONE):
        return "NO_RESOURCE"
    if "Throttl" in error.code or "TooManyRequests" in error.code:
        return "THROTTLING"
    return "ERROR_FROM_TARGET" if error.status >= 500 else "SDK_CLIENT_ERROR"


def principal_of(cloud: "Cloud", parcel: Parcel) -> Principal:
    """The role that the target names, trusted by the sender; without one the target's own policy decides."""
    if parcel.role_arn is not None:
        return cloud.assume(parcel.role_arn, parcel.sender, source_arn=parcel.source_arn)
    permission.check(cloud, parcel)
    return ROOT


def to_lambda(cloud: "Cloud", parcel: Parcel) -> None:
    asked = {"FunctionName": parcel.target_arn, "InvocationType": "Event", "Payload": parcel.text.encode()}
    cloud.call("lambda", "Invoke", asked, principal=principal_of(cloud, parcel), attempt=parcel.id)


def to_state_machine(cloud: "Cloud", parcel: Parcel) -> None:
    """The execution's name follows from the parcel: a second delivery finds the first one's execution."""
    if parcel.role_arn is None:
        raise Undeliverable(
            "NO_PERMISSIONS", f"{parcel.target_arn}: the target has no RoleArn to start it with"
        )
    asked = {"stateMachineArn": parcel.target_arn, "name": execution_name(parcel), "input": parcel.text}
    try:
        cloud.call(
            "stepfunctions", "StartExecution", asked, principal=principal_of(cloud, parcel), attempt=parcel.id
        )
    except AwsError as error:
        if error.code != "ExecutionAlreadyExists":
            raise


def execution_name(parcel: Parcel) -> str:
    """`<event id>_<hash of the delivery>`, within the 80 characters that a name may have."""
    event_id = re.sub(r"[^A-Za-z0-9_-]", "-", parcel.options["event_id"])[:40]
    return f"{event_id}_{uuid.uuid5(uuid.NAMESPACE_OID, parcel.id)}"


def to_queue(cloud: "Cloud", parcel: Parcel) -> None:
    principal = principal_of(cloud, parcel)
    asked: dict[str, Any] = {
        "QueueUrl": permission.queue_url(cloud, parcel.target_arn),
        "MessageBody": parcel.text,
    }
    if parcel.options.get("attributes"):
        asked["MessageAttributes"] = {
            name: as_sent(attribute) for name, attribute in parcel.options["attributes"].items()
        }
    cloud.call("sqs", "SendMessage", asked, principal=principal, attempt=parcel.id)


def as_sent(attribute: dict[str, str]) -> dict[str, Any]:
    """A binary value is kept as base64 text in the outbox."""
    if "Base64Value" not in attribute:
        return attribute
    return {"DataType": attribute["DataType"], "BinaryValue": base64.b64decode(attribute["Base64Value"])}


def to_topic(cloud: "Cloud", parcel: Parcel) -> None:
    principal = principal_of(cloud, parcel)
    asked = {"TopicArn": parcel.target_arn, "Message": parcel.text}
    for member, option in (("Subject", "subject"), ("MessageStructure", "structure")):
        if option in parcel.options:
            asked[member] = parcel.options[option]
    cloud.call("sns", "Publish", asked, principal=principal, attempt=parcel.id)


def to_log_group(cloud: "Cloud", parcel: Parcel) -> None:
    cloud.log(parcel.target_arn.split(":")[6], parcel.id.split("/")[1], [parcel.text])


def to_mailbox(cloud: "Cloud", parcel: Parcel) -> None:
    region = parcel.source_arn.split(":")[3]
    try:
        cloud.state(MailSink).send(
            recipient=parcel.target_arn.removeprefix("mailto:"),
            subject=parcel.options["subject"],
            text=parcel.text,
            message_id=f"<{uuid.uuid5(uuid.NAMESPACE_OID, parcel.id)}@{region}.amazonses.com>",
            sender=f"no-reply@{parcel.sender}",
        )
    except smtplib.SMTPRecipientsRefused as error:
        raise Undeliverable(
            "SDK_CLIENT_ERROR", f"{parcel.target_arn}: the mail server refused the address"
        ) from error


TARGETS: dict[str, Callable[["Cloud", Parcel], None]] = {
    "lambda": to_lambda,
    "states": to_state_machine,
    "sqs": to_queue,
    "sns": to_topic,
    "logs": to_log_group,
    "mailto": to_mailbox,
}
