"""FinalMetricDataList: the last value that each metric's regular expression found in the log."""

import re
from collections.abc import Callable, Sequence
from typing import Any

LONGEST_LINE = 4096


class MetricReader:
    """Fed with log lines; keeps for each metric its last value and when it was seen."""

    def __init__(
        self, definitions: Sequence[tuple[str, str]], on_value: Callable[[str, float], None] | None = None
    ) -> None:
        """`on_value` gets each value as it is found.

        Raises: ValueError when a pattern is no regular expression, or has no group.
        """
        self._on_value = on_value
        self._patterns = []
        for name, pattern in definitions:
            try:
                compiled = re.compile(pattern)
            except re.error as error:
                raise ValueError(f"MetricDefinitions: Regex of {name} is {pattern!r}; {error}") from None
            if compiled.groups < 1:
                raise ValueError(
                    f"MetricDefinitions: Regex of {name} is {pattern!r}; it needs a group in parentheses"
                )
            self._patterns.append((name, compiled))
        self._last: dict[str, tuple[float, float]] = {}

    def feed(self, lines: list[str], now_s: float) -> None:
        for line in lines:
            for name, pattern in self._patterns:
                if (match := pattern.search(line[:LONGEST_LINE])) is None:
                    continue
                try:
                    value = float(match[1])
                except (TypeError, ValueError):
                    continue  # text where a number is expected: as on AWS, no data point
                self._last[name] = value, now_s
                if self._on_value is not None:
                    self._on_value(name, value)

    def final(self) -> list[dict[str, Any]]:
        return [
            {"MetricName": name, "Value": value, "Timestamp": float(int(when_s))}
            for name, (value, when_s) in self._last.items()
        ]
