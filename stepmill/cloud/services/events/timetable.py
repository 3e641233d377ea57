"""Scheduled rules: each waits as one entry on the cloud's scheduler.

What fell due while the cloud was down is not fired.
"""

import logging
import threading
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from stepmill.cloud.scheduler import Handle
from stepmill.cloud.services.events.routing import accept_firing
from stepmill.cloud.services.events.schedules import parse_schedule
from stepmill.cloud.services.events.tables import rule_arn

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

log = logging.getLogger(__name__)


class Timetable:
    """The next firing of every scheduled rule of one cloud."""

    def __init__(self, cloud: "Cloud") -> None:
        self._cloud = cloud
        self._lock = threading.Lock()
        self._handles: dict[tuple[str, str], Handle] = {}

    def start(self) -> None:
        for row in self._cloud.store.query("select bus, name from event_rule where schedule is not null"):
            self.plan(row["bus"], row["name"])

    def plan(self, bus: str, name: str) -> None:
        """Look at the rule again: it was put, enabled, disabled or deleted."""
        self._plan_after(bus, name, self._cloud.clock.time())

    def _plan_after(self, bus: str, name: str, after_s: float) -> None:
        with self._lock:
            if (handle := self._handles.pop((bus, name), None)) is not None:
                handle.cancel()
            rows = self._cloud.store.query(
                "select * from event_rule where bus = ? and name = ? and schedule is not null"
                " and state != 'DISABLED'",
                (bus, name),
            )
            if not rows:
                return
            when_s = parse_schedule(rows[0]["schedule"])(after_s, rows[0]["planned_from_s"])
            if when_s is None:
                log.warning(
                    "rule %s on %s: its schedule %s has no further time", name, bus, rows[0]["schedule"]
                )
                return
            began_s = rows[0]["planned_from_s"]
            self._handles[bus, name] = self._cloud.scheduler.call_at(
                when_s, lambda: self._fire(bus, name, when_s, began_s)
            )

    def _fire(self, bus: str, name: str, when_s: float, began_s: float) -> None:
        """Send the firing of that time and plan the one after it; a rule put anew since is left alone."""
        rows = self._cloud.store.query(
            "select * from event_rule where bus = ? and name = ? and planned_from_s = ?"
            " and state != 'DISABLED'",
            (bus, name, began_s),
        )
        if not rows:
            return
        arn = rule_arn(self._cloud, bus, name)
        event = {
            "version": "0",
            "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{arn}@{when_s}/{began_s}")),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": self._cloud.account,
            "time": datetime.fromtimestamp(int(when_s), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": self._cloud.region,
            "resources": [arn],
            "detail": {},
        }
        try:
            accept_firing(self._cloud, rows[0], event)
        finally:
            self._plan_after(bus, name, when_s)
