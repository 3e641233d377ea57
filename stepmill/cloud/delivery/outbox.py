"""The outbox: deliveries are rows written with what caused them, and go away once they have arrived.

A kill -9 at any moment loses none; a delivery that was under way is made again with the same
`attempt`, by which the target knows it. What can not be delivered goes to its dead-letter queue, or
stays as a row with state `failed` and a line in the log. Payloads are never logged.
"""

import logging
import random
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from stepmill.cloud.delivery.parcel import Parcel, Undeliverable
from stepmill.cloud.delivery.targets import deliver, error_code
from stepmill.cloud.scheduler import run_logged
from stepmill.cloud.service import AwsError

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

log = logging.getLogger(__name__)

SCHEMA = """
create table if not exists delivery (
  id text primary key, body text not null, state text not null, attempts integer not null,
  created_s real not null, next_s real not null, error text
);
"""
WORKERS = 16
LONGEST_PAUSE_S = 300.0
FAILED_KEPT_S = 14 * 86_400


def send(cloud: "Cloud", parcel: Parcel) -> None:
    """Accept the parcel in the caller's transaction (or one of its own); it leaves once that is committed."""
    now_s = cloud.clock.time()
    with cloud.store.transaction() as conn:
        added = conn.execute(
            "insert or ignore into delivery values (?, ?, 'waiting', 0, ?, ?, null)",
            (parcel.id, parcel.dump(), now_s, now_s),
        )
    # One row, one chain of attempts: whoever sent it first has begun the chain.
    if added.rowcount:
        cloud.state(Outbox).hurry(parcel.id)


class Outbox:
    """The threads that deliver for one cloud."""

    def __init__(self, cloud: "Cloud") -> None:
        self._cloud = cloud
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="delivery")
        self._is_closed = False
        self._random = random.Random()  # noqa: S311  # jitter is no secret

    def resume(self) -> None:
        """Take up what the last run of the cloud left behind."""
        with self._cloud.store.transaction() as conn:
            long_ago_s = self._cloud.clock.time() - FAILED_KEPT_S
            conn.execute("delete from delivery where state = 'failed' and next_s < ?", (long_ago_s,))
        for row in self._cloud.store.query("select id, next_s from delivery where state = 'waiting'"):
            self._later(row["id"], row["next_s"])

    def close(self) -> None:
        """Wait for the deliveries under way; the others stay rows."""
        self._is_closed = True
        self._workers.shutdown(wait=True, cancel_futures=True)

    def hurry(self, parcel_id: str) -> None:
        if not self._is_closed:
            self._workers.submit(run_logged, lambda: self._attempt(parcel_id))

    def _later(self, parcel_id: str, when_s: float) -> None:
        self._cloud.scheduler.call_at(when_s, lambda: self.hurry(parcel_id))

    def _attempt(self, parcel_id: str) -> None:
        row = self._claim(parcel_id)
        if row is None:
            return
        parcel = Parcel.load(row["body"])
        try:
            deliver(self._cloud, parcel)
        except Undeliverable as error:
            self._give_up(parcel, error.code, str(error), row["attempts"], None)
        except Exception as error:  # noqa: BLE001  # whatever a target raises is tried again, then recorded
            self._try_again(parcel, row, error)
        else:
            self._forget(parcel)

    def _claim(self, parcel_id: str) -> sqlite3.Row | None:
        """The parcel's row with this attempt counted, or None when there is nothing (more) to do.

        Takes the writers' turn, so a parcel whose transaction is still open is waited for.
        """
        with self._cloud.store.transaction() as conn:
            row: sqlite3.Row | None = conn.execute(
                "update delivery set attempts = attempts + 1 where id = ? and state = 'waiting' returning *",
                (parcel_id,),
            ).fetchone()
        return row

    def _forget(self, parcel: Parcel) -> None:
        with self._cloud.store.transaction() as conn:
            conn.execute("delete from delivery where id = ?", (parcel.id,))

    def _try_again(self, parcel: Parcel, row: sqlite3.Row, error: Exception) -> None:
        attempts: int = row["attempts"]
        now_s = self._cloud.clock.time()
        pause_s = min(2.0 ** (attempts - 1), LONGEST_PAUSE_S) * self._random.uniform(0.5, 1.0)
        message = describe(error)
        if attempts > parcel.retries:
            self._give_up(parcel, error_code(error), message, attempts, "MaximumRetryAttempts")
        elif now_s + pause_s > row["created_s"] + parcel.age_limit_s:
            self._give_up(parcel, error_code(error), message, attempts, "MaximumEventAgeInSeconds")
        else:
            log.warning(
                "delivery %s to %s failed (%s); again in %.1f s",
                parcel.id,
                parcel.target_arn,
                message,
                pause_s,
            )
            with self._cloud.store.transaction() as conn:
                conn.execute(
                    "update delivery set next_s = ?, error = ? where id = ?",
                    (now_s + pause_s, message, parcel.id),
                )
            self._later(parcel.id, now_s + pause_s)

    def _give_up(self, parcel: Parcel, code: str, message: str, attempts: int, exhausted: str | None) -> None:
        """To the dead-letter queue; without one, or when that fails too, keep the parcel as failed."""
        log.error("delivery %s to %s failed for good: %s: %s", parcel.id, parcel.target_arn, code, message)
        if parcel.dead_letter_arn is not None:
            try:
                deliver(self._cloud, dead_letter(parcel, code, message, attempts - 1, exhausted))
            except Exception as error:  # noqa: BLE001  # logged and recorded below
                message = (
                    f"{message}; its dead-letter queue {parcel.dead_letter_arn} refused it: {describe(error)}"
                )
                log.error("delivery %s: %s", parcel.id, message)
            else:
                self._forget(parcel)
                return
        with self._cloud.store.transaction() as conn:
            conn.execute(
                "update delivery set state = 'failed', next_s = ?, error = ? where id = ?",
                (self._cloud.clock.time(), f"{code}: {message}", parcel.id),
            )


def describe(error: Exception) -> str:
    return (
        f"{error.code}: {error.message}"
        if isinstance(error, AwsError)
        else f"{type(error).__name__}: {error}"
    )


def dead_letter(parcel: Parcel, code: str, message: str, retries: int, exhausted: str | None) -> Parcel:
    """The same payload for the dead-letter queue, with the attributes by which AWS explains it."""
    if parcel.sender == "sns.amazonaws.com":
        facts = {"ErrorCode": code, "ErrorMessage": message}
    else:
        facts = {
            "RULE_ARN": parcel.source_arn,
            "TARGET_ARN": parcel.target_arn,
            "ERROR_CODE": code,
            "ERROR_MESSAGE": message,
            "RETRY_ATTEMPTS": str(retries),
        }
        if exhausted is not None:
            facts["EXHAUSTED_RETRY_CONDITION"] = exhausted
    attributes = {name: {"DataType": "String", "StringValue": value} for name, value in facts.items()}
    return Parcel(
        id=f"{parcel.id}/dead",
        sender=parcel.sender,
        source_arn=parcel.source_arn,
        target_arn=parcel.dead_letter_arn or "",
        payload=parcel.text,
        options={"attributes": attributes},
    )
