"""Ground truth joined with records by inference id, in whichever order the two arrive.

Truth waits for its record, and is looked for among the records of earlier windows once, when it is new.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from millkit import storage, windows
from millkit.windows import Layout

from jobs.monitoring.gathered import Truth
from jobs.monitoring.ledger import ASKED, JUDGED, Growing, Ledger, digest
from jobs.monitoring.parts import Parts


class Waiting(NamedTuple):
    truth: Truth
    since: int  # the window that it came in


class Truths:
    """What is known of this window's truth. `counts` tells what became of it."""

    def __init__(self, s3: Any, layout: Layout, window: int, keep_windows: int) -> None:
        self._s3 = s3
        self._layout = layout
        self._window = window
        self._keep_windows = keep_windows
        self._waiting: dict[str, Waiting] = {}
        self.judged = Growing()
        self.counts = dict.fromkeys(("came", "joined", "late", "repeated", "expired", "waiting"), 0)

    def recall(self) -> None:
        """Truth of earlier windows that still waits for its prediction."""
        place = self._layout.place(f"pending/window={self._window - 1}.jsonl")
        try:
            lines = storage.open_object(self._s3, place).stream.iter_lines()
            for line in lines:
                entry = json.loads(line)
                if self._window - entry["since"] > self._keep_windows:
                    self.counts["expired"] += 1
                else:
                    waiting = Waiting(Truth(entry["value"], entry["time"]), entry["since"])
                    self._waiting[entry["inference_id"]] = waiting
        except storage.ObjectMissing:
            return

    def add(self, inference_id: str, truth: Truth) -> None:
        """Of several the one with the latest time counts."""
        self.counts["came"] += 1
        known = self._waiting.get(inference_id)
        if known is None or known.truth.time <= truth.time:
            self._waiting[inference_id] = Waiting(truth, self._window)

    def join(self, version: str, record: dict[str, Any], joined: Parts) -> None:
        """Put the record's truth into it, if it is there."""
        waiting = self._waiting.pop(record["inference_id"], None)
        record["truth"] = waiting.truth.value if waiting else None
        if waiting is not None and record["prediction"] is not None:
            joined.add(version, record)
            self.judged.add(digest(record["inference_id"]))
            self.counts["joined"] += 1

    def join_earlier(self, ledger: Ledger, joined: Parts) -> None:
        """Records of earlier windows whose truth has come now; none is judged twice."""
        wanted = {digest(name): name for name, one in self._waiting.items() if one.since == self._window}
        first = max(1, self._window - self._keep_windows)
        for window in range(self._window - 1, first - 1, -1):
            if not wanted:
                return
            judged = ledger.read(window, JUDGED)
            for sum_ in [one for one in wanted if one in judged]:
                del self._waiting[wanted.pop(sum_)]
                self.counts["repeated"] += 1
            asked = ledger.read(window, ASKED)
            hits = {wanted.pop(one) for one in [one for one in wanted if one in asked]}
            if hits:
                self._join_from(window, hits, joined)

    def _join_from(self, window: int, names: set[str], joined: Parts) -> None:
        for version, record in _records(self._s3, self._layout, window):
            if record["inference_id"] in names:
                self.join(version, record, joined)
                self.counts["late"] += 1

    def keep(self) -> None:
        """What waits on, for the next window."""
        self.counts["waiting"] = len(self._waiting)
        lines = [
            json.dumps({"inference_id": name, **one.truth._asdict(), "since": one.since})
            for name, one in sorted(self._waiting.items())
        ]
        place = self._layout.place(f"pending/window={self._window}.jsonl")
        body = "".join(f"{line}\n" for line in lines).encode()
        self._s3.put_object(Bucket=place.bucket, Key=place.key, Body=body)


def _records(s3: Any, layout: Layout, window: int) -> Iterator[tuple[str, dict[str, Any]]]:
    for part in windows.read(s3, layout.window(window))["records"]:
        place = storage.Place(layout.bucket, part["key"])
        for line in storage.open_object(s3, place).stream.iter_lines():
            yield part["model"], json.loads(line)
