"""Makes moto's IAM and DynamoDB survive a restart: their writes are journalled here and played again.

One write at a time, so that the journal has the order in which moto did them. Nothing is thinned out:
a start takes some 5 ms for each write that was ever made. Keys made by moto itself (access keys, role
ids) come out different.
"""

import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from stepmill.cloud import models
from stepmill.cloud.protocol import aws_json
from stepmill.cloud.service import AwsError
from stepmill.cloud.store import Store

logger = logging.getLogger(__name__)

SCHEMA = """
create table if not exists moto_write (
  n integer primary key, service text not null, operation text not null, params text not null
);
"""
KEPT = frozenset(["iam", "dynamodb"])
READING = ("Get", "List", "Describe", "Simulate", "Generate", "BatchGet", "TransactGet", "Query", "Scan")
MotoCall = Callable[[str, str, dict[str, Any]], dict[str, Any]]


def keeps(service: str, operation: str) -> bool:
    return service in KEPT and not operation.startswith(READING)


class Replay:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        store.apply_schema(SCHEMA)

    @contextmanager
    def writing(self, service: str, operation: str, params: dict[str, Any]) -> Iterator[Callable[[], None]]:
        """Do the write inside; call what is given once moto has accepted it."""

        def accepted() -> None:
            shape = models.operation_model(service, operation).input_shape
            text = json.dumps(aws_json.serialise(shape, params) if shape else {})
            with self._store.transaction() as conn:
                conn.execute(
                    "insert into moto_write (service, operation, params) values (?, ?, ?)",
                    (service, operation, text),
                )

        with self._lock:
            yield accepted

    def play(self, call: MotoCall) -> None:
        """Bring a fresh moto to where the last one was. A write it refuses now is logged."""
        for row in self._store.query("select * from moto_write order by n"):
            shape = models.operation_model(row["service"], row["operation"]).input_shape
            params = aws_json.parse(shape, json.loads(row["params"])) if shape else {}
            try:
                call(row["service"], row["operation"], params)
            except AwsError as error:
                logger.warning("%s %s was not restored: %s", row["service"], row["operation"], error)
