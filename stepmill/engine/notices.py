"""Tells of status changes from the outbox: after the commit, in order, at least once over a crash."""

import logging
from collections.abc import Callable

from .clock import Clock
from .execution import Execution
from .journal import Journal

log = logging.getLogger(__name__)

RETRY_S = 1.0


class Notices:
    """A notice whose listener raises stays in the outbox and is given again a second later."""

    def __init__(self, journal: Journal, clock: Clock, listener: Callable[[Execution], None] | None) -> None:
        self._journal = journal
        self._clock = clock
        self._listener = listener
        self._told: list[int] = []
        self._is_fresh = True  # the last process may have left some
        self.due_s: float | None = None

    def expect(self) -> None:
        """The transaction has put some into the outbox."""
        self._is_fresh = True

    @property
    def has_told(self) -> bool:
        return bool(self._told)

    def clear_told(self) -> None:
        """What was told need not be told again."""
        if self._told:
            self._journal.told(self._told)
            self._told = []

    def give(self) -> None:
        is_due = self.due_s is not None and self._clock.time() >= self.due_s
        if not self._is_fresh and not is_due:
            return
        self._is_fresh, self.due_s = False, None
        for notice, execution in self._journal.outbox():
            if notice in self._told:
                continue
            if self._listener is not None:
                try:
                    self._listener(execution)
                except Exception:  # the listener's fault must not end the engine; it is asked again
                    log.exception("%s: the listener failed on %s", execution.execution_arn, execution.status)
                    self.due_s = self._clock.time() + RETRY_S
                    continue
            self._told.append(notice)
