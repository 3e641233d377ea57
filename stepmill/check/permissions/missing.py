"""What a role does not allow, or denies, of what a machine needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from stepmill.check.finding import Finding, with_follow_ons
from stepmill.check.permissions.grants import Grant, meets
from stepmill.check.permissions.need import Need, Needs, Weight
from stepmill.check.permissions.patterns import Distinct
from stepmill.check.permissions.roles import Role
from stepmill.check.records import dataclass, replace
from stepmill.check.rule import WARNING
from stepmill.check.rules.iam import PERMISSION_MISSING

MOST_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Lack:
    """needs: what the finding says is not allowed."""

    finding: Finding
    needs: Sequence[Need]

    def is_within(self, grant: Grant) -> bool:
        """Told in the statement itself."""
        told = self.finding
        return told.file == grant.file and f"{told.pointer}/".startswith(f"{grant.pointer}/")

    def is_meant_by(self, grant: Grant) -> bool:
        """The statement seems written for it: it allows the same action elsewhere, or the same operation
        under another prefix.
        """
        actions = [need.action for need in self.needs]
        return self.is_within(grant) or any(
            grant.names(action) or is_prefixed_otherwise(grant, action) for action in actions
        )

    def beside(self, unneeded: list[Finding], text: str) -> Lack:
        """With what is allowed in its place. text: the action or resource that nobody needs."""
        message = self.finding.message + (f" instead of {text}, which no state needs" if text else "")
        return replace(self, finding=with_follow_ons(replace(self.finding, message=message), unneeded))


def is_prefixed_otherwise(grant: Grant, action: str) -> bool:
    """`sfn:ListExecutions` for `states:ListExecutions`: as the task's resource calls the service."""
    prefix, _, operation = action.lower().partition(":")
    named = [entry.text.lower().partition(":") for entry in grant.actions]
    return any(one == operation and other != prefix for other, _, one in named)


def missing(role: Role, needs: Needs, distinct: Distinct) -> list[Lack]:
    """One finding for all actions of a service on the same resource; a lesser need comes with a greater."""
    lacking: dict[tuple[str, str, str], list[Need]] = {}
    denied: dict[tuple[str, str], tuple[Grant, list[Need]]] = {}
    for need in needs.needs:
        if need.weight is Weight.POSSIBLE:
            continue
        denial = next((grant for grant in role.grants.denied if grant.denies(need)), None)
        if denial is not None:
            denied.setdefault((denial.file, denial.pointer), (denial, []))[1].append(need)
        elif not _is_allowed(role, need, distinct):
            key = (
                need.action.split(":")[0],
                _to_others(role, need, distinct) or need.resource,
                need.passed_to,
            )
            lacking.setdefault(key, []).append(need)
    found = [_lack(role, _heaviest_first(group)) for group in lacking.values()]
    grave = {one.finding.pointer for one in found if one.finding.severity != WARNING}
    found = [one for one in found if one.finding.severity != WARNING or one.finding.pointer not in grave]
    return found + [_refusal(role, denial, _heaviest_first(group)) for denial, group in denied.values()]


def _is_allowed(role: Role, need: Need, distinct: Distinct) -> bool:
    """What is not in the templates may allow it."""
    return bool(role.grants.unknown) or any(grant.allows(need, distinct) for grant in role.grants.found)


def _to_others(role: Role, need: Need, distinct: Distinct) -> str:
    """The statement that passes the role, but to other services; "" without one."""
    for grant in role.grants.found:
        if need.passed_to and grant.names(need.action) and grant.reaches(need.resource, distinct):
            return grant.pointer
    return ""


def _heaviest_first(group: Sequence[Need]) -> list[Need]:
    return sorted(group, key=lambda need: need.weight)


def _lack(role: Role, group: list[Need]) -> Lack:
    to = f" to {group[0].passed_to}" if group[0].passed_to else ""
    message = (
        f"{role.logical_id}: does not allow {_actions(group)} on {_resources(group)}{to}, "
        f"which {states_of(group)} needs; allow it"
    )
    return Lack(_finding(role, group, _place(role, group), message), group)


def _refusal(role: Role, denial: Grant, group: list[Need]) -> Lack:
    message = (
        f"{role.logical_id}: denies {_actions(group)} on {_resources(group)}, "
        f"which {states_of(group)} needs; deny less"
    )
    return Lack(replace(_finding(role, group, denial.pointer, message), file=denial.file), group)


def _finding(role: Role, group: list[Need], place: str, message: str) -> Finding:
    return Finding(
        rule=PERMISSION_MISSING.id,
        severity=PERMISSION_MISSING.severity if group[0].weight is Weight.VITAL else WARNING,
        pointer=place,
        message=message,
        state=group[0].state,
        file=str(role.scope.file),
    )


def _place(role: Role, group: list[Need]) -> str:
    """The statement that allows the same action elsewhere, the same operation of a service spelled otherwise,
    or another action there; else all policies.
    """
    file = str(role.scope.file)
    own = [one for one in role.grants.found if one.file == file and one.excepted is None]
    action, resource = group[0].action, group[0].resource
    for grant in own:
        if not grant.is_generated and grant.names(action):
            return f"{grant.pointer}/Resource" if not grant.passed_to else grant.pointer
    for grant in own:
        if not grant.is_generated and is_prefixed_otherwise(grant, action):
            return f"{grant.pointer}/Action"
    for grant in own:
        same = any(meets(entry.text, resource, lambda _: True) for entry in grant.resources)
        if not grant.is_generated and same and resource != "*":
            return f"{grant.pointer}/Action"
    return role.pointer


def _actions(group: list[Need]) -> str:
    return _listed(need.action for need in group)


def _resources(group: list[Need]) -> str:
    return _listed(need.resource for need in group)


def _listed(texts: Iterable[str]) -> str:
    found = list(dict.fromkeys(texts))
    return ", ".join(found[:MOST_SHOWN]) + (" and more" if len(found) > MOST_SHOWN else "")


def states_of(group: Sequence[Need]) -> str:
    """Who needs it, for a message."""
    names = list(dict.fromkeys(need.state for need in group))
    if not names[0]:
        return "the machine's logging, tracing or encryption"
    return f"state {names[0]}" + (f" and {len(names) - 1} more" if len(names) > 1 else "")
