"""IAM as far as our roles use it: which (action, ARN) pairs statements allow, and what they allow idly."""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from .deployment import Stack


class Need(NamedTuple):
    action: str
    arn: str


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(stack: Stack, role: str, *, foreign: dict[str, Stack]) -> list[dict[str, Any]]:
    """A role's own statements and those of the managed policies that it names."""
    properties = dict(stack.resources("AWS::IAM::Role"))[role]
    found = [s for policy in properties.get("Policies", []) for s in policy["PolicyDocument"]["Statement"]]
    for arn in properties.get("ManagedPolicyArns", []):
        name = arn.rsplit("-", 1)[1]
        for other in foreign.values():
            managed = dict(other.resources("AWS::IAM::ManagedPolicy"))
            if name in managed:
                found += managed[name]["PolicyDocument"]["Statement"]
    assert all(statement["Effect"] == "Allow" for statement in found)
    return found


def allows(statement: dict[str, Any], need: Need) -> bool:
    return need.action in listed(statement["Action"]) and any(
        fnmatchcase(need.arn, pattern) for pattern in listed(statement["Resource"])
    )


def lacking(given: Iterable[dict[str, Any]], needs: Iterable[Need]) -> list[Need]:
    """What is needed and not allowed."""
    given = list(given)
    return sorted(need for need in set(needs) if not any(allows(statement, need) for statement in given))


def idle(given: Iterable[dict[str, Any]], needs: Iterable[Need]) -> Iterator[str]:
    """What is allowed and not needed: each action and each resource must serve some need."""
    needs = list(needs)
    for statement in given:
        for action in listed(statement["Action"]):
            if not any(allows({**statement, "Action": action}, need) for need in needs):
                yield f"{statement['Sid']}: {action}"
        for arn in listed(statement["Resource"]):
            if not any(allows({**statement, "Resource": arn}, need) for need in needs):
                yield f"{statement['Sid']}: {arn}"
