"""What every state type has: parsed from its fields, started when entered, taken up when its timer fires."""

from typing import TYPE_CHECKING, Any, ClassVar

from stepmill.engine.errors import StateError
from stepmill.engine.fields import Fields
from stepmill.engine.frame import Frame
from stepmill.engine.retry import ErrorHandling

if TYPE_CHECKING:
    from stepmill.engine.flow import Flow
    from stepmill.engine.machine import Machine

ALWAYS = ("Type", "Comment", "QueryLanguage")
FLOW = (*ALWAYS, "InputPath", "OutputPath")
ONWARD = ("Next", "End")


class State:
    """Methods are given the run and the frame that is in this state; none keeps anything of its own."""

    type: ClassVar[str]
    handling: ErrorHandling | None = None
    resource = ""

    def __init__(self, name: str, fields: Fields) -> None:
        self.name = name
        self.next: str | None = None
        self.entered = f"{self.type}StateEntered"
        self.exited = f"{self.type}StateExited"
        fields.text_or_none("Comment")
        self.parse(fields)

    def parse(self, fields: Fields) -> None:
        """Read the fields. Raises: InvalidDefinition."""
        raise NotImplementedError

    def start(self, run: "Flow", frame: Frame) -> None:
        """The state was entered. Raises: StateError."""
        raise NotImplementedError

    def attempt(self, run: "Flow", frame: Frame) -> None:
        """Again, after the wait of a Retry."""
        raise NotImplementedError

    def due(self, run: "Flow", frame: Frame) -> None:
        """The frame's timer has fired."""
        raise NotImplementedError

    def reported(self, run: "Flow", frame: Frame, kind: str, payload: Any) -> None:
        """The task runner has reported on the frame's attempt."""
        raise NotImplementedError

    def resumed(self, run: "Flow", frame: Frame) -> None:
        """The frame's attempt is handed out again after a restart."""
        raise NotImplementedError

    def child_done(self, run: "Flow", frame: Frame, child: Frame) -> None:
        raise NotImplementedError

    def child_failed(self, run: "Flow", frame: Frame, child: Frame, error: StateError) -> None:
        raise NotImplementedError

    def child_aborted(self, run: "Flow", child: Frame) -> None:
        """A branch was ended because another has failed."""

    def failed(self, run: "Flow", frame: Frame) -> None:
        """No retry is left: the event that says so, where AWS has one."""

    def branch_machine(self, _index: int) -> "Machine":
        """What the frame of this branch or iteration runs."""
        raise NotImplementedError

    def item(self, _run: "Flow", _frame: Frame, _index: int) -> tuple[int, Any] | None:
        """The item of a Map's iteration, None for other states."""
        return None

    def targets(self) -> list[str]:
        """The states that may come next."""
        caught = [catcher.next for catcher in self.handling.catchers] if self.handling else []
        return [self.next, *caught] if self.next is not None else caught

    def read_onward(self, fields: Fields) -> None:
        """Next or End, one of them."""
        has_end = fields.get("End")
        if "End" in fields and not isinstance(has_end, bool):
            raise fields.error("End", f"is {has_end!r}; it must be true")
        if "Next" in fields and has_end:
            raise fields.error("Next", "stands beside End; give one of them")
        if "Next" in fields:
            self.next = fields.text("Next")
        elif not has_end:
            raise fields.error("Next", "is missing; give Next, or End: true")
