"""From a model package that was approved to exactly one execution of the machine that deploys it.

EventBridge delivers an event at least once, and SageMaker may send several for one change. So the execution's
name follows from the package and the moment of the change: a second event finds it taken. A package that is
not approved, or of another group than ours, starts nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from millkit.errors import MillError

APPROVED = "Approved"
NAME_HASH_LENGTH = 24


class EventInvalid(MillError):
    """Not a "SageMaker Model Package State Change" event."""


class Change(NamedTuple):
    """A package in a new state. `version` is its number in the group; `changed` the moment of the change.

    `is_of_status`: it is new, or its status is what has changed.
    """

    package_arn: str
    group: str
    version: int
    status: str
    is_of_status: bool
    changed: str


class Started(NamedTuple):
    """No execution belongs to a package that is not to be deployed."""

    execution_arn: str | None
    outcome: Literal["started", "already_started", "not_approved", "other_group"]


def change_of(event: Mapping[str, Any]) -> Change:
    """Read an EventBridge event of SageMaker.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html

    Raises:
        EventInvalid: it does not tell which package is in which state.
    """
    try:
        detail = event["detail"]
        return Change(
            package_arn=detail["ModelPackageArn"],
            group=detail["ModelPackageGroupName"],
            version=int(detail["ModelPackageVersion"]),
            status=detail["ModelApprovalStatus"],
            is_of_status="ModelApprovalStatus"
            in detail.get("UpdatedModelPackageFields", ["ModelApprovalStatus"]),
            changed=str(detail.get("LastModifiedTime") or detail["CreationTime"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as missing:
        raise EventInvalid(
            f"event: lacks {missing}; expected detail.ModelPackageArn, detail.ModelPackageGroupName, "
            "detail.ModelPackageVersion, detail.ModelApprovalStatus and detail.CreationTime"
        ) from missing


def execution_name(change: Change) -> str:
    """The same change always gets the same name, which begins with the package's version."""
    identity = json.dumps([change.package_arn, change.status, change.changed])
    digest = hashlib.sha256(identity.encode()).hexdigest()[:NAME_HASH_LENGTH]
    return f"version-{change.version}-{digest}"


def start(states: Any, change: Change, *, machine_arn: str, group_prefix: str) -> Started:
    """Start the machine for this change unless that has been done or there is nothing to deploy.

    While the first execution runs, Step Functions answers a repeated start with it: `started` again.
    """
    if change.group != group_prefix and not change.group.startswith(f"{group_prefix}-"):
        return Started(None, "other_group")
    if change.status != APPROVED or not change.is_of_status:
        return Started(None, "not_approved")
    name = execution_name(change)
    document = json.dumps({"model_package_arn": change.package_arn, "on_approval": True})
    try:
        answer = states.start_execution(stateMachineArn=machine_arn, name=name, input=document)
    except states.exceptions.ExecutionAlreadyExists:
        return Started(f"{machine_arn.replace(':stateMachine:', ':execution:')}:{name}", "already_started")
    return Started(answer["executionArn"], "started")
