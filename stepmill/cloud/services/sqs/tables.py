"""SQS's tables and look-ups."""

import json
import sqlite3
import threading
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import AwsError, Service

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

SCHEMA = """
create table if not exists sqs_queue (
  name text primary key, created_s real not null, modified_s real not null, attributes text not null,
  tags text not null
);
create table if not exists sqs_message (
  seq integer primary key autoincrement, queue text not null, message_id text not null, body text not null,
  attributes text not null, system text not null, sent_s real not null, visible_s real not null,
  receives integer not null, first_received_s real, receipt text, source_arn text
);
create index if not exists sqs_message_visible on sqs_message (queue, visible_s);
create table if not exists sqs_attempt (attempt text primary key, answer text not null, at_s real not null);
create table if not exists sqs_move_task (
  handle text primary key, source_arn text not null, destination_arn text, moved integer not null,
  started_s real not null
);
"""

SERVICE = Service("sqs", SCHEMA)


def queue_url(cloud: "Cloud", name: str) -> str:
    return f"{cloud.endpoint_url}/{cloud.account}/{name}"


def queue_name(params: dict[str, Any]) -> str:
    """From the URL's last segment: a URL made before a restart on another port still names its queue."""
    name: str = params["QueueUrl"].rpartition("/")[2]
    return name


def queue_arn(cloud: "Cloud", params: dict[str, Any]) -> list[str]:
    return [cloud.arn("sqs", params["QueueName"] if "QueueName" in params else queue_name(params))]


def find_queue(cloud: "Cloud", name: str) -> sqlite3.Row:
    rows = cloud.store.query("select * from sqs_queue where name = ?", (name,))
    if not rows:
        raise AwsError("QueueDoesNotExist", "The specified queue does not exist.")
    return rows[0]


def attributes_of(row: sqlite3.Row) -> dict[str, str]:
    attributes: dict[str, str] = json.loads(row["attributes"])
    return attributes


class Arrivals:
    """Wakes the receivers that wait for a message."""

    def __init__(self, _cloud: "Cloud") -> None:
        self._changed = threading.Condition()
        self._is_closed = False

    @property
    def is_closed(self) -> bool:
        return self._is_closed

    def tell(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def wait(self, timeout_s: float) -> None:
        with self._changed:
            if not self._is_closed:
                self._changed.wait(timeout_s)

    def close(self) -> None:
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()


@SERVICE.on_stop
def let_go(cloud: "Cloud") -> None:
    cloud.state(Arrivals).close()
