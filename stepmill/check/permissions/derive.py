"""The least that a machine's role must allow, from its definition.

Does not know what functions, jobs and child machines do with their own roles, nor keys of topics and queues.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from stepmill.check.finding import pointer
from stepmill.check.flow.texts import Texts
from stepmill.check.permissions.arguments import ANYTHING, Arguments, products
from stepmill.check.permissions.need import Need, Needs, Weight
from stepmill.check.permissions.resources import arn
from stepmill.check.permissions.targets import s3_bucket, s3_object
from stepmill.check.permissions.task_definitions import TaskRole
from stepmill.check.permissions.tasks import Told, of_task
from stepmill.check.permissions.written import written
from stepmill.check.records import dataclass
from stepmill.check.services.resources import Integration, resource
from stepmill.check.shapes.shape import UNKNOWN, Shape
from stepmill.check.subject import Subject, TaskView

# Source: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
LOG_DELIVERY = (
    *("CreateLogDelivery", "DeleteLogDelivery", "DescribeLogGroups", "DescribeResourcePolicies"),
    *("GetLogDelivery", "ListLogDeliveries", "PutResourcePolicy", "UpdateLogDelivery"),
)
# Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html
TRACES = ("GetSamplingRules", "GetSamplingTargets", "PutTelemetryRecords", "PutTraceSegments")
OWN_NAME = "${StateMachineName}"


@dataclass(frozen=True, slots=True)
class Deployment:
    """What a template says of a machine besides its definition.

    is_logged, is_traced: what is possible, both where a condition decides. key: the KMS key that encrypts it.
    task_roles: of the task definitions beside it.
    """

    arn: str = arn("states", f"stateMachine:{OWN_NAME}")
    is_logged: frozenset[bool] = frozenset()
    is_traced: frozenset[bool] = frozenset()
    key: str = ""
    task_roles: tuple[TaskRole, ...] = ()


def derive(subject: Subject, views: Iterable[TaskView], deployment: Deployment | None = None) -> Needs:
    """views: of the machine's tasks. A task without one is read as it is written."""
    deployed = deployment or Deployment()
    machine = _Machine(deployed.arn, subject.substitutions, deployed.task_roles)
    by_pointer = {view.pointer: view for view in views}
    found: dict[Need | str, None] = {}
    for name, place, state in states(subject.definition, subject.pointer):
        view = by_pointer.get(place)
        arguments = Arguments(view.arguments) if view is not None else machine.arguments(state)
        for need in _of_state(name, place, state, arguments, machine):
            found[need] = None
    found |= dict.fromkeys(_of_deployment(deployed))
    needs = sorted(need for need in found if isinstance(need, Need))
    return Needs(tuple(needs), frozenset(need for need in found if isinstance(need, str)))


def states(scope: Any, place: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """(name, pointer, state) of every state, those of branches and Maps included."""
    below = scope.get("States") if isinstance(scope, Mapping) else None
    for name, state in below.items() if isinstance(below, Mapping) else ():
        if not isinstance(state, Mapping):
            continue
        here = place + pointer("States", name)
        yield str(name), here, state
        branches = state.get("Branches")
        for index, branch in enumerate(branches) if isinstance(branches, list) else ():
            yield from states(branch, here + pointer("Branches", index))
        for key in ("Iterator", "ItemProcessor"):
            yield from states(state.get(key), here + pointer(key))


def _of_state(
    name: str, place: str, state: Mapping[str, Any], arguments: Arguments, told: _Machine
) -> Iterator[Need | str]:
    if state.get("Type") == "Map":
        yield from _of_map(name, place, state, told)
    if state.get("Type") != "Task" or not isinstance(state.get("Resource"), str):
        return
    called = resource(told.texts.resolved(state["Resource"]))
    credentials = state.get("Credentials")
    if isinstance(credentials, Mapping):
        # Another role does the work; this one takes it on.
        roles = told.written(credentials).texts("RoleArn") or [ANYTHING]
        for role in roles:
            yield Need(
                "sts:AssumeRole", _any_role() if role == ANYTHING else role, "", Weight.VITAL, name, place
            )
        return
    yield from of_task(Told(name, place, called, arguments, told.own, told.task_roles))


def _any_role() -> str:
    return f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/{ANYTHING}"


def _of_map(name: str, place: str, state: Mapping[str, Any], told: _Machine) -> Iterator[Need | str]:
    processor = state.get("ItemProcessor")
    config = processor.get("ProcessorConfig") if isinstance(processor, Mapping) else None
    if not isinstance(config, Mapping) or config.get("Mode") != "DISTRIBUTED":
        return
    execution = told.own.replace(":stateMachine:", ":execution:")

    def need(action: str, resource: str, weight: Weight = Weight.VITAL) -> Need:
        return Need(action, resource, "", weight, name, place)

    yield need("states:StartExecution", told.own)
    yield need("states:DescribeExecution", f"{execution}:*", Weight.ADVISED)
    yield need("states:StopExecution", f"{execution}:*", Weight.ADVISED)
    yield need("states:RedriveExecution", f"{execution}/*:*", Weight.ADVISED)
    for action, where, weight in (*_reader(state, told), *_writer(state, told)):
        yield need(action, where, weight)
    if isinstance(state.get("ItemReader"), Mapping) and _is_listing_flattened(state["ItemReader"]):
        yield "s3"


def _reader(state: Mapping[str, Any], told: _Machine) -> Iterator[tuple[str, str, Weight]]:
    reader = state.get("ItemReader")
    if not isinstance(reader, Mapping) or not isinstance(reader.get("Resource"), str):
        return
    called = resource(reader["Resource"])
    if not isinstance(called, Integration) or called.service != "s3":
        return
    arguments = told.written(reader.get("Arguments", reader.get("Parameters", {})))
    buckets, keys = arguments.texts("Bucket") or [ANYTHING], arguments.texts("Key") or [ANYTHING]
    if called.action == "listObjectsV2":
        yield from (("s3:ListBucket", s3_bucket(bucket), Weight.VITAL) for bucket in buckets)
        return
    for bucket, key in products([buckets, keys]):
        yield "s3:GetObject", s3_object(bucket, key), Weight.VITAL
        config = reader.get("ReaderConfig")
        if isinstance(config, Mapping) and config.get("InputType") in ("MANIFEST", "PARQUET"):
            # The manifest names further objects.
            yield "s3:GetObject", s3_object(bucket, ANYTHING), Weight.POSSIBLE


def _is_listing_flattened(reader: Mapping[str, Any]) -> bool:
    config = reader.get("ReaderConfig")
    return isinstance(config, Mapping) and (
        "Transformation" in config or config.get("InputType") == "MANIFEST"
    )


def _writer(state: Mapping[str, Any], told: _Machine) -> Iterator[tuple[str, str, Weight]]:
    writer = state.get("ResultWriter")
    given = writer.get("Arguments", writer.get("Parameters")) if isinstance(writer, Mapping) else None
    if not isinstance(given, Mapping):
        return
    arguments = told.written(given)
    for bucket, prefix in products(
        [arguments.texts("Bucket") or [ANYTHING], arguments.texts("Prefix") or [""]]
    ):
        key = prefix if prefix.endswith("*") else f"{prefix.rstrip('/')}/*".removeprefix("/")
        where = s3_object(bucket, key)
        yield "s3:PutObject", where, Weight.VITAL
        for action in ("s3:GetObject", "s3:ListMultipartUploadParts", "s3:AbortMultipartUpload"):
            yield action, where, Weight.ADVISED


def _of_deployment(deployed: Deployment) -> Iterator[Need]:
    if True in deployed.is_logged:
        weight = Weight.POSSIBLE if False in deployed.is_logged else Weight.VITAL
        yield from (Need(f"logs:{action}", "*", weight=weight) for action in LOG_DELIVERY)
    if True in deployed.is_traced:
        weight = Weight.POSSIBLE if False in deployed.is_traced else Weight.ADVISED
        yield from (Need(f"xray:{action}", "*", weight=weight) for action in TRACES)
    if deployed.key:
        yield from (Need(f"kms:{action}", deployed.key) for action in ("Decrypt", "GenerateDataKey"))


@dataclass(frozen=True, slots=True)
class _Machine:
    """own: the machine's ARN."""

    own: str
    substitutions: Mapping[str, Shape] | None
    task_roles: tuple[TaskRole, ...] = ()

    @property
    def texts(self) -> Texts:
        return Texts(self.substitutions)

    def written(self, value: Any) -> Arguments:
        return Arguments(written(value, self.substitutions))

    def arguments(self, state: Mapping[str, Any]) -> Arguments:
        for key in ("Arguments", "Parameters"):
            if key in state:
                return self.written(state[key])
        return Arguments(UNKNOWN)
