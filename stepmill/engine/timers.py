"""Timers on one heap: what waits costs a tuple, not a thread."""

import heapq

Key = tuple[int, int]  # (execution, frame); frame -1 is the execution's own time limit
_SLACK = 1_000


class Timers:
    def __init__(self) -> None:
        self._due_s: dict[Key, float] = {}
        self._heap: list[tuple[float, Key]] = []

    def __len__(self) -> int:
        return len(self._due_s)

    def set(self, key: Key, due_s: float | None) -> None:
        """Fire `key` at that time instead of any earlier set one; None: not at all."""
        if due_s is None:
            self._due_s.pop(key, None)
        elif self._due_s.get(key) != due_s:
            self._due_s[key] = due_s
            heapq.heappush(self._heap, (due_s, key))
        if len(self._heap) > 2 * len(self._due_s) + _SLACK:
            self._heap = [(due, held) for held, due in self._due_s.items()]
            heapq.heapify(self._heap)

    def next_due_s(self) -> float | None:
        while self._heap and self._due_s.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def pop_due(self, now_s: float) -> Key | None:
        """One key whose time has come; it is set no longer."""
        due_s = self.next_due_s()
        if due_s is None or due_s > now_s:
            return None
        key = heapq.heappop(self._heap)[1]
        del self._due_s[key]
        return key
