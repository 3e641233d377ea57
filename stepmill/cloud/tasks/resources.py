"""The Resource of a Task state, read and held against what can be called."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from stepmill.cloud import models
from stepmill.cloud.tasks.kinds import KINDS
from stepmill.cloud.tasks.naming import sdk_services
from stepmill.cloud.tasks.shapes import sdk_members

_FUNCTION = re.compile(r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]+(:[A-Za-z0-9$_-]+)?")
_INTEGRATION = re.compile(r"arn:aws[a-z-]*:states:[a-z0-9-]*:\d*:(.+)")

# resource → (botocore's service, operation)
OPTIMISED = {
    "athena:getQueryExecution": ("athena", "GetQueryExecution"),
    "athena:getQueryResults": ("athena", "GetQueryResults"),
    "athena:startQueryExecution": ("athena", "StartQueryExecution"),
    "athena:stopQueryExecution": ("athena", "StopQueryExecution"),
    "glue:startJobRun": ("glue", "StartJobRun"),
    "lambda:invoke": ("lambda", "Invoke"),
    "sagemaker:createTrainingJob": ("sagemaker", "CreateTrainingJob"),
    "sagemaker:createProcessingJob": ("sagemaker", "CreateProcessingJob"),
    "sagemaker:createTransformJob": ("sagemaker", "CreateTransformJob"),
    "sagemaker:createHyperParameterTuningJob": ("sagemaker", "CreateHyperParameterTuningJob"),
    "sagemaker:createModel": ("sagemaker", "CreateModel"),
    "sagemaker:createEndpointConfig": ("sagemaker", "CreateEndpointConfig"),
    "sagemaker:createEndpoint": ("sagemaker", "CreateEndpoint"),
    "sagemaker:updateEndpoint": ("sagemaker", "UpdateEndpoint"),
    "sns:publish": ("sns", "Publish"),
    "sqs:sendMessage": ("sqs", "SendMessage"),
    "events:putEvents": ("events", "PutEvents"),
    "dynamodb:getItem": ("dynamodb", "GetItem"),
    "dynamodb:putItem": ("dynamodb", "PutItem"),
    "dynamodb:updateItem": ("dynamodb", "UpdateItem"),
    "dynamodb:deleteItem": ("dynamodb", "DeleteItem"),
}
SYNC = frozenset(name for name, (_, operation) in OPTIMISED.items() if operation in KINDS)


class UnknownResource(ValueError):
    """The Resource can never work; the message says what could."""


@dataclass(frozen=True)
class Call:
    """`style`: `function` (a plain ARN), `optimised` or `sdk`."""

    service: str
    operation: str
    style: str
    is_sync: bool = False


def read_resource(resource: str) -> Call:
    """Raises: UnknownResource."""
    if _FUNCTION.fullmatch(resource):
        return Call("lambda", "Invoke", "function")
    match = _INTEGRATION.fullmatch(resource)
    if match is None:
        raise UnknownResource(
            f"Resource {resource!r} is neither a Lambda function nor an integration of Step Functions"
        )
    name, dot, pattern = match[1].partition(".")
    if pattern not in ("", "sync") or (dot and not pattern):
        raise UnknownResource(f"Resource {resource!r}: the pattern .{pattern} is not known here; .sync is")
    if name.startswith("aws-sdk:"):
        if pattern:
            raise UnknownResource(
                f"Resource {resource!r}: aws-sdk integrations have no .{pattern}; remove it"
            )
        return _sdk(resource, name.removeprefix("aws-sdk:"))
    if name not in OPTIMISED:
        raise UnknownResource(
            f"Resource {resource!r}: no integration {name!r} here; {_hint(name, OPTIMISED)}"
        )
    if pattern and name not in SYNC:
        raise UnknownResource(f"Resource {resource!r}: {name} has no .sync; remove it")
    service, operation = OPTIMISED[name]
    return Call(service, operation, "optimised", is_sync=bool(pattern))


def check_task(resource: str, parameters: Any) -> None:
    """What can be known before the machine runs. Raises: UnknownResource."""
    call = read_resource(resource)
    if call.style == "function" or not isinstance(parameters, Mapping):
        return
    shape = models.operation_model(call.service, call.operation).input_shape
    members = list(shape.members) if shape else []
    allowed = list(sdk_members(members)) if call.style == "sdk" else members
    given = [name.removesuffix(".$") for name in parameters]
    for name in given:
        if name not in allowed:
            raise UnknownResource(f"{resource}: the field {name!r} is not supported; {_hint(name, allowed)}")


def _sdk(resource: str, name: str) -> Call:
    service, _, action = name.partition(":")
    if service not in sdk_services():
        raise UnknownResource(
            f"Resource {resource!r}: no service {service!r} in the AWS SDK; {_hint(service, sdk_services())}"
        )
    service = sdk_services()[service]
    actions = {f"{name[0].lower()}{name[1:]}": name for name in models.service_model(service).operation_names}
    if action not in actions:
        raise UnknownResource(
            f"Resource {resource!r}: {service} has no action {action!r}; {_hint(action, actions)}"
        )
    return Call(service, actions[action], "sdk")


def _hint(name: str, known: Any) -> str:
    near = get_close_matches(name, known, 3, 0.5)
    return f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(sorted(known)[:20])}"
