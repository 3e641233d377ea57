"""Choice: the first rule that holds says what comes next."""

from typing import TYPE_CHECKING

from stepmill.engine.errors import NO_CHOICE, Fault
from stepmill.engine.fields import Fields
from stepmill.engine.frame import Frame
from stepmill.engine.processing import Processing

from .rules import Holds, compile_rule
from .state import FLOW, State

if TYPE_CHECKING:
    from stepmill.engine.flow import Flow


class ChoiceState(State):
    type = "Choice"

    def parse(self, fields: Fields) -> None:
        fields.allow(*FLOW, "Choices", "Default")
        self.processing = Processing(fields)
        self.choices: list[tuple[Holds, str]] = []
        for index, value in enumerate(fields.items("Choices")):
            rule = Fields(value, f"{fields.at('Choices')}/{index}")
            self.choices.append((compile_rule(rule, is_top=True), rule.text("Next")))
        self.default = fields.text("Default") if "Default" in fields else None

    def targets(self) -> list[str]:
        defaults = [self.default] if self.default is not None else []
        return [target for _, target in self.choices] + defaults

    def start(self, run: "Flow", frame: Frame) -> None:
        run.enter(frame, self)
        scope = run.scope(frame)
        document = self.processing.effective(frame.data, scope)
        over = scope.over(document.value)
        target = next((target for holds, target in self.choices if holds(over)), self.default)
        if target is None:
            raise Fault(
                NO_CHOICE, "Failed to transition out of the state. The state does not point to a next state."
            )
        run.leave(frame, self, self.processing.output(frame.data, document, scope), target)
