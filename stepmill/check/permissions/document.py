"""Needs as an IAM policy document, with the same order and Sids every time."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from stepmill.check.patterns import late_pattern
from stepmill.check.permissions.need import Needs
from stepmill.check.permissions.patterns import covers

_UPPER = late_pattern(r"[^A-Za-z0-9]+")


def document_of(needs: Needs) -> dict[str, Any]:
    """A statement for all actions on the same resources. `${Name}` stays as it is for a template to fill."""
    actions: dict[tuple[str, str], set[str]] = {}
    for need in needs.needs:
        actions.setdefault((need.action, need.passed_to), set()).add(tidied(need.resource))
    groups: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for (action, passed_to), resources in sorted(actions.items()):
        key = (action.split(":")[0], passed_to, tuple(fewest(resources)))
        groups.setdefault(key, []).append(action)
    statements: list[dict[str, Any]] = []
    taken: set[str] = set()
    for (_, passed_to, targets), names in groups.items():
        statement: dict[str, Any] = {
            "Sid": _sid(names, targets, taken),
            "Effect": "Allow",
            "Action": names,
            "Resource": list(targets),
        }
        if passed_to:
            statement["Condition"] = {"StringEquals": {"iam:PassedToService": passed_to}}
        statements.append(statement)
    return {"Version": "2012-10-17", "Statement": statements}


def tidied(resource: str) -> str:
    """Several unknown parts at the end as one."""
    return re.sub(r"(-\*)+$", "-*", resource)


def fewest(resources: Iterable[str]) -> list[str]:
    """Without those that another one covers."""
    found = sorted(set(resources))
    return [one for one in found if not any(other != one and covers(other, one) for other in found)]


def _sid(actions: list[str], resources: tuple[str, ...], taken: set[str]) -> str:
    """Of one action its name; of more the service and what kind of resource they are on."""
    service = _words(actions[0].split(":")[0])
    if len(actions) == 1:
        name = service + _words(actions[0].split(":")[1])
    else:
        kinds = {_kind(resource) for resource in resources}
        name = service + (_words(kinds.pop()) if len(kinds) == 1 else "Access")
    sid, count = name, 2
    while sid in taken:
        sid, count = f"{name}{count}", count + 1
    taken.add(sid)
    return sid


def _kind(resource: str) -> str:
    if resource == "*":
        return "Everywhere"
    own = re.sub(r"\$\{[^}]*\}", "", resource).split(":", 5)[-1]
    found = re.match(r"([A-Za-z-]+)[/:]", own)
    return found[1] if found else "Access"


def _words(text: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in _UPPER.split(text))
