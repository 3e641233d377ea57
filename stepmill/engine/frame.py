"""Where an execution stands: one frame for the machine and one for each running branch or iteration.

The frames are all there is to know of an execution's progress; `as_json` prints one.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .jsontext import Json, dumps, loads

if TYPE_CHECKING:
    from .machine import Machine

ENTER = "enter"  # the state is to be entered
TASK = "task"  # an attempt is with the task runner
WAIT = "wait"  # a Wait state's timer runs
RETRY = "retry"  # the time before the next attempt runs
JOIN = "join"  # branches or iterations run in frames of their own
DONE = "done"  # the branch has ended; `data` is its output


@dataclass(frozen=True)
class Facts:
    """What does not change while an execution runs.

    `id` is its number in the journal; `secret` makes its tokens.
    """

    id: int
    arn: str
    machine_arn: str
    name: str
    role_arn: str | None
    start_s: float
    input: Json
    secret: str = field(repr=False)

    @property
    def machine_name(self) -> str:
        return self.machine_arn.rpartition(":")[2]


class Frame:
    """One thread of an execution.

    `data` is the input of `state` (the output, when DONE), `previous` the id of this thread's last event,
    `retries` how often each Retry entry was used, `local` what the state keeps while it is in work.
    """

    __slots__ = (
        "data",
        "due_s",
        "entered_id",
        "entered_s",
        "id",
        "index",
        "local",
        "machine",
        "parent",
        "phase",
        "previous",
        "retries",
        "state",
        "token",
    )

    def __init__(
        self,
        id: int,
        machine: "Machine",
        data: Json,
        previous: int,
        parent: int | None = None,
        index: int = 0,
    ) -> None:
        self.id = id
        self.machine = machine
        self.state = machine.start_at
        self.data = data
        self.previous = previous
        self.parent = parent
        self.index = index
        self.phase = ENTER
        self.token: str | None = None
        self.due_s: float | None = None
        self.entered_id = 0
        self.entered_s = 0.0
        self.retries: dict[str, int] = {}
        self.local: dict[str, Any] = {}

    def as_json(self) -> str:
        """All but `id`, `token`, `due_s` and `data`, which the journal keeps beside it."""
        body = [
            self.parent,
            self.index,
            self.state,
            self.previous,
            self.phase,
            self.entered_id,
            self.entered_s,
        ]
        return dumps([*body, self.retries, self.local])

    @classmethod
    def of_json(
        cls, id: int, token: str | None, due_s: float | None, data: str, body: str, machine: "Machine"
    ) -> "Frame":
        """`machine` is the execution's; the caller finds the branch's own for a frame with a parent."""
        frame = cls(id, machine, Json(text=data), 0)
        frame.token, frame.due_s = token, due_s
        parent, index, state, previous, phase, entered_id, entered_s, frame.retries, frame.local = loads(body)
        frame.parent, frame.index, frame.state, frame.previous = parent, index, state, previous
        frame.phase, frame.entered_id, frame.entered_s = phase, entered_id, entered_s
        return frame
