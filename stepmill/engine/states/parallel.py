"""Parallel: the same input through every branch at once; the outputs as an array."""

from typing import TYPE_CHECKING

from stepmill.engine.fields import Fields
from stepmill.engine.frame import JOIN, Frame
from stepmill.engine.processing import Processing
from stepmill.engine.retry import ErrorHandling

from .branching import BranchingState
from .state import FLOW, ONWARD

if TYPE_CHECKING:
    from stepmill.engine.flow import Flow
    from stepmill.engine.machine import Machine


class ParallelState(BranchingState):
    type = "Parallel"

    def parse(self, fields: Fields) -> None:
        fields.allow(
            *FLOW, *ONWARD, "Branches", "Parameters", "ResultSelector", "ResultPath", "Retry", "Catch"
        )
        self.read_onward(fields)
        self.processing = Processing(fields)
        self.handling = ErrorHandling(fields)
        self.branches: list[Machine] = []
        for index, value in enumerate(fields.items("Branches")):
            branch = Fields(value, f"{fields.at('Branches')}/{index}")
            branch.allow("StartAt", "States", "Comment")
            self.branches.append(fields.parse_branch(branch))

    def branch_machine(self, _index: int) -> "Machine":
        return self.branches[_index]

    def attempt(self, run: "Flow", frame: Frame) -> None:
        document = self.processing.effective(frame.data, run.scope(frame))
        frame.phase, frame.due_s = JOIN, None
        frame.local = {"left": len(self.branches)}
        run.event(frame, "ParallelStateStarted")
        run.touch(frame)
        for index in range(len(self.branches)):
            run.spawn(frame, self, index, document)

    def child_done(self, run: "Flow", frame: Frame, child: Frame) -> None:
        frame.previous = child.previous
        frame.local["left"] -= 1
        run.touch(frame)
        if frame.local["left"] == 0:
            self.join(run, frame)
