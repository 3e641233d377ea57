"""What Parallel and Map share: frames of their own for each branch, joined when all are done."""

from typing import TYPE_CHECKING

from stepmill.engine.errors import StateError
from stepmill.engine.frame import Frame
from stepmill.engine.jsontext import Json
from stepmill.engine.processing import Processing

from .state import State

if TYPE_CHECKING:
    from stepmill.engine.flow import Flow


class BranchingState(State):
    """While it is in work, `frame.local["left"]` counts the branches that have not ended."""

    processing: Processing

    def start(self, run: "Flow", frame: Frame) -> None:
        run.enter(frame, self)
        self.attempt(run, frame)

    def child_failed(self, run: "Flow", frame: Frame, child: Frame, error: StateError) -> None:
        """One branch has failed: the others are aborted, and the state fails with its error."""
        run.forget(child)
        frame.previous = child.previous
        run.fail(frame, error)

    def failed(self, run: "Flow", frame: Frame) -> None:
        run.event(frame, f"{self.type}StateFailed")

    def join(self, run: "Flow", frame: Frame) -> None:
        """All branches are done. AWS passes by the Succeeded event: what follows names the branches' last."""
        children = sorted(run.children(frame), key=lambda child: child.index)
        text = "[" + ",".join(child.data.text for child in children) + "]"
        result = Json([child.data.value for child in children], text)
        for child in children:
            run.forget(child)
        last = frame.previous
        run.event(frame, f"{self.type}StateSucceeded")
        output = self.processing.output(frame.data, result, run.scope(frame))
        frame.previous = last
        run.leave(frame, self, output)
