"""What the engine asks of whoever does the work of a Task state, and how the work reports back."""

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class TaskRequest:
    """One attempt of one Task state.

    `token` is unique for the attempt and stays the same when the attempt is taken up again after a
    crash (`is_resumed`): a runner uses it to adopt what it has already begun instead of doing it twice.
    """

    token: str
    execution_arn: str
    state_machine_arn: str
    state_name: str
    resource: str
    parameters: Any
    role_arn: str | None
    timeout_s: float | None
    heartbeat_s: float | None
    is_resumed: bool = False


class TaskReport(Protocol):
    """Given to the runner with each request; every method may be called from any thread.

    The first of `succeeded` and `failed` ends the attempt; what comes after it is ignored.
    """

    def started(self) -> None: ...

    def submitted(self, output: Any) -> None:
        """The work is under way (.sync): `output` is the answer of the call that began it."""
        ...

    def heartbeat(self) -> None: ...

    def succeeded(self, output: Any) -> None: ...

    def failed(self, error: str, cause: str) -> None: ...


class TaskRunner(Protocol):
    def start(self, task: TaskRequest, report: TaskReport) -> None:
        """Begin the work and return at once."""
        ...

    def stop(self, task: TaskRequest) -> None:
        """The attempt timed out or its execution was stopped: end the work; reports are ignored now."""
        ...
