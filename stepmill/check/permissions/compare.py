"""A machine's role held against what the machine needs."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from stepmill.check.finding import Finding, Findings
from stepmill.check.patterns import late_pattern
from stepmill.check.permissions.actions import action as known_action
from stepmill.check.permissions.derive import Deployment, derive
from stepmill.check.permissions.grants import Entry, Grant, matches_action, meets
from stepmill.check.permissions.missing import MOST_SHOWN, Lack, missing, states_of
from stepmill.check.permissions.need import Need, Needs, Weight
from stepmill.check.permissions.patterns import Distinct
from stepmill.check.permissions.roles import Role, is_distinct, place_of, role_of, root_of
from stepmill.check.permissions.surroundings import logs, of_keys, tolerated, traces
from stepmill.check.permissions.task_definitions import task_roles
from stepmill.check.permissions.trust import check_passed, check_trust, is_for_states_only
from stepmill.check.reading.template import Machine, machines_of
from stepmill.check.reading.template_names import NAMED
from stepmill.check.rules.iam import (
    PASS_ROLE_OPEN,
    PERMISSION_UNNEEDED,
    PERMISSION_WILDCARD,
    ROLE_MISSING,
)
from stepmill.check.subject import TaskView

# `…:123456789012:job/*`: an action on jobs reaches no further with `*`.
_ALL_OF_A_TYPE = late_pattern(r"(\d{12}|\$\{AWS::AccountId\}):[A-Za-z-]+[/:]\*$")


def check_role(
    machine: Machine, views: Iterable[TaskView], deployed: Iterable[Machine] | None = None
) -> list[Finding]:
    """Each finding names the file that it is in.

    views: of the machine's tasks, as for `derive`. deployed: all machines of its templates, which are read
    when they are not given.
    """
    if machine.subject is None:
        return []
    needs = derive(machine.subject, views, deployment_of(machine))
    needs = Needs((*needs.needs, *of_keys(machine.scope), *tolerated(needs.needs)), needs.unknown)
    return _check_own(machine, needs, deployed) + check_passed(machine.scope, needs.needs)


def _check_own(machine: Machine, needs: Needs, deployed: Iterable[Machine] | None) -> list[Finding]:
    """The role that the machine runs with."""
    role = role_of(machine)
    findings = Findings()
    if role is None:
        return _without_role(machine, needs)
    distinct = partial(is_distinct, role.scope)
    if role.is_made_by_sam and not role.grants.found and not role.grants.unknown:
        return _without_role(machine, needs)
    if not role.is_made_by_sam:
        check_trust(role.scope, role.logical_id, deployment_of(machine).arn, findings)
    found = findings.in_file(str(role.scope.file))
    lacks = missing(role, needs, distinct)
    others = machines_of(root_of(machine.scope)) if deployed is None else deployed
    shared = _of_all(machine, others, role, needs)
    more: list[Finding] = []
    for grant in role.grants.found if shared else ():
        inner = Findings()
        _check_grant(role, grant, shared or needs, distinct, inner)
        if inner.found:
            more += _beyond_lacks(grant, inner.in_file(grant.file), lacks)
    found += [lack.finding for lack in lacks] + more
    return found


def _beyond_lacks(grant: Grant, told: list[Finding], lacks: list[Lack]) -> list[Finding]:
    """What a statement allows too much; what seems meant for something lacking is told with that instead."""
    is_vain = all(one.rule == PERMISSION_UNNEEDED.id for one in told)
    for at, lack in enumerate(lacks):
        if grant.pointer and lack.is_meant_by(grant) and (is_vain or lack.is_within(grant)):
            places = {one.pointer for one in told}
            vain = [entry.text for entry in (*grant.resources, *grant.actions) if entry.pointer in places]
            lacks[at] = lack.beside(told, vain[0] if is_vain and vain else "")
            return []
    return told if grant.pointer else []


def _of_all(machine: Machine, deployed: Iterable[Machine], role: Role, needs: Needs) -> Needs | None:
    """The needs of all machines that have this role; None when another machine or service answers for it.

    Roles that other services too may assume are theirs to judge.
    """
    if role.is_made_by_sam:
        return needs
    if not is_for_states_only(role.scope, role.logical_id):
        return None
    found, unknown = [*needs.needs], set(needs.unknown)
    is_first = True
    for other in deployed:
        if (other.scope.path, other.logical_id) == (machine.scope.path, machine.logical_id):
            is_first = False
            continue
        theirs = place_of(other)
        if theirs is None or (theirs[0].path, theirs[1]) != (role.scope.path, role.logical_id):
            continue
        if is_first:
            return None
        if other.subject is None:
            unknown.add("")
        else:
            more = derive(other.subject, (), deployment_of(other))
            found += more.needs
            unknown |= more.unknown
    return Needs(tuple(found), frozenset(unknown))


def deployment_of(machine: Machine) -> Deployment:
    """What the template says of the machine besides its definition."""
    named = NAMED[str(machine.scope.resources[machine.logical_id]["Type"])]
    arn = machine.scope.arn(machine.logical_id, named)
    logging = machine.value("Logging") or machine.value("LoggingConfiguration")
    tracing = machine.value("Tracing") or machine.value("TracingConfiguration")
    encryption = machine.value("EncryptionConfiguration")
    key = encryption.get("KmsKeyId") if isinstance(encryption, dict) else None
    return Deployment(
        arn=arn if isinstance(arn, str) else Deployment().arn,
        is_logged=logs(logging),
        is_traced=traces(tracing),
        key=key if isinstance(key, str) and key.startswith("arn:") else "",
        task_roles=tuple(task_roles(machine.scope)),
    )


def _without_role(machine: Machine, needs: Needs) -> list[Finding]:
    """Only when there is none; one that lies elsewhere may allow all."""
    told = [name for name in ("Role", "RoleArn", "Policies") if machine.properties.get(name)]
    vital = [need for need in needs.needs if need.weight is Weight.VITAL]
    if told or not vital or not machine.is_sam:
        return []
    findings = Findings()
    first = vital[0]
    findings.add(
        ROLE_MISSING,
        machine.pointer,
        f"{machine.logical_id}: Role and Policies are missing, but {states_of([first])} needs {first.action} "
        f"on {first.resource}; give Policies what `stepmill policy` prints",
    )
    return findings.in_file(str(machine.scope.file))


def _check_grant(role: Role, grant: Grant, needs: Needs, distinct: Distinct, findings: Findings) -> None:
    where = role.logical_id
    if not grant.is_generated:
        _check_pass_role(where, grant, findings)
    if not grant.is_certain or "" in needs.unknown:
        return
    if grant.managed:
        _check_managed(where, grant, needs, distinct, findings)
        return
    if grant.excepted is not None:
        return
    if grant.is_generated:
        if not any(grant.allows(need, distinct) for need in needs.needs) and not _is_unknown(grant, needs):
            names = ", ".join(entry.text for entry in grant.actions[:MOST_SHOWN])
            findings.add(
                PERMISSION_UNNEEDED,
                grant.pointer,
                f"{where}: allows {names}, which no state needs there; remove the policy",
            )
        return
    for entry in grant.actions:
        _check_action(where, entry, grant, needs, distinct, findings)
    for entry in grant.resources:
        _check_resource(where, entry, grant, needs, distinct, findings)


def _check_managed(where: str, grant: Grant, needs: Needs, distinct: Distinct, findings: Findings) -> None:
    """A policy of AWS's that allows a whole service or more."""
    allowed = ", ".join(entry.text for entry in grant.actions)
    told = f"{where}: {grant.managed} allows {allowed} on every resource"
    wanted = sorted({need.action for need in needs.needs if grant.allows(need, distinct)})
    if wanted:
        shown = ", ".join(wanted[:MOST_SHOWN]) + (" and more" if len(wanted) > MOST_SHOWN else "")
        findings.add(
            PERMISSION_WILDCARD,
            grant.pointer,
            f"{told}; allow what is needed instead, as `stepmill policy` prints it: {shown}",
            available=wanted,
        )
    elif not any(entry.text.split(":")[0] in needs.unknown for entry in grant.actions):
        findings.add(PERMISSION_UNNEEDED, grant.pointer, f"{told}, of which no state needs any; remove it")


def _is_unknown(grant: Grant, needs: Needs) -> bool:
    prefixes = {entry.text.split(":")[0] for entry in grant.actions}
    return bool(prefixes & needs.unknown) or any("*" in prefix or "$" in prefix for prefix in prefixes)


def _check_pass_role(where: str, grant: Grant, findings: Findings) -> None:
    if grant.passed_to is None and any(entry.text.lower() == "iam:passrole" for entry in grant.actions):
        findings.add(
            PASS_ROLE_OPEN,
            grant.pointer,
            f"{where}: iam:PassRole has no condition on iam:PassedToService; name the service that gets it",
        )


def _check_action(
    where: str, entry: Entry, grant: Grant, needs: Needs, distinct: Distinct, findings: Findings
) -> None:
    if "${" in entry.text or entry.text.split(":")[0] in needs.unknown:
        return
    named = [need for need in needs.needs if matches_action(entry.text, need.action)]
    reached = [need for need in named if grant.reaches(need.resource, distinct)]
    is_only = len(grant.actions) == 1
    if not named or not (reached or is_only):
        findings.add(
            PERMISSION_UNNEEDED,
            entry.pointer,
            f"{where}: allows {entry.text}, which no state needs"
            f"{' on these resources' if named else ''}; remove it",
        )
    elif "*" in entry.text:
        wanted = sorted({need.action for need in named})
        findings.add(
            PERMISSION_WILDCARD,
            entry.pointer,
            f"{where}: allows {entry.text}; name the actions that are needed: {', '.join(wanted)}",
            available=wanted,
        )


def _check_resource(
    where: str, entry: Entry, grant: Grant, needs: Needs, distinct: Distinct, findings: Findings
) -> None:
    if _is_unknown(grant, needs):
        return
    needed = [need for need in needs.needs if grant.names(need.action)]
    if not needed:
        return  # told of its actions
    met = [need for need in needed if meets(entry.text, need.resource, distinct)]
    if not met and not _is_any_version(entry, needed, distinct):
        findings.add(
            PERMISSION_UNNEEDED,
            entry.pointer,
            f"{where}: allows {needed[0].action} on {entry.text}, which no state needs; remove it",
        )
    elif entry.text == "*":
        anywhere = {need.action for need in met if need.resource == "*"}
        named = [need for need in met if _names_one(need) and need.action not in anywhere]
        exact = sorted({need.resource for need in named})
        if exact:
            findings.add(
                PERMISSION_WILDCARD,
                entry.pointer,
                f"{where}: allows {named[0].action} on every resource; name "
                f"{', '.join(exact[:MOST_SHOWN])}{' and more' if len(exact) > MOST_SHOWN else ''}",
                available=exact,
            )


def _is_any_version(entry: Entry, needed: Iterable[Need], distinct: Distinct) -> bool:
    """`<function>:*` beside the function, as AWS's console writes it."""
    bare = entry.text.removesuffix(":*")
    return bare != entry.text and any(
        need.action == "lambda:InvokeFunction" and meets(bare, need.resource, distinct) for need in needed
    )


def _names_one(need: Need) -> bool:
    """Its resource is narrower than all resources that the action knows: one by name, or some."""
    known = known_action(need.action)
    has_types = known is not None and bool(known.required or known.optional)
    return has_types and need.resource != "*" and not _ALL_OF_A_TYPE.search(need.resource)
