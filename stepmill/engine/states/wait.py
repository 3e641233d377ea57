"""Wait: for so many seconds, or until a moment; given, or taken from the input."""

from typing import TYPE_CHECKING, Any

from stepmill.engine import timestamps
from stepmill.engine.errors import RUNTIME, Fault
from stepmill.engine.fields import SECONDS_LIMIT, Fields
from stepmill.engine.frame import WAIT, Frame
from stepmill.engine.jsontext import Json, dumps
from stepmill.engine.paths.jsonpath import NotFound, Path, compile_path
from stepmill.engine.paths.scope import Scope
from stepmill.engine.processing import Processing

from .state import FLOW, ONWARD, State

if TYPE_CHECKING:
    from stepmill.engine.flow import Flow

WAYS = ("Seconds", "SecondsPath", "Timestamp", "TimestampPath")


class WaitState(State):
    type = "Wait"

    def parse(self, fields: Fields) -> None:
        fields.allow(*FLOW, *ONWARD, *WAYS)
        self.read_onward(fields)
        self.processing = Processing(fields)
        given = [way for way in WAYS if way in fields]
        if len(given) != 1:
            raise fields.error(
                "Seconds", f"has company or is missing ({given}); give exactly one of {', '.join(WAYS)}"
            )
        self.seconds = fields.whole("Seconds", None, 0)
        self.until_s = None
        if "Timestamp" in fields:
            self.until_s = timestamps.parse(fields.get("Timestamp"))
            if self.until_s is None:
                raise fields.error(
                    "Timestamp", f"is {fields.get('Timestamp')!r}; write it as 2026-11-22T05:41:00Z"
                )
        self.seconds_path = fields.path("SecondsPath")
        self.timestamp_path = fields.path("TimestampPath")

    def start(self, run: "Flow", frame: Frame) -> None:
        run.enter(frame, self)
        scope = run.scope(frame)
        document = self.processing.effective(frame.data, scope)
        run.set_timer(frame, WAIT, self._due_s(run, document, scope))

    def due(self, run: "Flow", frame: Frame) -> None:
        scope = run.scope(frame)
        document = self.processing.effective(frame.data, scope)
        run.leave(frame, self, self.processing.output(frame.data, document, scope))

    def _due_s(self, run: "Flow", document: Json, scope: Scope) -> float:
        if self.until_s is not None:
            return self.until_s
        if self.seconds is not None:
            return run.now() + self.seconds
        if self.seconds_path is not None:
            return run.now() + self._seconds(self.seconds_path, document, scope)
        return self._moment_s(self.timestamp_path or compile_path("$"), document, scope)

    def _moment_s(self, path: Path, document: Json, scope: Scope) -> float:
        value = _look_up("TimestampPath", path, document, scope)
        moment_s = timestamps.parse(value)
        if moment_s is None:
            form = "does not reference a valid ISO-8601 extended offset date-time format string"
            raise Fault(RUNTIME, f"The TimestampPath parameter {form}: {path.text} == {_shown(value)}")
        return moment_s

    def _seconds(self, path: Path, document: Json, scope: Scope) -> float:
        value = _look_up("SecondsPath", path, document, scope)
        place = f"{path.text} == {_shown(value)}"
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value != int(value):
            raise Fault(RUNTIME, f"The SecondsPath parameter cannot be parsed as a long value: {place}")
        if not 0 <= value <= SECONDS_LIMIT:
            raise Fault(
                RUNTIME,
                f"The SecondsPath parameter references a value outside of [0, {SECONDS_LIMIT}]: {place}",
            )
        return value


def _look_up(name: str, path: Path, document: Json, scope: Scope) -> Any:
    try:
        return path.find(scope.over(document.value).root_of(path))
    except NotFound:
        raise Fault(RUNTIME, f"The {name} parameter does not reference an input value: {path.text}") from None


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else dumps(value)
