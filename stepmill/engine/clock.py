"""Time as an argument: the system's, or one that a test moves by hand."""

import time
from typing import Protocol


class Clock(Protocol):
    """Seconds since the epoch, UTC."""

    def time(self) -> float: ...


class SystemClock:
    """The machine's own."""

    def time(self) -> float:
        return time.time()


class VirtualClock:
    """Stands still until moved; `advance` never goes back. Who moves it wakes who waits by it."""

    def __init__(self, start_s: float = 0.0) -> None:
        self._now_s = start_s

    def time(self) -> float:
        return self._now_s

    def advance(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError(f"VirtualClock.advance: seconds is {seconds}; time does not go back")
        self._now_s += seconds
