"""The engine as its callers see it: start and stop executions, look at them."""

import secrets
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from threading import Thread, current_thread
from typing import Any

from .answers import Answers
from .clock import Clock, SystemClock
from .errors import EngineError, EngineStopped
from .execution import Execution, history
from .flow import RUNNING
from .journal import Journal
from .limits import check_input, check_name
from .loop import Loop
from .machine import parse
from .mailbox import Call
from .task import TaskRunner

_ANSWER_S = 60.0


class Engine:
    """Runs executions; all methods may be called from any thread.

    `journal` is the SQLite file that holds them. `on_status` is called from the engine's thread after each
    change of an execution's status (RUNNING included) is journalled, in order, at least once over a crash.
    """

    def __init__(
        self,
        journal: Path,
        tasks: TaskRunner,
        clock: Clock | None = None,
        on_status: Callable[[Execution], None] | None = None,
    ) -> None:
        self._path = journal
        self._tasks = tasks
        self._clock = clock or SystemClock()
        self._on_status = on_status
        self._journal: Journal | None = None
        self._loop: Loop | None = None
        self._thread: Thread | None = None

    def start(self) -> None:
        """Open the journal, take up every running execution where it stood, start the one thread."""
        if self._thread is not None:
            raise EngineError("the engine runs already; close it first")
        self._journal = self.open_journal(self._path)
        self._loop = Loop(self._journal, self._tasks, self._clock, self._on_status)
        self._thread = Thread(target=self._loop.run, name="stepmill-engine", daemon=True)
        self._thread.start()

    def open_journal(self, path: Path) -> Journal:
        return Journal(path)

    def close(self) -> None:
        """Running executions go on at the next start. Safe to call twice."""
        if self._loop is None or self._thread is None or self._journal is None:
            return
        self._loop.mailbox.put(None)
        self._thread.join()
        self._journal.close()
        self._journal = self._loop = self._thread = None

    def wake(self) -> None:
        """Look at the clock now: it was moved by hand."""
        self._ask(lambda _loop: None)

    def start_execution(
        self,
        *,
        execution_arn: str,
        state_machine_arn: str,
        name: str,
        definition: str,
        input: str,
        role_arn: str | None = None,
    ) -> Execution:
        """Returns once it is journalled. The same again while it runs gives the first.

        Raises: InvalidName, InvalidExecutionInput, InvalidDefinition; ExecutionAlreadyExists when the name
        was used with another input, or its execution has ended.
        """
        begun = self.begin_execution(
            execution_arn=execution_arn,
            state_machine_arn=state_machine_arn,
            name=name,
            definition=definition,
            input=input,
            role_arn=role_arn,
        )
        return begun.result(timeout=_ANSWER_S)

    def begin_execution(
        self,
        *,
        execution_arn: str,
        state_machine_arn: str,
        name: str,
        definition: str,
        input: str,
        role_arn: str | None = None,
    ) -> "Future[Execution]":
        """`start_execution` for those who must not wait: done once it is journalled, or refused.

        What can be seen without the journal is refused at once. Raises: InvalidName, InvalidExecutionInput,
        InvalidDefinition.
        """
        check_name(name)
        check_input(input)
        parse(definition)
        asked = Execution(
            execution_arn=execution_arn,
            state_machine_arn=state_machine_arn,
            name=name,
            status=RUNNING,
            input=input,
            output=None,
            error=None,
            cause=None,
            start_s=self._clock.time(),
            stop_s=None,
            role_arn=role_arn,
            definition=definition,
        )
        secret = secrets.token_hex(16)
        return self._send(lambda loop: loop.start_execution(asked, secret))

    def stop_execution(
        self, execution_arn: str, error: str | None = None, cause: str | None = None
    ) -> Execution:
        """ABORTED, its tasks stopped; nothing happens to one that has ended.

        Raises: ExecutionDoesNotExist.
        """
        stopped: Execution = self._ask(lambda loop: loop.stop_execution(execution_arn, error, cause))
        return stopped

    def execution(self, execution_arn: str) -> Execution:
        """Raises: ExecutionDoesNotExist."""
        return self._open().execution(execution_arn)

    def executions(self, state_machine_arn: str, status: str | None = None) -> list[Execution]:
        """Newest first."""
        return self._open().executions(state_machine_arn, status)

    def history(self, execution_arn: str) -> list[dict[str, Any]]:
        """AWS's HistoryEvents, oldest first, timestamps as datetimes in UTC.

        Raises: ExecutionDoesNotExist.
        """
        answers = self._open()
        answers.execution(execution_arn)
        return history(answers.events(execution_arn))

    def delete_executions(self, state_machine_arn: str) -> None:
        """Forget the machine's executions; those that run are stopped."""
        self._ask(lambda loop: loop.delete_executions(state_machine_arn))

    def _open(self) -> Answers:
        if self._journal is None:
            raise EngineStopped("the engine is not running; call start()")
        return self._journal.answers

    def _ask(self, work: Callable[[Loop], Any]) -> Any:
        return self._send(work).result(timeout=_ANSWER_S)

    def _send(self, work: Callable[[Loop], Any]) -> "Future[Any]":
        loop = self._loop
        if loop is None:
            raise EngineStopped("the engine is not running; call start()")
        if current_thread() is self._thread:
            raise EngineError(
                "the engine was asked from its own thread (on_status, a task's start); use another"
            )
        call = Call(work)
        loop.mailbox.put(call)
        if loop.failure is not None and not call.answer.done():
            raise EngineStopped(f"the engine has stopped: {loop.failure}; start it again")
        return call.answer
