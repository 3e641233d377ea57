"""Succeed: ends its branch or the execution with its input."""

from typing import TYPE_CHECKING

from stepmill.engine.fields import Fields
from stepmill.engine.frame import Frame
from stepmill.engine.processing import Processing

from .state import FLOW, State

if TYPE_CHECKING:
    from stepmill.engine.flow import Flow


class SucceedState(State):
    type = "Succeed"

    def parse(self, fields: Fields) -> None:
        fields.allow(*FLOW)
        self.processing = Processing(fields)

    def start(self, run: "Flow", frame: Frame) -> None:
        run.enter(frame, self)
        scope = run.scope(frame)
        result = self.processing.effective(frame.data, scope)
        run.leave(frame, self, self.processing.output(frame.data, result, scope))
