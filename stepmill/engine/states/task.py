"""Task: hands the work to the task runner, watches its time limits, takes the answer.

Not yet: `.waitForTaskToken`, activities, Credentials.
"""

import re
from typing import TYPE_CHECKING, Any

from stepmill.engine.errors import HEARTBEAT_TIMEOUT, RUNTIME, TIMEOUT, Fault, StateError
from stepmill.engine.fields import SECONDS_LIMIT, Fields
from stepmill.engine.frame import TASK, Frame
from stepmill.engine.jsontext import Json, dumps
from stepmill.engine.limits import check_payload
from stepmill.engine.paths.jsonpath import NotFound, Path
from stepmill.engine.paths.scope import Scope
from stepmill.engine.processing import Processing
from stepmill.engine.retry import ErrorHandling

from .state import FLOW, ONWARD, State

if TYPE_CHECKING:
    from stepmill.engine.flow import Flow

LIMITS = ("TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath")
SHAPES = ("Parameters", "ResultSelector", "ResultPath")
_FUNCTION = re.compile(r"arn:[^:]+:lambda:[^:]*:[^:]*:function:.+")
_INTEGRATION = re.compile(r"arn:[^:]+:states:[^:]*:[^:]*:(?P<type>.+):(?P<action>[^:]+)")
ERROR_LIMIT, CAUSE_LIMIT = 256, 32_768


class TaskState(State):
    type = "Task"

    def parse(self, fields: Fields) -> None:
        fields.allow(*FLOW, *ONWARD, *SHAPES, *LIMITS, "Resource", "Retry", "Catch")
        self.read_onward(fields)
        self.processing = Processing(fields)
        self.handling = ErrorHandling(fields)
        self.resource = _resource(fields)
        self.is_function = _FUNCTION.fullmatch(self.resource) is not None
        self.labels = _labels(self.resource)
        self.timeout_s, self.timeout_path = _limit(fields, "TimeoutSeconds")
        self.heartbeat_s, self.heartbeat_path = _limit(fields, "HeartbeatSeconds")
        if self.heartbeat_s is not None and self.heartbeat_s >= (self.timeout_s or SECONDS_LIMIT):
            raise fields.error("HeartbeatSeconds", f"is {self.heartbeat_s}; it must be below TimeoutSeconds")

    def start(self, run: "Flow", frame: Frame) -> None:
        run.enter(frame, self)
        self.attempt(run, frame)

    def attempt(self, run: "Flow", frame: Frame) -> None:
        scope = run.scope(frame)
        parameters = check_payload(self.processing.effective(frame.data, scope), self.name)
        selected = self.processing.selected(frame.data, scope)
        timeout_s = _seconds("TimeoutSecondsPath", self.timeout_path, selected, scope) or self.timeout_s
        heartbeat_s = (
            _seconds("HeartbeatSecondsPath", self.heartbeat_path, selected, scope) or self.heartbeat_s
        )
        frame.phase = TASK
        frame.local = {
            "parameters": parameters.text,
            "timeout_s": timeout_s,
            "heartbeat_s": heartbeat_s,
            "timeout_due_s": None if timeout_s is None else run.now() + timeout_s,
        }
        frame.token = run.new_token(self._scheduled(run, frame, parameters))
        self._beat(run, frame)
        run.order_start(frame)

    def resumed(self, run: "Flow", frame: Frame) -> None:
        if frame.local["heartbeat_s"] is not None:
            self._beat(run, frame)

    def _beat(self, run: "Flow", frame: Frame) -> None:
        """The attempt is alive: its heartbeat limit counts from now."""
        heartbeat_s = frame.local["heartbeat_s"]
        dues = [frame.local["timeout_due_s"], None if heartbeat_s is None else run.now() + heartbeat_s]
        frame.due_s = min((due for due in dues if due is not None), default=None)
        run.touch(frame)

    def due(self, run: "Flow", frame: Frame) -> None:
        timeout_due_s = frame.local["timeout_due_s"]
        is_late = timeout_due_s is not None and run.now() >= timeout_due_s
        error = TIMEOUT if is_late else HEARTBEAT_TIMEOUT
        run.order_stop(frame)
        self._ended(run, frame, "TimedOut", more={"error": error})
        raise StateError(error)

    def reported(self, run: "Flow", frame: Frame, kind: str, payload: Any) -> None:
        if kind == "heartbeat":
            self._beat(run, frame)
        elif kind == "started":
            self._ensure_started(run, frame)
        elif kind == "submitted":
            self._ensure_started(run, frame)
            if not self.is_function and not frame.local.get(
                "is_submitted"
            ):  # a resumed attempt tells it again
                frame.local["is_submitted"] = True
                run.touch(frame)
                run.event(frame, "TaskSubmitted", data=payload.text, more=self.labels)
        elif kind == "succeeded":
            self._succeeded(run, frame, payload)
        else:
            self._failed(run, frame, *payload)

    def _succeeded(self, run: "Flow", frame: Frame, result: Json) -> None:
        self._ensure_started(run, frame)
        try:
            check_payload(result, self.resource if self.is_function else self.labels["resourceType"])
        except StateError as error:
            return self._failed(run, frame, error.error, error.cause)
        self._ended(run, frame, "Succeeded", data=result.text)
        output = self.processing.output(frame.data, result, run.scope(frame))
        return run.leave(frame, self, output)

    def _failed(self, run: "Flow", frame: Frame, error: str, cause: str | None) -> None:
        self._ensure_started(run, frame)
        details = {"error": error[:ERROR_LIMIT]} | ({} if cause is None else {"cause": cause[:CAUSE_LIMIT]})
        self._ended(run, frame, "Failed", more=details)
        raise StateError(details["error"], details.get("cause"))

    def _scheduled(self, run: "Flow", frame: Frame, parameters: Json) -> int:
        limits = {
            "timeoutInSeconds": frame.local["timeout_s"],
            "heartbeatInSeconds": frame.local["heartbeat_s"],
        }
        more = {name: limit for name, limit in limits.items() if limit is not None}
        if self.is_function:
            more.pop("heartbeatInSeconds", None)
            details = {"resource": self.resource, **more}
            return run.event(frame, "LambdaFunctionScheduled", data=parameters.text, more=details)
        details = {**self.labels, "region": run.region, **more}
        return run.event(frame, "TaskScheduled", data=parameters.text, more=details)

    def _ensure_started(self, run: "Flow", frame: Frame) -> None:
        if frame.local.get("is_started"):
            return
        frame.local["is_started"] = True
        run.touch(frame)
        if self.is_function:
            run.event(frame, "LambdaFunctionStarted")
        else:
            run.event(frame, "TaskStarted", more=self.labels)

    def _ended(
        self,
        run: "Flow",
        frame: Frame,
        how: str,
        *,
        data: str | None = None,
        more: dict[str, Any] | None = None,
    ) -> None:
        """The attempt is over: its token and timer with it."""
        if self.is_function:
            run.event(frame, f"LambdaFunction{how}", data=data, more=more)
        else:
            run.event(frame, f"Task{how}", data=data, more={**self.labels, **(more or {})})
        frame.token, frame.due_s = None, None
        run.touch(frame)


def _resource(fields: Fields) -> str:
    resource = fields.text("Resource")
    if resource.endswith(".waitForTaskToken"):
        raise fields.error("Resource", f"is {resource!r}; .waitForTaskToken is not run by this engine yet")
    if re.fullmatch(r"arn:[^:]+:states:[^:]*:[^:]*:activity:.+", resource):
        raise fields.error("Resource", f"is {resource!r}; activities are not run by this engine yet")
    return resource


def _labels(resource: str) -> dict[str, Any]:
    """How history names the resource: `arn:aws:states:::sns:publish` is `publish` of type `sns`."""
    match = _INTEGRATION.fullmatch(resource)
    if match is None:
        return {
            "resourceType": resource.rpartition(":")[0] or resource,
            "resource": resource.rpartition(":")[2],
        }
    return {"resourceType": match["type"], "resource": match["action"]}


def _limit(fields: Fields, name: str) -> tuple[int | None, Path | None]:
    path_name = f"{name}Path"
    if name in fields and path_name in fields:
        raise fields.error(path_name, f"stands beside {name}; give one of them")
    return fields.whole(name, None, 1), fields.path(path_name)


def _seconds(name: str, path: Path | None, document: Json, scope: Scope) -> int | None:
    if path is None:
        return None
    root = scope.over(document.value).root_of(path)
    try:
        value = path.find(root)
    except NotFound:
        missing = f"The JSONPath '{path.text}' specified for the field '{name}'"
        raise Fault(RUNTIME, f"{missing} could not be found in the input '{dumps(root)}'") from None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= SECONDS_LIMIT:
        raise Fault(
            RUNTIME, f"The {name} must give an integer from 1 to {SECONDS_LIMIT}, not {dumps(value)}."
        )
    return value
