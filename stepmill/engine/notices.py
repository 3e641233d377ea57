"""Tells of status changes from the outbox: after the commit, in order, at least once over a crash."""

import logging
from collections.abc import Callable
from time import monotonic

from .clock import Clock
from .execution import Execution
from .journal import Journal

log = logging.getLogger(__name__)

RETRY_S = 1.0
LATEST_S = 0.05


class Notices:
    """A notice whose listener raises stays in the outbox and is given again a second later."""

    def __init__(self, journal: Journal, clock: Clock, listener: Callable[[Execution], None] | None) -> None:
        self._journal = journal
        self._clock = clock
        self._listener = listener
        self._told: list[int] = []
        self._fresh_since_s: float | None = 0.0  # the last process may have left some
        self.due_s: float | None = None

    def expect(self) -> None:
        """The transaction has put some into the outbox."""
        if self._fresh_since_s is None:
            self._fresh_since_s = monotonic()

    @property
    def has_fresh(self) -> bool:
        return self._fresh_since_s is not None

    @property
    def has_told(self) -> bool:
        return bool(self._told)

    def clear_told(self) -> None:
        """What was told need not be told again."""
        if self._told:
            self._journal.told(self._told)
            self._told = []

    def give(self, *, is_quiet: bool) -> None:
        """Fresh ones wait until the engine `is_quiet`, LATEST_S at most: callers' answers go first."""
        fresh_s = self._fresh_since_s
        is_fresh = fresh_s is not None and (is_quiet or monotonic() - fresh_s >= LATEST_S)
        is_due = self.due_s is not None and self._clock.time() >= self.due_s
        if not is_fresh and not is_due:
            return
        self._fresh_since_s, self.due_s = None, None
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
