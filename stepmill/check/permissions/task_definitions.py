"""The roles that the task definitions of a template give to their containers.

Who runs a task hands them to ECS, so the machine must be allowed to pass them.
Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
"""

from __future__ import annotations

from collections.abc import Iterator

from stepmill.check.permissions.arguments import ANYTHING
from stepmill.check.permissions.roles import tree_of
from stepmill.check.reading.template_functions import resolve
from stepmill.check.reading.template_names import NAMED
from stepmill.check.reading.template_scope import Scope
from stepmill.check.reading.template_values import ANY
from stepmill.check.records import dataclass

KIND = "AWS::ECS::TaskDefinition"
MEMBERS = ("TaskRoleArn", "ExecutionRoleArn")


@dataclass(frozen=True, slots=True)
class TaskRole:
    """definition: its ARN, `*` for the revision. member: of a request that gives another role instead."""

    definition: str
    member: str
    role: str


def task_roles(scope: Scope) -> Iterator[TaskRole]:
    """Those whose ARNs are known, of all stacks that are deployed together with this one."""
    for other in tree_of(scope):
        for name in other.of_type(KIND):
            definition = other.arn(name, NAMED[KIND])
            for member in MEMBERS:
                role = resolve(other.properties(name).get(member), other)
                if isinstance(definition, str) and isinstance(role, str) and _is_known(role):
                    yield TaskRole(definition.replace(ANY, ANYTHING), member, role)


def _is_known(role: str) -> bool:
    return role.startswith("arn:") and ANY not in role
