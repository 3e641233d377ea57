"""A machine's role in its templates, and everything that is attached to it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from stepmill.check.finding import pointer
from stepmill.check.permissions.actions import sam_template
from stepmill.check.permissions.grants import Entry, Grant, Grants, read_document
from stepmill.check.permissions.managed import TRACES, read_managed
from stepmill.check.reading.template import Machine
from stepmill.check.reading.template_functions import resolve
from stepmill.check.reading.template_names import NAMED
from stepmill.check.reading.template_scope import Scope
from stepmill.check.reading.template_values import NO_VALUE, Kind, alternatives
from stepmill.check.records import dataclass

ROLE, MANAGED = "AWS::IAM::Role", "AWS::IAM::ManagedPolicy"
ATTACHED = ("AWS::IAM::Policy", MANAGED, "AWS::IAM::RolePolicy")


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
    _managed(properties.get("ManagedPolicyArns"), scope, f"{here}/ManagedPolicyArns", grants)
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


def _managed(told: Any, scope: Scope, place: str, grants: Grants) -> None:
    if not isinstance(told, list):
        resolved = resolve(told, scope)
        if told is not None and not isinstance(resolved, list):
            grants.unknown.append("ManagedPolicyArns cannot be resolved")
        for arn in resolved if isinstance(resolved, list) else ():
            _managed_policies(arn, scope, place, grants)
        return
    for index, value in enumerate(told):
        _managed_policies(resolve(value, scope), scope, f"{place}/{index}", grants)


def _managed_policies(value: Any, scope: Scope, place: str, grants: Grants) -> None:
    """One, or one of several between which a condition chooses."""
    options = alternatives(value)
    for arn in options:
        if arn is not NO_VALUE:
            _managed_policy(arn, scope, place, grants, is_certain=len(options) == 1)


def _managed_policy(arn: Any, scope: Scope, place: str, grants: Grants, *, is_certain: bool) -> None:
    for other in tree_of(scope):
        for name in other.of_type(MANAGED):
            if arn == other.arn(name, NAMED[MANAGED]):
                here = pointer("Resources", name, "Properties", "PolicyDocument")
                read_document(other.properties(name).get("PolicyDocument"), other, here, grants)
                return
    read_managed(arn, str(scope.file), place, grants, is_certain=is_certain)


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
        entries = tuple(Entry(action, "") for action in TRACES)
        grants.found.append(Grant("", "", entries, (Entry("*", ""),), is_generated=True))
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
        _managed_policies(resolve(policy, scope), scope, place, grants)


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
