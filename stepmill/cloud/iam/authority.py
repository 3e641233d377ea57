"""Checks every call of a role against the role's policies, and who may take on a role.

Resource policies (of buckets, topics, queues, functions, keys) are not evaluated, nor are service
control policies and session policies. The account's owner may do anything.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from stepmill.cloud import models
from stepmill.cloud.iam.actions import FREE, action_of, context_of, forwarded_resources
from stepmill.cloud.iam.policy import Decision, Question, as_list, decide, matches
from stepmill.cloud.iam.roles import Role, Roles
from stepmill.cloud.service import AwsError, Operation, Principal

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

READING = ("Get", "List", "Simulate", "Generate")


class Authority:
    def __init__(self, cloud: "Cloud") -> None:
        self._cloud = cloud
        self._roles = Roles(lambda operation, params: cloud.moto.call("iam", operation, params))

    def check(
        self,
        service: str,
        operation: str,
        ours: Operation | None,
        params: dict[str, Any],
        principal: Principal,
    ) -> None:
        """Raises: AwsError 403 in the words of the service's protocol."""
        if principal.role_arn is None or (service, operation) in FREE:
            return
        action = action_of(service, operation, ours, params)
        if ours is None:
            resources = forwarded_resources(self._cloud, service, params)
        else:
            resources = ours.resources(self._cloud, params) if ours.resources else ["*"]
        protocol = models.service_model(service).metadata["protocol"]
        code = "AccessDenied" if protocol in ("query", "rest-xml", "ec2") else "AccessDeniedException"
        for resource in resources or ["*"]:
            self._require(principal, action, resource, context_of(service, params), code)

    def allow(self, principal: Principal, action: str, resource_arn: str, context: Mapping[str, str]) -> None:
        """Raises: AwsError AccessDeniedException (403)."""
        self._require(principal, action, resource_arn, context, "AccessDeniedException")

    def assume(self, role_arn: str, service_principal: str, source_arn: str | None) -> Principal:
        """Raises: AwsError AccessDenied when the role is missing or does not trust the service."""
        context = {"aws:SourceAccount": self._cloud.account}
        if source_arn is not None:
            context["aws:SourceArn"] = source_arn
        self._require_trust(role_arn, {"Service": [service_principal]}, context, service_principal)
        return Principal(role_arn, service_principal.partition(".")[0])

    def check_trust(self, role_arn: str, caller: Principal, external_id: str | None) -> None:
        """May a caller of this account take on the role? Raises: AwsError AccessDenied."""
        context = self._context(caller) | ({"sts:ExternalId": external_id} if external_id else {})
        account = self._cloud.account
        names = [f"arn:aws:iam::{account}:root", account, self.arn_of(caller)]
        names += [caller.role_arn] if caller.role_arn else []
        self._require_trust(role_arn, {"AWS": names}, context, self.arn_of(caller))

    def arn_of(self, principal: Principal) -> str:
        if principal.role_arn is None:
            return f"arn:aws:iam::{self._cloud.account}:root"
        role_name = principal.role_arn.rpartition("/")[2]
        return f"arn:aws:sts::{self._cloud.account}:assumed-role/{role_name}/{principal.session}"

    def role_id(self, role_arn: str) -> str:
        role = self._roles.find(role_arn)
        return role.role_id if role else "AROAUNKNOWN"

    def forget_on_write(self, service: str, operation: str) -> None:
        if service == "iam" and not operation.startswith(READING):
            self._roles.forget()

    def _require(
        self, principal: Principal, action: str, resource: str, context: Mapping[str, str], code: str
    ) -> None:
        if principal.role_arn is None:
            return
        role = self._roles.find(principal.role_arn)
        question = Question(action, resource, {**self._context(principal), **context})
        decision = verdict(role, question)
        if decision is Decision.ALLOW:
            return
        why = f"because no identity-based policy allows the {action} action"
        if decision is Decision.DENY:
            why = "with an explicit deny in an identity-based policy"
        raise AwsError(
            code,
            f"User: {self.arn_of(principal)} is not authorized to perform: {action} "
            f"on resource: {resource} {why}",
            403,
        )

    def _require_trust(
        self, role_arn: str, names: Mapping[str, list[str]], context: Mapping[str, str], caller: str
    ) -> None:
        role = self._roles.find(role_arn)
        trusted = (
            (s for s in as_list(role.trust.get("Statement")) if names_principal(s, names)) if role else ()
        )
        question = Question("sts:AssumeRole", role_arn, context)
        if decide([{"Statement": list(trusted)}], question) is not Decision.ALLOW:
            raise AwsError(
                "AccessDenied",
                f"User: {caller} is not authorized to perform: sts:AssumeRole on resource: {role_arn}",
                403,
            )

    def _context(self, principal: Principal) -> dict[str, str]:
        """The loopback address stands in for TLS, so policies that demand it are met."""
        return {
            "aws:PrincipalArn": principal.role_arn or self.arn_of(principal),
            "aws:PrincipalAccount": self._cloud.account,
            "aws:ResourceAccount": self._cloud.account,
            "aws:RequestedRegion": self._cloud.region,
            "aws:SecureTransport": "true",
        }


def verdict(role: Role | None, question: Question) -> Decision:
    if role is None:
        return Decision.NONE
    decision = decide(role.policies, question)
    if role.boundary is None or decision is not Decision.ALLOW:
        return decision
    return decide([role.boundary], question)


def names_principal(statement: Mapping[str, Any], names: Mapping[str, Iterable[str]]) -> bool:
    """Does a trust policy's statement speak of any of the names?"""
    given = statement.get("Principal")
    if given == "*":
        return True
    if not isinstance(given, Mapping):
        return False
    return any(
        pattern == "*" or matches(pattern, name)
        for kind, mine in names.items()
        for pattern in as_list(given.get(kind))
        for name in mine
    )
