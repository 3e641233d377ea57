"""Needs of small machines, short enough to compare."""

from typing import Any

from stepmill.check.permissions.derive import Deployment, derive
from stepmill.check.permissions.need import Needs
from stepmill.check.permissions.views import views_of
from stepmill.check.subject import Subject

HERE = "${AWS::Region}:${AWS::AccountId}"
RULE = "StepFunctionsGetEvents"


def arn(service: str, resource: str) -> str:
    return f"arn:${{AWS::Partition}}:{service}:{HERE}:{resource}"


def of_states(states: dict[str, Any], **deployment: Any) -> Needs:
    subject = Subject({"StartAt": next(iter(states)), "States": states})
    return derive(subject, views_of(subject), Deployment(**deployment))


def of_task(call: str, parameters: dict[str, Any] | None = None, **fields: Any) -> set[tuple[str, ...]]:
    """(action, resource without its place, and who gets the role or what it is needed for)."""
    resource = call if call.startswith(("arn:", "$")) else f"arn:aws:states:::{call}"
    state = {"Type": "Task", "Resource": resource, "Parameters": parameters or {}, "End": True, **fields}
    found = of_states({"Do": state})
    return {
        (need.action, need.resource.replace(f"{HERE}:", "").replace("arn:${AWS::Partition}:", ""))
        + ((need.passed_to,) if need.passed_to else ())
        + ((need.weight.name.lower(),) if need.weight else ())
        for need in found.needs
    } | {("unknown", prefix) for prefix in found.unknown}


def watching(rule: str) -> set[tuple[str, ...]]:
    return {
        (f"events:{action}", f"events:rule/{rule}") for action in ("DescribeRule", "PutRule", "PutTargets")
    }
