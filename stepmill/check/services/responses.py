"""What a task gives back, before ResultSelector: a service's answer as a shape.

Members are closed where the answer is known in full. Where Step Functions puts its own answer together in a
way that is not documented in full, the rest stays open: nothing is said of what may be there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from stepmill.check.records import replace
from stepmill.check.services import forms, models
from stepmill.check.services.models import Operation
from stepmill.check.services.resources import (
    Activity,
    Integration,
    Invocation,
    Opaque,
    Resource,
    literal,
)
from stepmill.check.services.spelling import capital, sdk_names, spellings
from stepmill.check.services.written import with_written
from stepmill.check.shapes.shape import (
    UNKNOWN,
    Array,
    Boolean,
    Member,
    Number,
    Object,
    Presence,
    Shape,
    String,
)
from stepmill.check.subject import Context

DEPTH = 9
SIZE_LIMIT = 3000  # parts of one answer; what is deeper is unknown

# .sync: the operation that describes the finished job, where in its answer the job stands, the member under
# which it is given ("": it is the result itself), the member that says how it ended, its value of success.
_JOBS: Mapping[str, tuple[str, str, str, str, str, str]] = MappingProxyType(
    {
        **{
            f"sagemaker:create{job}": ("sagemaker", f"describe{job}", "", "", f"{job}Status", "Completed")
            for job in (
                "HyperParameterTuningJob", "LabelingJob", "ProcessingJob", "TrainingJob", "TransformJob",
            )
        },
        # AWS's sample project reads $.QueryExecution.QueryExecutionId.
        # Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-athena.html
        "athena:startQueryExecution": (
            "athena", "getQueryExecution", "QueryExecution", "QueryExecution", "", "",
        ),
        "batch:submitJob": ("batch", "describeJobs", "jobs", "", "Status", "SUCCEEDED"),
        # Source: the CDK's integration test of CodeBuildStartBuild, which reads $.Build.Arn
        "codebuild:startBuild": (
            "codebuild", "batchGetBuilds", "builds", "Build", "BuildStatus", "SUCCEEDED",
        ),
        # Source: a recorded execution in localstack, test_ecs_task_service.snapshot.json
        "ecs:runTask": ("ecs", "describeTasks", "tasks", "", "LastStatus", "STOPPED"),
        # Source: the CDK's GlueStartJobRun: "the output of this task is a JobRun structure"
        "glue:startJobRun": ("glue", "getJobRun", "JobRun", "", "JobRunState", "SUCCEEDED"),
        "states:startExecution": ("sfn", "describeExecution", "", "", "Status", "SUCCEEDED"),
    }
)  # fmt: skip

# Jobs whose description is not documented in full.
_OPEN = frozenset({"codebuild:startBuild"})

# What a call over HTTP gives, and nothing else.
# Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html (Output format)
_HTTP = Object(
    {
        "Headers": Member(Object({}, Array(String()))),
        "ResponseBody": Member(UNKNOWN, Presence.LIKELY),
        "StatusCode": Member(Number(is_integer=True)),
        "StatusText": Member(String(), Presence.LIKELY),
    }
)

# Calls with an answer of their own. That of a model may hold others than these members.
_OWN = MappingProxyType(
    {
        "apigateway:invoke": _HTTP,
        "http:invoke": _HTTP,
        "bedrock:invokeModel": Object(
            {name: Member(UNKNOWN, Presence.LIKELY) for name in ("Body", "ContentType")}, UNKNOWN
        ),
    }
)
_ENGINE = ("SdkHttpMetadata", "SdkResponseMetadata")


def output(resource: Resource, arguments: Shape, context: Context, state: str) -> Shape:
    """The result of a task with these arguments; UNKNOWN where nobody can say."""
    if isinstance(resource, Invocation | Opaque):
        name = resource.function if isinstance(resource, Invocation) else resource.text
        contract = context.contract(name)
        return contract.returns if contract is not None else UNKNOWN
    if isinstance(resource, Activity):
        return context.callbacks.get(state, UNKNOWN)
    if not isinstance(resource, Integration):
        return UNKNOWN
    match resource.pattern:
        case "waitForTaskToken":
            return context.callbacks.get(state, UNKNOWN)
        case "sync" | "sync:2" if not resource.is_sdk:
            return _finished(resource, arguments, context)
        case "":
            return _answer(resource, arguments, context)
    return UNKNOWN


def _answer(integration: Integration, arguments: Shape, context: Context) -> Shape:
    if integration.name == "lambda:invoke":
        return _invoked(arguments, context)
    if integration.name in _OWN:
        return _OWN[integration.name]
    if not integration.is_sdk and integration.service in (
        "eks",
        "elasticmapreduce",
        "emr-serverless",
    ):
        return UNKNOWN
    if integration.name == "bedrockagentcore:invokeHarness":
        # The last message alone, in the shape of the answer to Converse.
        # Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-bedrockagentcore.html
        said = _shape_of(False, "bedrockruntime", "converse")
        return Object(said.members, UNKNOWN) if isinstance(said, Object) else UNKNOWN
    found = forms.operation(integration)
    if found is None or found.streams:
        return UNKNOWN
    shape = _shape_of(integration.is_sdk, *forms.behind(integration))
    shape = with_written(shape, integration, context.written)
    if isinstance(shape, Object) and (integration.service, integration.action) == ("dynamodb", "getItem"):
        item = replace(shape.members["Item"], presence=Presence.UNTESTED)  # absent when there is no such row
        shape = Object({**shape.members, "Item": item}, shape.rest)
    if integration.is_sdk or not isinstance(shape, Object):
        return shape
    return _with(shape, dict.fromkeys(_ENGINE, UNKNOWN))


def _invoked(arguments: Shape, context: Context) -> Shape:
    function, kind = text_of(arguments, "FunctionName"), text_of(arguments, "InvocationType")
    contract = context.contract(function) if function else None
    payload = contract.returns if contract is not None and kind in (None, "RequestResponse") else UNKNOWN
    if member_of(arguments, "InvocationType") is not None and kind is None:
        payload = UNKNOWN
    members = {
        "ExecutedVersion": Member(String(min_length=1), Presence.LIKELY),
        "Payload": Member(payload),
        "StatusCode": Member(Number(is_integer=True)),
    }
    likely = {name: Member(UNKNOWN, Presence.LIKELY) for name in (*_ENGINE, "LogResult", "FunctionError")}
    return Object(members | likely)


def _finished(integration: Integration, arguments: Shape, context: Context) -> Shape:
    job = _JOBS.get(integration.name)
    if job is None:
        return UNKNOWN
    service, action, path, under, status, success = job
    described = _shape_of(False, service, action)
    shape = _at(described, path)
    if not isinstance(shape, Object):
        return UNKNOWN
    if status:
        shape = _with(shape, {status: String(frozenset([success]), pieces=(success,))}, Presence.ALWAYS)
    if integration.service == "states":
        shape = _execution(shape, integration.pattern, arguments, context)
    if integration.name in _OPEN:
        shape = Object(shape.members, UNKNOWN)
    if under:
        shape = Object({under: Member(shape)})
    return _with(shape, dict.fromkeys(_ENGINE, UNKNOWN))


def _execution(shape: Object, pattern: str, arguments: Shape, context: Context) -> Object:
    """sync gives the other machine's output as a text, sync:2 as JSON."""
    machine = text_of(arguments, "StateMachineArn")
    told = context.executions.get(machine, UNKNOWN) if machine else UNKNOWN
    if pattern == "sync:2":
        given = member_of(arguments, "Input")
        return _with(shape, {"Output": told, "Input": UNKNOWN if given is None else given}, Presence.ALWAYS)
    parsed = None if told == UNKNOWN else told
    return _with(shape, {"Output": String(format="json", parsed=parsed), "Input": String(format="json")})


def text_of(arguments: Shape, name: str) -> str | None:
    """The text of a member when it is known before the machine runs."""
    shape = member_of(arguments, name)
    return None if shape is None else literal(shape)


def member_of(arguments: Shape, name: str) -> Shape | None:
    if not isinstance(arguments, Object) or name not in arguments.members:
        return None
    return arguments.members[name].shape


def _with(shape: Object, members: Mapping[str, Shape], presence: Presence = Presence.LIKELY) -> Object:
    added = {name: Member(value, presence) for name, value in members.items()}
    return Object({**shape.members, **added}, shape.rest)


def _at(shape: Shape, path: str) -> Shape:
    """The member, or when it is an array its items."""
    if not path or not isinstance(shape, Object):
        return shape
    member = shape.members.get(capital(path))
    found = member.shape if member is not None else UNKNOWN
    return found.items if isinstance(found, Array) else found


@lru_cache(maxsize=256)
def _shape_of(is_sdk: bool, service: str, action: str) -> Shape:
    """The answer of an operation, as deep as its size allows."""
    found = models.operation(service, action)
    if found is None:
        return UNKNOWN
    if not found.output:
        return Object({})
    for depth in range(DEPTH, 1, -1):
        if _size(found, found.output, depth, {}) <= SIZE_LIMIT:
            return _Reader(found, is_sdk).shape(found.output, depth)
    return UNKNOWN


def _size(operation: Operation, name: str, depth: int, known: dict[tuple[str, int], int]) -> int:
    if (name, depth) not in known:
        model = operation.shapes[name]
        inner = [
            *model.get("members", {}).values(),
            *(model[key] for key in ("member", "value") if key in model),
        ]
        known[name, depth] = 1 + (sum(_size(operation, it, depth - 1, known) for it in inner) if depth else 0)
    return known[name, depth]


class _Reader:
    """Turns a model's shapes into ours."""

    def __init__(self, operation: Operation, is_sdk: bool) -> None:
        self.operation = operation
        self.is_sdk = is_sdk
        self.of_type: dict[str, Callable[[str, Mapping[str, Any], int], Shape]] = {
            "structure": self._structure,
            "list": lambda _, model, depth: Array(self.shape(model["member"], depth)),
            "map": lambda _, model, depth: Object({}, self.shape(model["value"], depth)),
            "string": lambda _, model, __: _text(model),
            "boolean": lambda _, __, ___: Boolean(),
            "timestamp": lambda _, __, ___: String(format="date-time") if is_sdk else UNKNOWN,
            "blob": lambda _, __, ___: UNKNOWN,
            "float": lambda _, __, ___: Number(),
            "double": lambda _, __, ___: Number(),
            "integer": lambda _, __, ___: Number(is_integer=True),
            "long": lambda _, __, ___: Number(is_integer=True),
        }

    def shape(self, name: str, depth: int) -> Shape:
        model = self.operation.shapes[name]
        make = self.of_type.get(model["type"])
        if make is None or depth <= 0 or model.get("document") or model.get("eventstream"):
            return UNKNOWN
        return make(name, model, depth - 1)

    def _structure(self, name: str, model: Mapping[str, Any], depth: int) -> Shape:
        required = set(model.get("required", ()))
        members: dict[str, Member] = {}
        for member, target in model.get("members", {}).items():
            presence = Presence.ALWAYS if member in required else Presence.LIKELY
            shape = self.shape(target, depth)
            names = _names(name, member, self.is_sdk)
            certain = presence if len(names) == 1 else Presence.LIKELY
            members |= {spelling: Member(shape, certain) for spelling in names}
        return Object(members)


def _names(shape: str, member: str, is_sdk: bool) -> tuple[str, ...]:
    """Integrations made by hand keep the service's own spelling, some of them; so do DynamoDB's values."""
    return sdk_names(shape, member) if is_sdk and shape != "AttributeValue" else spellings(shape, member)


def _text(model: Mapping[str, Any]) -> String:
    values = model.get("enum")
    if values:
        return String(frozenset(values), min_length=min(map(len, values)), max_length=max(map(len, values)))
    most = model.get("max")
    return String(max_length=int(most) if most is not None else None, pattern=model.get("pattern", ""))
