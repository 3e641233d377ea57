"""Pass: hands on its input, reshaped, or a fixed result."""

from typing import TYPE_CHECKING

from stepmill.engine.fields import Fields
from stepmill.engine.frame import Frame
from stepmill.engine.jsontext import Json
from stepmill.engine.processing import Processing

from .state import FLOW, ONWARD, State

if TYPE_CHECKING:
    from stepmill.engine.flow import Flow


class PassState(State):
    type = "Pass"

    def parse(self, fields: Fields) -> None:
        fields.allow(*FLOW, *ONWARD, "Parameters", "ResultPath", "Result")
        self.read_onward(fields)
        self.processing = Processing(fields)
        self.result = Json(fields.get("Result")) if "Result" in fields else None
        shapes = ("InputPath", "OutputPath", "Parameters", "ResultPath", "Result")
        self.is_plain = not any(name in fields for name in shapes)

    def start(self, run: "Flow", frame: Frame) -> None:
        run.enter(frame, self)
        run.leave(frame, self, frame.data if self.is_plain else self.output(run, frame))

    def output(self, run: "Flow", frame: Frame) -> Json:
        scope = run.scope(frame)
        result = self.processing.effective(frame.data, scope)
        return self.processing.output(frame.data, self.result or result, scope)
