"""What the parameters of an integration look like: the operation behind it and where Step Functions differs.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html (a page per service)
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from stepmill.check.records import dataclass, replace
from stepmill.check.services import models
from stepmill.check.services.models import Operation
from stepmill.check.services.resources import Integration

ANY = "any"  # the type of what may be any JSON

# Optimised service -> the service behind it, where its name differs.
_BEHIND = MappingProxyType(
    {
        "emr-containers": "emrcontainers",
        "emr-serverless": "emrserverless",
        "events": "eventbridge",
        "elasticmapreduce": "emr",
        "states": "sfn",
    }
)
_BEHIND_ACTION = MappingProxyType(
    {
        "bedrock:invokeModel": ("bedrockruntime", "invokeModel"),
        "elasticmapreduce:createCluster": ("emr", "runJobFlow"),
        "elasticmapreduce:addStep": ("emr", "addJobFlowSteps"),
    }
)


@dataclass(frozen=True, slots=True)
class Change:
    """any: members that may be any JSON (a dotted path; lists are passed through). more: added members and
    their shapes, required ones with "!". less: members that are not there. optional: ones that may lack.
    """

    any: tuple[str, ...] = ()
    more: tuple[tuple[str, str], ...] = ()
    less: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


_SOURCE = (("SourceBucket", "text"), ("SourceKey", "text"), ("SourceVersionId", "text"))

_CHANGES = MappingProxyType(
    {
        "aws-sdk:s3:copyObject": Change(more=_SOURCE, optional=("CopySource",)),
        "aws-sdk:s3:uploadPartCopy": Change(more=_SOURCE, optional=("CopySource",)),
        "bedrock:invokeModel": Change(
            any=("Body",), more=(("Input", ANY), ("Output", ANY)), optional=("body",)
        ),
        "bedrockagentcore:invokeHarness": Change(optional=("runtimeSessionId",)),
        "elasticmapreduce:addStep": Change(
            more=(("ClusterId!", "text"), ("Step!", "StepConfig")), less=("JobFlowId", "Steps")
        ),
        "events:putEvents": Change(any=("Entries.Detail",)),
        "lambda:invoke": Change(any=("Payload", "ClientContext")),
        "sns:publish": Change(any=("Message",)),
        "sqs:sendMessage": Change(any=("MessageBody",)),
        "states:startExecution": Change(any=("input",)),
    }
)

_TEXT, _FREE, _FLAG, _LISTS = "text", ANY, "flag", ANY

# Integrations without an operation behind them: member -> shape; the required ones end in "!".
_OWN: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "apigateway:invoke": {
            "ApiEndpoint!": _TEXT, "Method!": "method", "Headers": _FREE, "Stage": _TEXT, "Path": _TEXT,
            "QueryParameters": _FREE, "RequestBody": _FREE, "AuthType": "auth", "AllowNullValues": _FLAG,
        },
        "http:invoke": {
            "ApiEndpoint!": _TEXT, "Method!": "method", "Authentication": "connection",
            "InvocationConfig": "connection", "Headers": _FREE, "RequestBody": _FREE,
            "QueryParameters": _FREE, "Transform": _FREE,
        },
        "eks:call": {
            "ClusterName!": _TEXT, "CertificateAuthority!": _TEXT, "Endpoint!": _TEXT, "Method!": "method",
            "Path!": _TEXT, "QueryParameters": _FREE, "RequestBody": _FREE,
        },
        "eks:runJob": {
            "ClusterName!": _TEXT, "CertificateAuthority!": _TEXT, "Endpoint!": _TEXT, "Namespace": _TEXT,
            "Job!": _FREE, "LogOptions": _FREE,
        },
        "elasticmapreduce:terminateCluster": {"ClusterId!": _TEXT},
        "elasticmapreduce:setClusterTerminationProtection": {
            "ClusterId!": _TEXT, "TerminationProtected!": _FLAG,
        },
        "elasticmapreduce:cancelStep": {"ClusterId!": _TEXT, "StepId!": _TEXT},
        "elasticmapreduce:modifyInstanceFleetByName": {
            "ClusterId!": _TEXT, "InstanceFleetName!": _TEXT, "InstanceFleet!": _FREE,
        },
        "elasticmapreduce:modifyInstanceGroupByName": {
            "ClusterId!": _TEXT, "InstanceGroupName!": _TEXT, "InstanceGroup!": _FREE,
        },
    }
)  # fmt: skip

_COMMON: Mapping[str, dict[str, Any]] = MappingProxyType(
    {
        ANY: {"type": ANY},
        "text": {"type": "string"},
        "flag": {"type": "boolean"},
        "method": {
            "type": "string",
            "enum": ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"],
        },
        "auth": {"type": "string", "enum": ["NO_AUTH", "IAM_ROLE", "RESOURCE_POLICY"]},
        "connection": {
            "type": "structure",
            "members": {"ConnectionArn": "text"},
            "required": ["ConnectionArn"],
        },
    }
)


def behind(integration: Integration) -> tuple[str, str]:
    """The service and the action, by their names behind aws-sdk:, that an integration calls."""
    if integration.is_sdk:
        return integration.service, integration.action
    service = _BEHIND.get(integration.service, integration.service)
    return _BEHIND_ACTION.get(integration.name, (service, integration.action))


@lru_cache(maxsize=512)
def operation(integration: Integration) -> Operation | None:
    """What it takes and what the call behind it answers; None when neither model nor table knows it."""
    own = None if integration.is_sdk else _OWN.get(integration.name)
    if own is not None:
        return _own(integration, own)
    found = models.operation(*behind(integration))
    change = _CHANGES.get(integration.name)
    return found if found is None or change is None else _changed(found, change)


def _own(integration: Integration, members: Mapping[str, str]) -> Operation:
    root = {
        "type": "structure",
        "members": {name.removesuffix("!"): shape for name, shape in members.items()},
        "required": [name[:-1] for name in members if name.endswith("!")],
    }
    shapes = {"Input": root, **_COMMON}
    return Operation(integration.service, integration.action, "Input", "", False, shapes)


def _changed(found: Operation, change: Change) -> Operation:
    shapes = {**found.shapes, **_COMMON}
    root = dict(shapes[found.input])
    members = {name: shape for name, shape in root["members"].items() if name not in change.less}
    root["members"] = members | {name.removesuffix("!"): shape for name, shape in change.more}
    gone = (*change.less, *change.optional)
    added = [name[:-1] for name, _ in change.more if name.endswith("!")]
    root["required"] = [name for name in root.get("required", ()) if name not in gone] + added
    shapes[found.input] = root
    for path in change.any:
        _set_free(shapes, found.input, path.split("."))
    return replace(found, shapes=shapes)


def _set_free(shapes: dict[str, Any], name: str, path: list[str]) -> None:
    shape = dict(shapes[name])
    if shape["type"] == "list":
        _set_free(shapes, shape["member"], path)
        return
    member = next((key for key in shape["members"] if key.lower() == path[0].lower()), None)
    if member is None:
        return
    if len(path) == 1:
        shape["members"] = {**shape["members"], member: ANY}
        shapes[name] = shape
    else:
        _set_free(shapes, shape["members"][member], path[1:])
