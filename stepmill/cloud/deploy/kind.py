"""What the deployer needs to know of one resource type, and the calls it makes with."""

import base64
import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from botocore.model import Shape

from stepmill.cloud import models
from stepmill.cloud.deploy.scope import Made
from stepmill.cloud.service import ROOT, AwsError, Principal

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

Props = Mapping[str, Any]


class NestedStacks(Protocol):
    """The deployer itself, for the stacks inside a stack."""

    def deploy_nested(
        self, name: str, url: str, parameters: dict[str, str], tags: dict[str, str]
    ) -> Made: ...

    def delete_nested(self, stack_id: str) -> None: ...


class Aws:
    """Calls made for one resource of a stack; the same resource asked for twice has one effect."""

    def __init__(
        self,
        cloud: "Cloud",
        type_name: str,
        logical_id: str,
        attempt: str,
        principal: Principal = ROOT,
        stacks: "NestedStacks | None" = None,
    ) -> None:
        self.cloud = cloud
        self.type_name = type_name
        self.logical_id = logical_id
        self.stacks = stacks
        self.attempt = attempt
        self.principal = principal
        self.partly: Made | None = None  # what a creation of several calls has made so far

    def __call__(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        shape = models.operation_model(service, operation).input_shape
        given = {name: value for name, value in params.items() if value is not None}
        if shape is not None:
            given = fitted(given, shape)
        return self.cloud.call(service, operation, given, principal=self.principal, attempt=self.attempt)

    def quietly(self, service: str, operation: str, *gone: str, **params: Any) -> None:
        """A deletion: what is not there (error codes `gone`) is deleted already."""
        try:
            self(service, operation, **params)
        except AwsError as error:
            if error.code not in gone:
                raise


class Kind:
    """One resource type. `properties` None: any. A change of one in `replaces` makes a new resource."""

    type = ""
    properties: frozenset[str] | None = frozenset()
    replaces: frozenset[str] = frozenset()
    name_property: str | None = None
    name_limit = 64

    def create(self, aws: Aws, name: str, wanted: Props) -> Made:
        raise NotImplementedError

    def update(self, aws: Aws, made: Made, before: Props, wanted: Props) -> Made:
        raise NotImplementedError

    def delete(self, aws: Aws, made: Made, props: Props) -> None:
        raise NotImplementedError

    def sweep(self, aws: Aws, name: str, wanted: Props) -> None:
        """Remove what a creation that a crash interrupted may have left.

        Nothing to do where the service answers the same attempt again with its first answer.
        """

    def name(self, stack: str, logical_id: str, seed: str) -> str:
        """A name as CloudFormation makes them: `stack-logical-SUFFIX`, the same for the same seed."""
        suffix = base64.b32encode(hashlib.sha256(seed.encode()).digest())[:12].decode()
        room = self.name_limit - len(suffix) - 2
        logical = logical_id[: max(room - min(len(stack), room // 2), 1)]
        return f"{stack[: room - len(logical)]}-{logical}-{suffix}"


def fitted(value: Any, shape: Shape) -> Any:
    """`value` with the scalars that templates write loosely (`"30"`, `"true"`, 1) as the API wants them."""
    if isinstance(value, dict) and shape.type_name == "structure":
        members: Mapping[str, Shape] = shape.members  # type: ignore[attr-defined]
        return {key: fitted(item, members[key]) if key in members else item for key, item in value.items()}
    if isinstance(value, dict) and shape.type_name == "map":
        return {str(key): fitted(item, shape.value) for key, item in value.items()}  # type: ignore[attr-defined]
    if isinstance(value, list) and shape.type_name == "list":
        return [fitted(item, shape.member) for item in value]  # type: ignore[attr-defined]
    if shape.type_name == "string" and isinstance(value, bool | int | float):
        return str(value).lower() if isinstance(value, bool) else str(value)
    if isinstance(value, str):
        if shape.type_name in ("integer", "long") and value.lstrip("-").isdigit():
            return int(value)
        if shape.type_name == "boolean" and value.lower() in ("true", "false"):
            return value.lower() == "true"
        if shape.type_name in ("float", "double"):
            try:
                return float(value)
            except ValueError:
                return value
    return value


def tag_map(tags: Any) -> dict[str, str]:
    """Tags as a mapping, from either form that templates use."""
    if isinstance(tags, Mapping):
        return {str(key): str(value) for key, value in tags.items()}
    return {str(tag["Key"]): str(tag["Value"]) for tag in tags or []}


def tag_list(tags: Any) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tag_map(tags).items()]
