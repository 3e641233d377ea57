"""What a state may do to its execution: record events, go on, wait, branch, fail.

No I/O happens here. What was done stands in `events`, `dirty`, `gone` and `orders` until the driver takes it.
"""

import hashlib
import logging
from collections import deque
from collections.abc import Callable
from typing import Any

from .clock import Clock
from .context import context_object
from .errors import RUNTIME, Fault, HistoryLimit, StateError
from .frame import DONE, ENTER, JOIN, RETRY, TASK, Facts, Frame
from .jsontext import Json, NotJson, clean, loads
from .limits import EVENTS_LIMIT, check_payload
from .machine import Machine
from .paths.scope import Scope
from .states import State
from .states.task import CAUSE_LIMIT, ERROR_LIMIT
from .task import TaskRequest

log = logging.getLogger(__name__)

RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED = "RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"
FINAL_EVENTS = {
    SUCCEEDED: "ExecutionSucceeded",
    FAILED: "ExecutionFailed",
    TIMED_OUT: "ExecutionTimedOut",
    ABORTED: "ExecutionAborted",
}
# (id, previous id, time, type, name of the state, its input or output, other details)
Event = tuple[int, int, float, str, str | None, str | None, dict[str, Any] | None]
Order = tuple[str, TaskRequest]  # "start" or "stop"


class Flow:
    def __init__(self, facts: Facts, machine: Machine, clock: Clock, random: Callable[[], float]) -> None:
        self.facts = facts
        self.machine = machine
        self.now = clock.time
        self._random = random
        self.region = (facts.arn.split(":") + [""] * 4)[3]
        self.status = RUNNING
        self.output: Json | None = None
        self.error: str | None = None
        self.cause: str | None = None
        self.stop_s: float | None = None
        self.frames: dict[int, Frame] = {}
        self.last_event = 0
        self._next_frame = 1
        self._ready: deque[int] = deque()
        self.events: list[Event] = []
        self.dirty: set[int] = set()
        self.gone: set[int] = set()
        self.orders: list[Order] = []

    def state_of(self, frame: Frame) -> State:
        return frame.machine.states[frame.state]

    def event(
        self,
        frame: Frame,
        type: str,
        name: str | None = None,
        data: str | None = None,
        more: dict[str, Any] | None = None,
    ) -> int:
        """The next event of the frame's thread. Raises: HistoryLimit when only the last event has room."""
        number = self.last_event + 1
        if number >= EVENTS_LIMIT:
            raise HistoryLimit
        self.last_event = number
        self.events.append((number, frame.previous, self.now(), type, name, data, more))
        frame.previous = number
        return number

    def touch(self, frame: Frame) -> None:
        self.dirty.add(frame.id)

    def enter(self, frame: Frame, state: State) -> None:
        frame.entered_s = self.now()
        frame.entered_id = self.event(frame, state.entered, state.name, frame.data.text)
        self.dirty.add(frame.id)

    def leave(self, frame: Frame, state: State, output: Json, target: str | None = None) -> None:
        """On to `target`, or the state's Next; without either the frame's branch is at its end."""
        check_payload(output, state.name)
        self.event(frame, state.exited, state.name, output.text)
        self._go(frame, output, target or state.next)

    def _go(self, frame: Frame, output: Json, target: str | None) -> None:
        frame.data, frame.token, frame.due_s = output, None, None
        frame.retries, frame.local = {}, {}
        self.dirty.add(frame.id)
        if target is not None:
            frame.state, frame.phase = target, ENTER
            self._ready.append(frame.id)
        elif frame.parent is None:
            self.output = output
            self.finish(SUCCEEDED, frame.previous, None, None)
        else:
            frame.phase = DONE
            parent = self.frames[frame.parent]
            self.guard(parent, lambda run, held: run.state_of(held).child_done(run, held, frame))

    def set_timer(self, frame: Frame, phase: str, due_s: float) -> None:
        frame.phase, frame.due_s = phase, due_s
        self.dirty.add(frame.id)

    def spawn(self, parent: Frame, state: State, index: int, document: Json) -> Frame:
        check_payload(document, state.name)
        machine = state.branch_machine(index)
        child = Frame(self._next_frame, machine, document, parent.previous, parent.id, index)
        self._next_frame += 1
        self._add(child)
        return child

    def _add(self, frame: Frame) -> None:
        self.frames[frame.id] = frame
        self.dirty.add(frame.id)
        self._ready.append(frame.id)

    def children(self, parent: Frame) -> list[Frame]:
        return [frame for frame in self.frames.values() if frame.parent == parent.id]

    def forget(self, frame: Frame) -> None:
        del self.frames[frame.id]
        self.dirty.discard(frame.id)
        self.gone.add(frame.id)

    def fail(self, frame: Frame, error: StateError) -> None:
        """Retry, or catch, or hand the failure to the parent; States.Runtime ends the execution at once."""
        state = self.state_of(frame)
        if error.error == RUNTIME:
            self.finish(FAILED, frame.previous, error.error, error.cause)
            return
        if frame.phase == JOIN:
            self.abort_children(frame)
        handling = state.handling
        delay_s = handling.retry(error.error, frame.retries, self._random) if handling else None
        if delay_s is not None:
            frame.token = None
            self.set_timer(frame, RETRY, self.now() + delay_s)
            return
        state.failed(self, frame)
        catcher = handling.catcher(error.error) if handling else None
        if catcher is None:
            self._give_up(frame, error)
            return
        try:
            output = check_payload(catcher.output(frame.data, error), state.name)
        except StateError as fault:
            self._give_up(frame, self._placed(frame, fault) if isinstance(fault, Fault) else fault)
            return
        self.event(frame, state.exited, state.name, output.text)
        self._go(frame, output, catcher.next)

    def _give_up(self, frame: Frame, error: StateError) -> None:
        if frame.parent is None:
            self.finish(FAILED, frame.previous, error.error, error.cause)
            return
        if frame.phase == TASK:
            last = frame.previous
            self.event(frame, "TaskStateAborted")
            frame.previous = last  # AWS: what follows names the event before
        parent = self.frames[frame.parent]
        self.state_of(parent).child_failed(self, parent, frame, error)

    def abort_children(self, parent: Frame) -> None:
        for child in self.children(parent):
            if child.phase != DONE:
                self._abort(child)
                self.state_of(parent).child_aborted(self, child)
            self.forget(child)

    def _abort(self, frame: Frame) -> None:
        if frame.phase == JOIN:
            self.abort_children(frame)
        if frame.token is not None:
            self.order_stop(frame)
        if frame.phase != ENTER:
            self.event(frame, f"{self.state_of(frame).type}StateAborted")

    def order_start(self, frame: Frame) -> None:
        self.orders.append(("start", self.request(frame)))

    def order_stop(self, frame: Frame) -> None:
        """Nothing to stop when the start itself has not been carried out yet."""
        waiting = [order for order in self.orders if order[1].token == frame.token]
        if waiting:
            self.orders.remove(waiting[0])
        else:
            self.orders.append(("stop", self.request(frame)))

    def request(self, frame: Frame, *, is_resumed: bool = False) -> TaskRequest:
        return TaskRequest(
            token=frame.token or "",
            execution_arn=self.facts.arn,
            state_machine_arn=self.facts.machine_arn,
            state_name=frame.state,
            resource=self.state_of(frame).resource,
            parameters=loads(frame.local["parameters"]),
            role_arn=self.facts.role_arn,
            timeout_s=frame.local["timeout_s"],
            heartbeat_s=frame.local["heartbeat_s"],
            is_resumed=is_resumed,
        )

    def finish(self, status: str, previous: int, error: str | None, cause: str | None) -> None:
        """The execution's last event; what still runs is stopped, its frames go."""
        if self.status != RUNNING:
            return
        for frame in self.frames.values():
            if frame.token is not None:
                self.order_stop(frame)
        self.status, self.stop_s = status, self.now()
        self.error = clean(error[:ERROR_LIMIT]) if error else None
        self.cause = None if cause is None else clean(cause[:CAUSE_LIMIT])
        details = {"error": self.error, "cause": self.cause}
        more = {name: text for name, text in details.items() if text is not None}
        data = self.output.text if status == SUCCEEDED and self.output else None
        self.last_event += 1
        self.events.append(
            (self.last_event, previous, self.stop_s, FINAL_EVENTS[status], None, data, more or None)
        )
        self.gone.update(self.frames)
        self.dirty.clear()
        self.frames.clear()
        self._ready.clear()

    def scope(self, frame: Frame, item: tuple[int, Any] | None = None) -> Scope:
        """The frame's data and context object; `item` is that of a Map iteration about to begin."""
        return Scope(frame.data.value, lambda: context_object(self, frame, item))

    def new_token(self, scheduled_id: int) -> str:
        """The same for the same event, so a step done again after a crash makes no second attempt."""
        return hashlib.sha256(f"{self.facts.secret}/{scheduled_id}".encode()).hexdigest()[:32]

    def _placed(self, frame: Frame, fault: StateError) -> StateError:
        place = f"the state '{frame.state}' (entered at the event id #{frame.entered_id})"
        return StateError(fault.error, f"An error occurred while executing {place}. {fault.cause}")

    def guard(self, frame: Frame, action: Callable[["Flow", Frame], None]) -> None:
        try:
            try:
                action(self, frame)
            except Fault as fault:
                self.fail(frame, self._placed(frame, fault))
            except StateError as error:
                self.fail(frame, error)
            except (NotJson, RecursionError) as error:
                self.fail(frame, self._placed(frame, Fault(RUNTIME, f"The data is not valid JSON: {error}")))
        except HistoryLimit:
            cause = f"The execution reached the maximum number of history events ({EVENTS_LIMIT})."
            self.finish(FAILED, self.last_event, RUNTIME, cause)
        except Exception as bug:  # one execution must not end the others
            log.exception("%s: state %s", self.facts.arn, frame.state)
            self.finish(FAILED, self.last_event, RUNTIME, f"Internal error of the engine: {bug!r}")
