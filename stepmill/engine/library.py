"""Run a machine with given task answers: no cloud, no thread, no file; waits take no time."""

import heapq
import itertools
import random as random_numbers
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .clock import VirtualClock
from .errors import TaskFailure
from .execution import history
from .flow import RUNNING, Event
from .frame import Facts
from .jsontext import Json, dumps
from .limits import check_input
from .machine import parse
from .run import Run
from .task import TaskRequest

_MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:machine"
_EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:machine:run"
_ROLE = "arn:aws:iam::123456789012:role/machine"


@dataclass(frozen=True)
class After:
    """An answer that comes after so many seconds of the clock; `inf` for one that never comes."""

    seconds: float
    answer: Any = None


@dataclass(frozen=True)
class Result:
    """How the execution ended. `output` is a value, not text."""

    status: str
    output: Any
    error: str | None
    cause: str | None
    start_s: float
    stop_s: float
    history: list[dict[str, Any]] = field(repr=False)


def run_machine(
    definition: dict[str, Any] | str,
    input: Any = None,
    tasks: Mapping[str, Any] | None = None,
    clock: VirtualClock | None = None,
    *,
    random: Callable[[], float] = random_numbers.random,
) -> Result:
    """Run `definition` to its end. `input` None is an empty object.

    `tasks` gives the answers by state name or by resource: a value; a list of successive answers; or a
    function of the parameters. A TaskFailure (given or raised) fails the attempt, an `After` comes later.
    Raises: InvalidDefinition, InvalidExecutionInput; LookupError for a task without an answer.
    """
    clock = clock or VirtualClock()
    parsed = parse(definition)
    document = check_input(dumps({} if input is None else input))
    facts = Facts(1, _EXECUTION, _MACHINE, "run", _ROLE, clock.time(), document, "run")
    run = Run(facts, parsed.machine, clock, random)
    run.begin()
    events = _Driver(run, clock, tasks or {}, parsed.timeout_s).drive()
    output = None if run.output is None else run.output.value
    stop_s = clock.time() if run.stop_s is None else run.stop_s
    return Result(run.status, output, run.error, run.cause, facts.start_s, stop_s, history(events))


class _Driver:
    def __init__(
        self, run: Run, clock: VirtualClock, tasks: Mapping[str, Any], timeout_s: int | None
    ) -> None:
        self.run = run
        self.clock = clock
        self.tasks = {
            name: iter(answer) if isinstance(answer, list) else answer for name, answer in tasks.items()
        }
        self.deadline_s = float("inf") if timeout_s is None else clock.time() + timeout_s
        self.late: list[tuple[float, int, TaskRequest, Any]] = []
        self.order = itertools.count()

    def drive(self) -> list[Event]:
        while self.run.status == RUNNING:
            if self.run.is_ready:
                self.run.advance(1_000)
            elif not self.run.orders:
                self._pass_time()
            orders, self.run.orders = self.run.orders, []
            for kind, request in orders:
                if kind == "start":
                    self._answer(request, self._given(request))
        return self.run.events

    def _given(self, request: TaskRequest) -> Any:
        for name in (request.state_name, request.resource):
            if name in self.tasks:
                return self._taken(self.tasks[name], request)
        where = f"state {request.state_name!r}, resource {request.resource!r}"
        raise LookupError(f"run_machine: tasks has no answer for {where}; give one under either name")

    def _taken(self, answer: Any, request: TaskRequest) -> Any:
        if isinstance(answer, Iterator):
            try:
                answer = next(answer)
            except StopIteration:
                where = f"state {request.state_name!r}"
                raise LookupError(
                    f"run_machine: tasks has no further answer for {where}; lengthen its list"
                ) from None
        if not callable(answer):
            return answer
        try:
            return answer(request.parameters)
        except TaskFailure as failure:
            return failure

    def _answer(self, request: TaskRequest, answer: Any) -> None:
        if isinstance(answer, After):
            at_s = self.clock.time() + answer.seconds
            heapq.heappush(self.late, (at_s, next(self.order), request, answer.answer))
            return
        frame_id = next((held.id for held in self.run.frames.values() if held.token == request.token), -1)
        if isinstance(answer, TaskFailure):
            self.run.reported(frame_id, request.token, "failed", (answer.error, answer.cause))
        else:
            self.run.reported(frame_id, request.token, "succeeded", Json(text=dumps(answer)))

    def _pass_time(self) -> None:
        """On to the next thing that happens: an answer, a timer, the machine's time limit."""
        frame = min(
            (held for held in self.run.frames.values() if held.due_s is not None),
            key=lambda held: (held.due_s or 0, held.id),
            default=None,
        )
        due_s = float("inf") if frame is None or frame.due_s is None else frame.due_s
        answer_s = self.late[0][0] if self.late else float("inf")
        next_s = min(due_s, answer_s, self.deadline_s)
        if next_s == float("inf"):
            raise LookupError("run_machine: a task is never answered and has no time limit; give either")
        self.clock.advance(max(0.0, next_s - self.clock.time()))
        if self.deadline_s == next_s:
            self.run.timed_out()
        elif answer_s == next_s:
            _, _, request, answer = heapq.heappop(self.late)
            self._answer(request, answer)
        elif frame is not None:
            self.run.due(frame.id)
