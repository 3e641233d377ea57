"""Calls to be made later: one thread and a heap, whatever the number of calls that wait."""

import heapq
import itertools
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field

from stepmill.engine.clock import Clock

log = logging.getLogger(__name__)

# The system's clock may jump (suspend, NTP); a due call is noticed after at most this long.
LONGEST_NAP_S = 5.0


@dataclass(order=True)
class Handle:
    when_s: float
    number: int
    fn: Callable[[], object] = field(compare=False)
    is_cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        """A call that has begun already is not stopped."""
        self.is_cancelled = True


class Scheduler:
    """Runs each function on the pool once the clock has reached its time; never early."""

    def __init__(self, clock: Clock, pool: Executor) -> None:
        self._clock = clock
        self._pool = pool
        self._heap: list[Handle] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="scheduler", daemon=True)
        self._thread.start()

    def call_at(self, when_s: float, fn: Callable[[], object]) -> Handle:
        handle = Handle(when_s, next(self._numbers), fn)
        with self._changed:
            heapq.heappush(self._heap, handle)
            if self._heap[0] is handle:
                self._changed.notify()
        return handle

    def wake(self) -> None:
        """Look at the clock again: a VirtualClock was advanced."""
        with self._changed:
            self._changed.notify()

    def close(self) -> None:
        with self._changed:
            self._is_closed = True
            self._heap.clear()
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while (handle := self._next_due()) is not None:
            if not handle.is_cancelled:
                self._pool.submit(run_logged, handle.fn)

    def _next_due(self) -> Handle | None:
        with self._changed:
            while not self._is_closed:
                wait_s = self._heap[0].when_s - self._clock.time() if self._heap else LONGEST_NAP_S
                if self._heap and wait_s <= 0:
                    return heapq.heappop(self._heap)
                self._changed.wait(min(wait_s, LONGEST_NAP_S))
        return None


def run_logged(fn: Callable[[], object]) -> None:
    """For work whose result nobody waits for: a failure is logged, not lost with the future."""
    try:
        fn()
    except Exception:
        log.exception("background work %r failed", fn)
