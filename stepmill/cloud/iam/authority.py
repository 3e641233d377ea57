"""Checks calls against the policies of the calling role."""

from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Operation, Principal

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud


class Authority:
    def __init__(self, cloud: "Cloud") -> None:
        self._cloud = cloud

    def check(
        self,
        service: str,
        operation: str,
        ours: Operation | None,
        params: dict[str, Any],
        principal: Principal,
    ) -> None: ...

    def allow(
        self, principal: Principal, action: str, resource_arn: str, context: dict[str, str]
    ) -> None: ...

    def assume(self, role_arn: str, service_principal: str, source_arn: str | None) -> Principal:
        return Principal(role_arn, service_principal.split(".")[0])

    def forget_on_write(self, service: str, operation: str) -> None: ...
