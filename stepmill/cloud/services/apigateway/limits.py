"""Throttling by token bucket, and quotas counted in the store: they hold over a restart, buckets do not.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
"""

import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from stepmill.cloud.cloud import Cloud


class Buckets:
    """One bucket for each name: `burst` tokens at most, `rate` new ones a second. `cloud.state(Buckets)`."""

    def __init__(self, cloud: Cloud) -> None:
        self._clock = cloud.clock
        self._lock = threading.Lock()
        self._held: dict[tuple[str, ...], tuple[float, float]] = {}  # tokens, at

    def take(self, name: tuple[str, ...], rate: float, burst: float) -> bool:
        """False: the bucket is empty."""
        with self._lock:
            now = self._clock.time()
            tokens, at = self._held.get(name, (burst, now))
            tokens = min(burst, tokens + max(0.0, now - at) * rate)
            self._held[name] = (tokens - 1 if tokens >= 1 else tokens, now)
            return tokens >= 1


def count(cloud: Cloud, plan: Mapping[str, Any], key: str) -> bool:
    """Note a call of the key. False, and nothing noted: the plan's quota for this period is used up."""
    today = datetime.fromtimestamp(cloud.clock.time(), UTC)
    quota = plan.get("quota")
    with cloud.store.transaction() as connection:
        if quota is not None:
            first = period_start(today, quota["period"])
            used = connection.execute(
                "select coalesce(sum(calls), 0) from apigateway_use where plan = ? and key = ? and day >= ?",
                (plan["id"], key, f"{first:%Y-%m-%d}"),
            ).fetchone()[0]
            if used >= quota["limit"]:
                return False
        connection.execute(
            "insert into apigateway_use values (?, ?, ?, 1) "
            "on conflict (plan, key, day) do update set calls = calls + 1",
            (plan["id"], key, f"{today:%Y-%m-%d}"),
        )
    return True


def period_start(now: datetime, period: str) -> datetime:
    """Weeks begin on Sunday, as API Gateway's do; all in UTC."""
    if period == "WEEK":
        return now - timedelta(days=(now.weekday() + 1) % 7)
    return now.replace(day=1) if period == "MONTH" else now


def used_by_day(cloud: Cloud, plan: str, first: str, last: str) -> list[tuple[str, int]]:
    rows = cloud.store.query(
        "select key, calls from apigateway_use where plan = ? and day between ? and ? order by key, day",
        (plan, first, last),
    )
    return [(row["key"], row["calls"]) for row in rows]
