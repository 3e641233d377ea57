"""A machine's role in its templates, and everything that is attached to it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from stepmill.check.finding import pointer
from stepmill.check.permissions.actions import sam_template
from stepmill.check.permissions.grants import Entry, Grant, Grants, read_document
from stepmill.check.reading.template import Machine
from stepmill.check.reading.template_functions import resolve
from stepmill.check.reading.template_names import NAMED
from stepmill.check.reading.template_scope import Scope
from stepmill.check.reading.template_values import Kind, alternatives
from stepmill.check.records import dataclass

ROLE, MANAGED = "AWS::IAM::Role", "AWS::IAM::ManagedPolicy"
ATTACHED = ("AWS::IAM::Policy", MANAGED, "AWS::IAM::RolePolicy")
# AWS's own policies of which a role needs to know no more.
_TRACES = ("xray:GetSampling*", "xray:PutT*")
KNOWN = {
    "AWSXRayDaemonWriteAccess": _TRACES,
    "AWSXrayWriteOnlyAccess": _TRACES,
    "AWSLambdaBasicExecutionRole": ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"),
    "CloudWatchLogsFullAccess": ("logs:*",),
}


@dataclass(frozen=True, slots=True)
class Role:
    """scope, logical_id: of the role; of the machine when SAM makes one for it.

    pointer: where its policies are told.
    """

    scope: Scope
    logical_id: str
    grants: Grants
    pointer: str
    is_made_by_sam: bool = False


def root_of(scope: Scope) -> Scope:
    while scope.parent is not None:
        scope = scope.parent
    return scope


def tree_of(scope: Scope) -> Iterator[Scope]:
    """All stacks that are deployed together with this one."""
    return root_of(scope).tree()


def is_distinct(scope: Scope, name: str) -> bool:
    known = scope.symbols.get(name)
    return known is not None and known.kind is Kind.RESOURCE


def role_of(machine: Machine) -> Role | None:
    """None when the role is not in the templates, or nobody can know which it is."""
    place = place_of(machine)
    if place is None:
        return None
    return _made_by_sam(machine) if place == (machine.scope, machine.logical_id) else _of_resource(*place)


def place_of(machine: Machine) -> tuple[Scope, str] | None:
    """The scope and logical id of its role; its own when SAM makes one for it."""
    told = machine.properties.get("Role", machine.properties.get("RoleArn"))
    if told is None:
        return (machine.scope, machine.logical_id) if machine.is_sam else None
    arn = resolve(told, machine.scope)
    for scope in tree_of(machine.scope):
        for name in scope.of_type(ROLE):
            if arn in (scope.arn(name, NAMED[ROLE]), scope.physical_name(name, NAMED[ROLE])):
                return scope, name
    return None


def _of_resource(scope: Scope, name: str) -> Role:
    grants = Grants()
    properties = scope.properties(name)
    here = pointer("Resources", name, "Properties")
    policies = properties.get("Policies")
    for index, policy in enumerate(policies if isinstance(policies, list) else ()):
        place = f"{here}/Policies/{index}/PolicyDocument"
        for option, certain in _forms(policy):
            read_document(option.get("PolicyDocument"), scope, place, grants, is_certain=certain)
    if policies is not None and not isinstance(policies, list):
        grants.unknown.append(f"{here}/Policies is no list")
    _managed(properties.get("ManagedPolicyArns"), scope, grants)
    _attached(scope, name, grants)
    if any(map(_has_connectors, tree_of(scope))):
        grants.unknown.append("a connector may give it more")
    is_inline = isinstance(policies, list)
    return Role(scope, name, grants, f"{here}/Policies" if is_inline else pointer("Resources", name))


def _forms(policy: Any) -> Iterator[tuple[dict[str, Any], bool]]:
    if isinstance(policy, dict) and "Fn::If" in policy and isinstance(policy["Fn::If"], list):
        for branch in policy["Fn::If"][1:]:
            if isinstance(branch, dict) and "PolicyDocument" in branch:
                yield branch, False
    elif isinstance(policy, dict):
        yield policy, True


def _managed(told: Any, scope: Scope, grants: Grants) -> None:
    resolved = resolve(told, scope)
    if told is not None and not isinstance(resolved, list):
        grants.unknown.append("ManagedPolicyArns cannot be resolved")
        return
    for value in resolved or ():
        for arn in alternatives(value):
            _managed_policy(arn, scope, grants)


def _managed_policy(arn: Any, scope: Scope, grants: Grants) -> None:
    for other in tree_of(scope):
        for name in other.of_type(MANAGED):
            if arn == other.arn(name, NAMED[MANAGED]):
                place = pointer("Resources", name, "Properties", "PolicyDocument")
                read_document(other.properties(name).get("PolicyDocument"), other, place, grants)
                return
    name = arn.rpartition("/")[2] if isinstance(arn, str) else ""
    if name in KNOWN:
        grants.found.append(_generated(KNOWN[name], ("*",)))
    else:
        grants.unknown.append(f"{arn} is not in the templates")


def _generated(actions: tuple[str, ...], resources: tuple[str, ...]) -> Grant:
    return Grant(
        "",
        "",
        tuple(Entry(action, "") for action in actions),
        tuple(Entry(resource, "") for resource in resources),
        is_generated=True,
    )


def _attached(scope: Scope, name: str, grants: Grants) -> None:
    """Policies that name the role, rather than being named by it."""
    own = scope.physical_name(name, NAMED[ROLE])
    for other in tree_of(scope):
        for policy in other.of_type(*ATTACHED):
            properties = other.properties(policy)
            roles = resolve(properties.get("Roles", properties.get("RoleName")), other)
            if own in (roles if isinstance(roles, list) else [roles]):
                place = pointer("Resources", policy, "Properties", "PolicyDocument")
                read_document(properties.get("PolicyDocument"), other, place, grants)


def _made_by_sam(machine: Machine) -> Role:
    """The role that SAM makes from a machine's Policies."""
    grants = Grants()
    scope = machine.scope
    told = machine.properties.get("Policies")
    here = machine.pointer + "/Properties/Policies"
    for index, policy in enumerate(told if isinstance(told, list) else [] if told is None else [told]):
        _sam_policy(policy, scope, f"{here}/{index}" if isinstance(told, list) else here, grants)
    tracing = machine.value("Tracing")
    if isinstance(tracing, dict) and tracing.get("Enabled") is True:
        grants.found.append(_generated(_TRACES, ("*",)))
    if _has_connectors(scope):
        grants.unknown.append("a connector may give it more")
    place = here if told is not None else machine.pointer
    return Role(scope, machine.logical_id, grants, place, is_made_by_sam=True)


def _sam_policy(policy: Any, scope: Scope, place: str, grants: Grants) -> None:
    if isinstance(policy, dict) and "Statement" in policy:
        read_document(policy, scope, place, grants)
    elif isinstance(policy, dict) and len(policy) == 1 and sam_template(next(iter(policy))) is not None:
        ((name, values),) = policy.items()
        _sam_template(name, values, scope, place, grants)
    else:
        for option in alternatives(resolve(policy, scope)):
            _managed_policy(option, scope, grants)


def _sam_template(name: str, values: Any, scope: Scope, place: str, grants: Grants) -> None:
    """SAM writes `{"Ref": parameter}` where its templates take a value."""
    template = sam_template(name) or {}
    given = values if isinstance(values, dict) else {}
    if set(template["parameters"]) - set(given):
        grants.unknown.append(f"{place} lacks a parameter")
        return
    filled = _filled(template["statements"], given)
    own = Grants()
    read_document({"Statement": filled}, scope, place, own)
    grants.unknown += own.unknown
    here = partial(Entry, pointer=place)
    for grant in own.found:
        grants.found.append(
            Grant(
                grant.file,
                place,
                tuple(here(entry.text) for entry in grant.actions),
                tuple(here(entry.text) for entry in grant.resources),
                grant.passed_to,
                is_generated=True,
            )
        )


def _filled(value: Any, given: dict[str, Any]) -> Any:
    if isinstance(value, list):
        return [_filled(item, given) for item in value]
    if isinstance(value, dict):
        if set(value) == {"Ref"} and value["Ref"] in given:
            return given[value["Ref"]]
        return {key: _filled(item, given) for key, item in value.items()}
    return value


def _has_connectors(scope: Scope) -> bool:
    """SAM's connectors write policies of their own."""
    kinds = (resource["Type"] for resource in scope.resources.values())
    return "AWS::Serverless::Connector" in kinds or any(
        "Connectors" in resource for resource in scope.resources.values()
    )
