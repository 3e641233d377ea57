"""Whether a role lets Step Functions assume it for a machine, or the service that a machine passes it to."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from stepmill.check.finding import Finding, Findings, pointer
from stepmill.check.permissions.grants import matches_action
from stepmill.check.permissions.need import Need
from stepmill.check.permissions.patterns import may_meet
from stepmill.check.permissions.roles import ROLE, is_distinct, tree_of
from stepmill.check.reading.template_functions import resolve
from stepmill.check.reading.template_names import NAMED
from stepmill.check.reading.template_scope import Scope
from stepmill.check.reading.template_values import alternatives
from stepmill.check.rules.iam import TRUST_MISSING

PRINCIPAL = "states.amazonaws.com"
SOURCE = "aws:sourcearn"
# Services that assume each role they are passed under this name; others have a name for each kind of work.
TAKING = frozenset(f"{name}.amazonaws.com" for name in ("glue", "lambda", "sagemaker", "scheduler", "states"))


def check_trust(scope: Scope, role: str, machine_arn: str, findings: Findings) -> None:
    trusting = _trusting(scope, role, PRINCIPAL)
    if trusting is None:
        return
    if not trusting:
        findings.add(
            TRUST_MISSING,
            _place(role),
            f"{role}: does not let {PRINCIPAL} assume it, as the role of a state machine must; "
            f"allow sts:AssumeRole to the principal {{Service: {PRINCIPAL}}}",
        )
    elif not any(_fits(one, machine_arn, scope) for one in trusting):
        findings.add(
            TRUST_MISSING,
            _place(role),
            f"{role}: its condition on aws:SourceArn does not match the machine {machine_arn}; let it match",
        )


def check_passed(machine: Scope, needs: Iterable[Need]) -> list[Finding]:
    """The roles of these stacks that the machine passes to a service which they do not trust.

    machine: the stack that it is in.
    """
    passed = {(need.resource, need.passed_to): need for need in needs if need.passed_to in TAKING}
    found: list[Finding] = []
    for scope in tree_of(machine) if passed else ():
        arns = {scope.arn(name, NAMED[ROLE]): name for name in scope.of_type(ROLE)}
        for (arn, service), need in passed.items():
            if arn not in arns or _trusting(scope, arns[arn], service) != []:
                continue
            findings = Findings()
            findings.add(
                TRUST_MISSING,
                _place(arns[arn]),
                f"{arns[arn]}: does not let {service} assume it, to which state {need.state} passes it; "
                f"allow sts:AssumeRole to the principal {{Service: {service}}}",
            )
            found += findings.in_file(str(scope.file))
    return found


def _place(role: str) -> str:
    return pointer("Resources", role, "Properties", "AssumeRolePolicyDocument")


def _trusting(scope: Scope, role: str, service: str) -> list[Any] | None:
    """The statements that let the service assume the role; None when nobody knows them."""
    told = scope.properties(role).get("AssumeRolePolicyDocument")
    statements: list[Any] = []
    for document in alternatives(resolve(told, scope)):
        if not isinstance(document, dict) or "Statement" not in document:
            return None
        found = document["Statement"]
        statements += found if isinstance(found, list) else [found]
    return [one for statement in statements for one in alternatives(statement) if _trusts(one, service)]


def is_for_states_only(scope: Scope, role: str) -> bool:
    """No other service may assume the role, as far as can be seen."""
    document = resolve(scope.properties(role).get("AssumeRolePolicyDocument"), scope)
    told = document.get("Statement") if isinstance(document, dict) else None
    for statement in told if isinstance(told, list) else [told]:
        principal = statement.get("Principal") if isinstance(statement, dict) else None
        services = principal.get("Service") if isinstance(principal, dict) else None
        for service in services if isinstance(services, list) else [services]:
            if isinstance(service, str) and not service.startswith("states."):
                return False
    return True


def _trusts(statement: Any, service: str) -> bool:
    if not isinstance(statement, dict):
        return True  # nobody knows
    if statement.get("Effect") != "Allow":
        return False
    actions = statement.get("Action")
    names = actions if isinstance(actions, list) else [actions]
    if not any(not isinstance(name, str) or matches_action(name, "sts:AssumeRole") for name in names):
        return False
    principal = statement.get("Principal")
    if not isinstance(principal, dict):
        return True  # everybody, or nobody knows
    services = principal.get("Service", [])
    return any(
        _is_meant(option, service.split(".")[0])
        for one in (services if isinstance(services, list) else [services])
        for option in alternatives(one)
    )


def _is_meant(principal: Any, name: str) -> bool:
    """A principal may be a region's: `states.eu-west-1.amazonaws.com`."""
    if not isinstance(principal, str):
        return True
    return may_meet(principal, f"{name}.*") if "${" in principal else principal.startswith(f"{name}.")


def _fits(statement: Any, machine_arn: str, scope: Scope) -> bool:
    condition = statement.get("Condition") if isinstance(statement, dict) else None
    for test, values in condition.items() if isinstance(condition, dict) else ():
        if "Not" in test or not isinstance(values, dict):
            continue
        for key, value in values.items():
            if str(key).lower() != SOURCE:
                continue
            texts = value if isinstance(value, list) else [value]
            known = [option for text in texts for option in alternatives(text)]
            if not any(
                not isinstance(text, str) or may_meet(text, machine_arn, partial(is_distinct, scope))
                for text in known
            ):
                return False
    return True
