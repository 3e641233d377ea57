"""Roles as moto's IAM knows them, read through its API and kept until IAM is written to."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from stepmill.cloud.service import AwsError

Call = Callable[[str, dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class Role:
    """`policies`: inline ones and attached ones; `boundary` limits what they can allow.

    Both are read when they are first asked for: who may take on a role is judged by its trust alone.
    """

    arn: str
    role_id: str
    trust: dict[str, Any]
    boundary_arn: str | None
    roles: "Roles" = field(repr=False, compare=False)

    @cached_property
    def policies(self) -> tuple[dict[str, Any], ...]:
        return self.roles.policies(self.arn.rpartition("/")[2])

    @cached_property
    def boundary(self) -> dict[str, Any] | None:
        return self.roles.managed(self.boundary_arn) if self.boundary_arn else None


class Roles:
    def __init__(self, call_iam: Call) -> None:
        self._call = call_iam
        self._lock = threading.Lock()
        self._known: dict[str, Role] = {}
        self._generation = 0

    def find(self, arn: str) -> Role | None:
        """None when there is no such role."""
        known = self._known.get(arn)
        if known is not None:
            return known
        generation = self._generation
        role = self._load(arn)
        with self._lock:
            if role is not None and generation == self._generation:  # no write came between
                self._known[arn] = role
        return role

    def forget(self) -> None:
        with self._lock:
            self._generation += 1
            self._known = {}

    def _load(self, arn: str) -> Role | None:
        name = arn.rpartition("/")[2]
        try:
            role = self._call("GetRole", {"RoleName": name})["Role"]
        except AwsError as error:
            if error.code in ("NoSuchEntity", "NoSuchEntityException"):
                return None
            raise
        if role["Arn"] != arn:
            return None
        boundary = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        return Role(arn, role["RoleId"], role["AssumeRolePolicyDocument"], boundary, self)

    def policies(self, name: str) -> tuple[dict[str, Any], ...]:
        """Of the role of this name."""
        return tuple(self._inline(name) + self._attached(name))

    def _inline(self, name: str) -> list[dict[str, Any]]:
        return [
            self._call("GetRolePolicy", {"RoleName": name, "PolicyName": policy})["PolicyDocument"]
            for policy in self._all("ListRolePolicies", {"RoleName": name}, "PolicyNames")
        ]

    def _attached(self, name: str) -> list[dict[str, Any]]:
        attached = self._all("ListAttachedRolePolicies", {"RoleName": name}, "AttachedPolicies")
        return [self.managed(policy["PolicyArn"]) for policy in attached]

    def managed(self, arn: str) -> dict[str, Any]:
        """The document of a managed policy."""
        version = self._call("GetPolicy", {"PolicyArn": arn})["Policy"]["DefaultVersionId"]
        answer = self._call("GetPolicyVersion", {"PolicyArn": arn, "VersionId": version})
        document: dict[str, Any] = answer["PolicyVersion"]["Document"]
        return document

    def _all(self, operation: str, params: dict[str, Any], member: str) -> list[Any]:
        found: list[Any] = []
        marker: dict[str, str] = {}
        while True:
            answer = self._call(operation, params | marker)
            found += answer[member]
            if not answer.get("IsTruncated"):
                return found
            marker = {"Marker": answer["Marker"]}
