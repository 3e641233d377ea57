"""Metrics' values on their way into the store, and out of it.

Values are summed up by the minute in memory and written a second later, or before anybody reads: a kill -9
loses one second of metrics at most. What `PutMetricData` has acknowledged is written.
"""

import threading
from typing import TYPE_CHECKING

from stepmill.cloud.services.cloudwatch.summary import Summary
from stepmill.cloud.services.cloudwatch.tables import Metric, as_text

if TYPE_CHECKING:
    import sqlite3

    from stepmill.cloud.cloud import Cloud

MINUTE_S = 60
KEPT_S = 15 * 86_400
FLUSH_S = 1.0
PRUNE_S = 3600.0
Key = tuple[Metric, int, str]


class Recorder:
    """One for each cloud."""

    def __init__(self, cloud: "Cloud") -> None:
        self._cloud = cloud
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self._pending: dict[Key, Summary] = {}
        self._ids: dict[Metric, int] = {}
        self._pruned_s = 0.0

    def add(self, metric: Metric, value: float, unit: str = "None") -> None:
        """One value, now."""
        self.add_summary(
            metric, self._cloud.clock.time(), unit, Summary(1.0, value, value, value, {value: 1.0})
        )

    def add_summary(self, metric: Metric, when_s: float, unit: str, summary: Summary) -> None:
        key = (metric, int(when_s // MINUTE_S), unit)
        with self._lock:
            is_first = not self._pending
            known = self._pending.get(key)
            if known is None:
                self._pending[key] = summary
            else:
                known.merge(summary)
        if is_first:
            self._cloud.scheduler.call_at(self._cloud.clock.time() + FLUSH_S, self.flush)

    def flush(self) -> None:
        """Write what waits; nobody who calls it misses a value that was added before."""
        with self._flushing:
            with self._lock:
                waiting, self._pending = self._pending, {}
            if not waiting:
                return
            try:
                with self._cloud.store.transaction() as connection:
                    for key, summary in waiting.items():
                        self._write(connection, key, summary)
                    self._prune(connection)
            except BaseException:
                self._ids.clear()
                with self._lock:
                    for key, summary in waiting.items():
                        summary.merge(self._pending.pop(key, Summary()))
                        self._pending[key] = summary
                raise

    def _write(self, connection: "sqlite3.Connection", key: Key, summary: Summary) -> None:
        metric, minute, unit = key
        place = (self._id(connection, metric), minute, unit)
        row = connection.execute(
            "select body from cloudwatch_point where metric = ? and minute = ? and unit = ?", place
        ).fetchone()
        whole = Summary.load(row["body"]) if row else Summary()
        whole.merge(summary)
        connection.execute(
            "insert or replace into cloudwatch_point values (?, ?, ?, ?)", (*place, whole.dump())
        )

    def _id(self, connection: "sqlite3.Connection", metric: Metric) -> int:
        if metric not in self._ids:
            place = (metric.namespace, metric.name, as_text(metric.dimensions))
            connection.execute(
                "insert or ignore into cloudwatch_metric (namespace, name, dimensions) values (?, ?, ?)",
                place,
            )
            row = connection.execute(
                "select id from cloudwatch_metric where namespace = ? and name = ? and dimensions = ?", place
            ).fetchone()
            self._ids[metric] = row["id"]
        return self._ids[metric]

    def _prune(self, connection: "sqlite3.Connection") -> None:
        now_s = self._cloud.clock.time()
        if now_s < self._pruned_s + PRUNE_S:
            return
        self._pruned_s = now_s
        oldest = int((now_s - KEPT_S) // MINUTE_S)
        connection.execute("delete from cloudwatch_point where minute < ?", (oldest,))
        connection.execute(
            "delete from cloudwatch_metric where id not in (select metric from cloudwatch_point)"
        )
        self._ids.clear()

    def periods(
        self, metric: Metric, start_s: float, end_s: float, period_s: int, unit: str | None = None
    ) -> dict[int, Summary]:
        """The values from `start_s` (down to its minute) to before `end_s`, by the start of their period."""
        self.flush()
        first, last = int(start_s // MINUTE_S), -int(-end_s // MINUTE_S)
        rows = self._cloud.store.query(
            "select minute, body from cloudwatch_point join cloudwatch_metric on metric = id"
            " where namespace = ? and name = ? and dimensions = ? and minute >= ? and minute < ?"
            " and (? is null or unit = ?) order by minute",
            (metric.namespace, metric.name, as_text(metric.dimensions), first, last, unit, unit),
        )
        found: dict[int, Summary] = {}
        for row in rows:
            offset_s = (row["minute"] - first) * MINUTE_S
            start = first * MINUTE_S + offset_s // period_s * period_s
            found.setdefault(start, Summary()).merge(Summary.load(row["body"]))
        return found
