"""The engine's one thread: takes what comes in, steps the executions, journals, then lets the effects out.

A turn is: messages and timers that have come, steps of the executions that are ready, one commit; then orders
to the task runner, answers to callers; then, once no caller asks, status notices. Nothing leaves before the
commit, so a killed process has told nobody of what it lost.
"""

import logging
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty
from typing import Any

from .clock import Clock
from .errors import EngineError, EngineStopped, ExecutionAlreadyExists, ExecutionDoesNotExist
from .execution import Execution
from .flow import RUNNING, Order
from .frame import Facts
from .journal import Journal
from .limits import check_input
from .machine import parse
from .mailbox import Call, Mailbox, Report, Word
from .notices import Notices
from .pool import WHOLE, Pool
from .run import Run
from .task import TaskRequest, TaskRunner

log = logging.getLogger(__name__)

TURN_STEPS = 500
RUN_STEPS = 50
RESUMED_TOGETHER = 200
LONGEST_SLEEP_S = 1.0  # a clock that is moved by hand is looked at this often
TOLD_WITHIN_S = 0.05
QUIET_S = 0.0005  # no message for so long: status notices do not keep a caller waiting now


class Loop:
    """Only `mailbox` and `failure` may be touched by other threads."""

    def __init__(
        self, journal: Journal, tasks: TaskRunner, clock: Clock, on_status: Callable[[Execution], None] | None
    ) -> None:
        self.mailbox: Mailbox = Mailbox()
        self.failure: BaseException | None = None
        self._journal = journal
        self._tasks = tasks
        self._clock = clock
        self._pool = Pool(journal, clock)
        self._notices = Notices(journal, clock, on_status)
        self._answers: list[tuple[Future[Any], Any]] = []
        self._resumed: list[tuple[Run, list[Order]]] = []

    def run(self) -> None:
        """The thread's body: until a None comes in, or the journal cannot be written."""
        try:
            self._resume()
            while self._turn():
                pass
            self._commit(is_quiet=True)
        except BaseException as error:
            self.failure = error
            log.exception("the engine has stopped; its executions go on at the next start")
        finally:
            self.failure = self.failure or EngineStopped("the engine is closed")
            self._refuse_the_rest()

    def _refuse_the_rest(self) -> None:
        refusal = EngineStopped(f"the engine has stopped: {self.failure}; start it again")
        for future, _ in self._answers:
            future.set_exception(refusal)
        while True:
            try:
                message = self.mailbox.get_nowait()
            except Empty:
                return
            if isinstance(message, Call):
                message.answer.set_exception(refusal)

    def _resume(self) -> None:
        """Watch, and hand out again, what the journal holds."""
        for count, held in enumerate(self._journal.held(), start=1):
            self._pool.timers.set((held.id, WHOLE), held.due_s)
            for frame, _, due_s in held.frames:
                self._pool.timers.set((held.id, frame), due_s)
            if any(token or due_s is None for _, token, due_s in held.frames):
                self._resume_run(held.id)
            if count % RESUMED_TOGETHER == 0:
                self._commit(is_quiet=False)
        self._commit(is_quiet=False)

    def _resume_run(self, number: int) -> None:
        run = self._pool.get(number)
        if run is not None:
            orders: list[Order] = [("start", request) for request in run.resume_tasks()]
            self._resumed.append((run, orders))
            self._pool.changed(run)

    # One turn

    def _turn(self) -> bool:
        """False when the engine is to close."""
        messages = self._messages()
        for message in messages:
            if isinstance(message, Call):
                self._answer(message)
            elif message is not None:
                self._hear(message)
        self._fire_timers()
        self._pool.step(TURN_STEPS, RUN_STEPS)
        self._commit(is_quiet=not messages and not self._pool.is_ready)
        return None not in messages

    def _messages(self) -> list[Call | Word | None]:
        """All that have come; waits for one when there is nothing else to do."""
        messages: list[Call | Word | None] = []
        try:
            idle_s = self._idle_s()
            messages.append(self.mailbox.get(timeout=idle_s) if idle_s != 0 else self.mailbox.get_nowait())
            while len(messages) < TURN_STEPS:
                messages.append(self.mailbox.get_nowait())
        except Empty:
            pass
        return messages

    def _idle_s(self) -> float | None:
        if self._pool.has_work:
            return 0
        if self._notices.has_fresh:
            return QUIET_S
        # What was told is written down with the next transaction, or by itself a moment later.
        longest_s = TOLD_WITHIN_S if self._notices.has_told else LONGEST_SLEEP_S
        dues = [due for due in (self._pool.timers.next_due_s(), self._notices.due_s) if due is not None]
        if not dues:
            return longest_s if self._notices.has_told else None
        return min(longest_s, max(0.0, min(dues) - self._clock.time()))

    def _answer(self, call: Call) -> None:
        try:
            self._answers.append((call.answer, call.work(self)))
        except EngineError as refusal:
            self._answers.append((call.answer, refusal))

    def _hear(self, word: Word) -> None:
        run = self._pool.get(word.execution)
        if run is not None:
            run.reported(word.frame, word.token, word.kind, word.payload)
            self._pool.changed(run)

    def _fire_timers(self) -> None:
        now_s = self._clock.time()
        for _ in range(TURN_STEPS):
            key = self._pool.timers.pop_due(now_s)
            if key is None:
                return
            number, frame = key
            run = self._pool.get(number)
            if run is None:
                continue
            if frame == WHOLE:
                run.timed_out()
            else:
                run.due(frame)
            self._pool.changed(run)

    def _commit(self, *, is_quiet: bool) -> None:
        """Journal what was done, then let its effects out."""
        runs = self._pool.save()
        if any(run.status != RUNNING for run in runs):
            self._notices.expect()
        self._notices.clear_told()
        self._journal.commit()
        answers, self._answers = self._answers, []
        for future, answer in answers:
            if isinstance(answer, EngineError):
                future.set_exception(answer)
            else:
                future.set_result(answer)
        resumed, self._resumed = self._resumed, []
        for run, orders in resumed:
            self._carry_out(run, orders)
        for run in runs:
            orders, run.orders = run.orders, []
            self._carry_out(run, orders)
        self._pool.rest(runs)
        self._notices.give(is_quiet=is_quiet)

    def _carry_out(self, run: Run, orders: list[Order]) -> None:
        for kind, request in orders:
            if kind == "start":
                self._start_task(run, request)
            else:
                self._stop_task(request)

    def _start_task(self, run: Run, request: TaskRequest) -> None:
        frame = next((held.id for held in run.frames.values() if held.token == request.token), None)
        if frame is None:
            return
        report = Report(self.mailbox, run.facts.id, frame, request.token)
        try:
            self._tasks.start(request, report)
        except Exception as error:  # the runner's fault is the attempt's failure, not the engine's end
            log.exception(
                "%s: state %s: the task runner could not start", request.execution_arn, request.state_name
            )
            report.failed("States.TaskFailed", f"{type(error).__name__}: {error}")

    def _stop_task(self, request: TaskRequest) -> None:
        try:
            self._tasks.stop(request)
        except Exception:  # the attempt is over for the execution, whatever the runner says
            log.exception(
                "%s: state %s: the task runner could not stop", request.execution_arn, request.state_name
            )

    # What callers ask

    def start_execution(self, asked: Execution, secret: str) -> Execution:
        """Raises: ExecutionAlreadyExists."""
        found = self._journal.find(asked.execution_arn)
        if found is not None:
            first = found[1]
            run = self._pool.get(found[0])
            if run is not None and first.input == asked.input:
                return first
            raise ExecutionAlreadyExists(f"Execution Already Exists: '{asked.execution_arn}'")
        timeout_s = parse(asked.definition).timeout_s
        due_s = None if timeout_s is None else asked.start_s + timeout_s
        number = self._journal.add(asked, secret, due_s)
        self._pool.timers.set((number, WHOLE), due_s)
        who = (asked.execution_arn, asked.state_machine_arn, asked.name, asked.role_arn, asked.start_s)
        run = self._pool.make(Facts(number, *who, check_input(asked.input), secret), asked.definition)
        run.begin()
        self._pool.changed(run)
        self._notices.expect()
        return asked

    def stop_execution(self, arn: str, error: str | None, cause: str | None) -> Execution:
        """How it stands after. Nothing happens to one that has ended. Raises: ExecutionDoesNotExist."""
        found = self._journal.find(arn)
        if found is None:
            raise ExecutionDoesNotExist(f"Execution Does Not Exist: '{arn}'")
        run = self._pool.get(found[0])
        if run is not None:
            run.stop(error, cause)
            self._pool.changed(run)
        return self._pool.as_it_stands(*found)

    def delete_executions(self, machine_arn: str) -> None:
        """Those that run are stopped first."""
        for number in self._journal.running(machine_arn):
            run = self._pool.get(number)
            if run is not None:
                run.stop(None, None)
                self._pool.changed(run)
        runs = self._pool.save()
        self._journal.delete(machine_arn)
        for run in runs:
            self._pool.changed(run)  # its orders are still to be carried out
