"""What comes to the loop from other threads: calls that wait for an answer, and reports on tasks."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from .errors import RUNTIME
from .jsontext import Json, NotJson, dumps

if TYPE_CHECKING:
    from .loop import Loop


@dataclass(frozen=True)
class Call:
    """`work` runs in the loop's thread; `answer` gets what it gives, or raises, once that is journalled."""

    work: "Callable[[Loop], Any]"
    answer: "Future[Any]" = field(default_factory=Future)

    def __post_init__(self) -> None:
        # From here on nobody can cancel it: the loop's answer always finds it open.
        self.answer.set_running_or_notify_cancel()


@dataclass(frozen=True)
class Word:
    """The task runner's word on one attempt."""

    execution: int
    frame: int
    token: str
    kind: str
    payload: Any


Mailbox = SimpleQueue[Call | Word | None]  # None: close


class Report:
    """The TaskReport of one attempt; may be used from any thread."""

    def __init__(self, mailbox: Mailbox, execution: int, frame: int, token: str) -> None:
        self._mailbox = mailbox
        self._where = (execution, frame, token)

    def started(self) -> None:
        self._send("started", None)

    def submitted(self, output: Any) -> None:
        self._send_json("submitted", output)

    def heartbeat(self) -> None:
        self._send("heartbeat", None)

    def succeeded(self, output: Any) -> None:
        self._send_json("succeeded", output)

    def failed(self, error: str, cause: str) -> None:
        self._send("failed", (error, cause))

    def _send_json(self, kind: str, output: Any) -> None:
        try:
            document = Json(text=dumps(output))
        except NotJson as error:
            self.failed(RUNTIME, f"The task's output is not JSON: {error}")
            return
        self._send(kind, document)

    def _send(self, kind: str, payload: Any) -> None:
        self._mailbox.put(Word(*self._where, kind, payload))
