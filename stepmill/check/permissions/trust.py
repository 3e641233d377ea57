"""Whether a role lets Step Functions assume it for one machine."""

from __future__ import annotations

from functools import partial
from typing import Any

from stepmill.check.finding import Findings, pointer
from stepmill.check.permissions.grants import matches_action
from stepmill.check.permissions.patterns import may_meet
from stepmill.check.permissions.roles import is_distinct
from stepmill.check.reading.template_functions import resolve
from stepmill.check.reading.template_scope import Scope
from stepmill.check.reading.template_values import alternatives
from stepmill.check.rules.iam import TRUST_MISSING

PRINCIPAL = "states.amazonaws.com"
SOURCE = "aws:sourcearn"


def check_trust(scope: Scope, role: str, machine_arn: str, findings: Findings) -> None:
    place = pointer("Resources", role, "Properties", "AssumeRolePolicyDocument")
    told = scope.properties(role).get("AssumeRolePolicyDocument")
    statements: list[Any] = []
    for document in alternatives(resolve(told, scope)):
        if not isinstance(document, dict) or "Statement" not in document:
            return  # nobody knows
        found = document["Statement"]
        statements += found if isinstance(found, list) else [found]
    trusting = [one for statement in statements for one in alternatives(statement) if _trusts(one)]
    if not trusting:
        findings.add(
            TRUST_MISSING,
            place,
            f"{role}: does not let {PRINCIPAL} assume it, as the role of a state machine must; "
            f"allow sts:AssumeRole to the principal {{Service: {PRINCIPAL}}}",
        )
    elif not any(_fits(one, machine_arn, scope) for one in trusting):
        findings.add(
            TRUST_MISSING,
            place,
            f"{role}: its condition on aws:SourceArn does not match the machine {machine_arn}; let it match",
        )


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


def _trusts(statement: Any) -> bool:
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
        _is_states(option)
        for service in (services if isinstance(services, list) else [services])
        for option in alternatives(service)
    )


def _is_states(service: Any) -> bool:
    if not isinstance(service, str):
        return True
    return may_meet(service, "states.*") if "${" in service else service.startswith("states.")


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
