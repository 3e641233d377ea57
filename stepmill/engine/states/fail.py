"""Fail: ends its branch or the execution with an error, given or taken from the input."""

from typing import TYPE_CHECKING

from stepmill.engine.errors import RUNTIME, Fault, StateError
from stepmill.engine.fields import Fields
from stepmill.engine.frame import Frame
from stepmill.engine.paths.template import Render, compile_field

from .state import ALWAYS, State

if TYPE_CHECKING:
    from stepmill.engine.flow import Flow


class FailState(State):
    type = "Fail"

    def parse(self, fields: Fields) -> None:
        fields.allow(*ALWAYS, "Error", "ErrorPath", "Cause", "CausePath")
        self.error, self.error_path = _either(fields, "Error")
        self.cause, self.cause_path = _either(fields, "Cause")

    def start(self, run: "Flow", frame: Frame) -> None:
        run.enter(frame, self)
        error = self._read(run, frame, "ErrorPath", self.error_path) if self.error_path else self.error
        cause = self._read(run, frame, "CausePath", self.cause_path) if self.cause_path else self.cause
        raise StateError(error or "", cause)

    def _read(self, run: "Flow", frame: Frame, name: str, path: Render) -> str:
        value = path(run.scope(frame))
        if not isinstance(value, str):
            raise Fault(RUNTIME, f"The {name} must give a string, not {value!r}.")
        return value


def _either(fields: Fields, name: str) -> tuple[str | None, Render | None]:
    path_name = f"{name}Path"
    if path_name not in fields:
        return fields.text_or_none(name), None
    if name in fields:
        raise fields.error(path_name, f"stands beside {name}; give one of them")
    return None, compile_field(path_name, fields.get(path_name), fields.at(path_name))
