"""How a service of the embedded cloud is written: operations registered by name on a `Service`."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud


class AwsError(Exception):
    """An error answer as the service words it; the front door serialises it by the service's protocol."""

    def __init__(self, code: str, message: str, status: int = 400, **extra: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.extra = extra


@dataclass(frozen=True)
class Principal:
    """Who calls: the account's owner (`role_arn` None, allowed everything) or a role."""

    role_arn: str | None = None
    session: str = "root"


ROOT = Principal()


@dataclass
class Request:
    """One call, parsed by botocore's model of the operation.

    `params` has the shape that boto3 takes (datetimes, bytes for blobs); a streaming body is `body`.
    `attempt` names the call for the caller: the same attempt asked twice must have one effect.
    """

    operation: str
    params: dict[str, Any]
    principal: Principal = ROOT
    attempt: str | None = None
    body: BinaryIO | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


Answer = dict[str, Any]


@dataclass(frozen=True)
class Later:
    """An answer that another thread works on.

    `make` waits for `done` and gives the answer. It raises AwsError.
    """

    done: "Future[Any]"
    make: Callable[[], Answer]


Handler = Callable[["Cloud", Request], Answer | Later]
ResourceArns = Callable[["Cloud", dict[str, Any]], list[str]]


@dataclass(frozen=True)
class Operation:
    """`action` is the IAM action when it is not `<service>:<name>`.

    `resources` gives the ARNs that a call touches; None means `*`. One that `is_quick` waits for nothing but
    a small read, or answers `Later`, so that the door's own thread may call it.
    """

    name: str
    handler: Handler
    action: str | None = None
    resources: ResourceArns | None = None
    is_quick: bool = False


class Service:
    """The operations of one AWS service that we implement; all others fall through to moto.

    `name` is botocore's name of the service. `schema` is SQL (`create table if not exists …`) run on
    the cloud's store before `on_start`.
    """

    def __init__(self, name: str, schema: str = "") -> None:
        self.name = name
        self.schema = schema
        self.operations: dict[str, Operation] = {}
        self.starters: list[Callable[[Cloud], None]] = []
        self.stoppers: list[Callable[[Cloud], None]] = []

    def operation(
        self,
        name: str,
        *,
        action: str | None = None,
        resources: ResourceArns | None = None,
        is_quick: bool = False,
    ) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            self.operations[name] = Operation(name, handler, action, resources, is_quick)
            return handler

        return register

    def on_start(self, hook: "Callable[[Cloud], None]") -> "Callable[[Cloud], None]":
        """Run once the store is open: take up again what a restart interrupted."""
        self.starters.append(hook)
        return hook

    def on_stop(self, hook: "Callable[[Cloud], None]") -> "Callable[[Cloud], None]":
        self.stoppers.append(hook)
        return hook
