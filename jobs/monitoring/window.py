"""One window, from its plan to what can be committed. Whoever runs a plan writes the same bytes.

Realtime answers come first: a request that was captured too is the same record, whichever of the two a window
has met before.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

from millkit import storage, windows
from millkit.windows import Layout

from jobs.monitoring import bookmark, gathered
from jobs.monitoring.bookmark import KINDS, Input, Source
from jobs.monitoring.gathered import Gatherer, Problem
from jobs.monitoring.ledger import ASKED, JUDGED, Growing, Ledger, digest
from jobs.monitoring.parts import Judged, Parts
from jobs.monitoring.served import Model, Served
from jobs.monitoring.truth import Truths

SMALL_BYTES = 1 << 20
AT_ONCE = 8
MOST_PROBLEMS = 10_000
SHOWN_PROBLEMS = 10
MOST_DAYS = 400


class Window:
    """What becomes of plan `plan`, after the committed window `previous` ({} for the first)."""

    def __init__(
        self, s3: Any, sagemaker: Any, layout: Layout, plan: dict[str, Any], previous: dict[str, Any]
    ) -> None:
        self._s3 = s3
        self._layout = layout
        self._plan = plan
        self._previous = previous
        self.number: int = plan["window"]
        self._inputs = [Input(*entry) for entry in plan["inputs"]]
        self._served = Served(s3, sagemaker, plan["served"])
        self._ledger = Ledger(s3, layout, previous.get("days", {}))
        self._truths = Truths(s3, layout, self.number, plan["truth_windows"])
        self._records = Parts(s3, layout, "records", self.number)
        self._columns = Parts(s3, layout, "columns", self.number, "csv")
        self._pairs = Parts(s3, layout, "pairs", self.number, "csv")
        self._is_for_aws = plan["monitor_image"] == "aws"
        self._joined = (
            Judged(s3, layout, self.number, self._pairs)
            if self._is_for_aws
            else Parts(s3, layout, "joined", self.number)
        )
        self._asked = Growing()
        self._days: set[str] = set()
        self._models: dict[str, Model] = {}
        self._problems: list[Problem] = []
        self._counts = dict.fromkeys(("records", "repeated", "problems"), 0)
        self._first = self._last = ""

    def make(self, places: list[Source]) -> dict[str, Any]:
        """Write all files of the window but its commit; the document that is to be committed."""
        self._truths.recall()
        self._read_truth()
        self._read_records()
        self._truths.join_earlier(self._ledger, self._joined)
        for parts in (self._records, self._joined, self._columns, self._pairs):
            parts.close()
        self._truths.keep()
        self._ledger.write(self.number, ASKED, self._asked)
        self._ledger.write(self.number, JUDGED, self._truths.judged)
        self._write_problems()
        seen = self._previous.get("seen", {})
        shards = bookmark.write_shards(self._s3, self._layout, self.number, seen, places, self._inputs)
        document = self._document(shards)
        windows.write(self._s3, self._layout.prepared(self.number), document)
        return document

    def _read_truth(self) -> None:
        for one, lines in self._contents([one for one in self._inputs if one.kind == "truth"]):
            for found in gathered.truths(one, lines, self._plan["problem"]):
                if isinstance(found, Problem):
                    self._tell(found)
                else:
                    self._truths.add(*found)

    def _read_records(self) -> None:
        gatherer = Gatherer(self._served, self._layout.endpoint, self._plan["problem"])
        inputs = [one for one in self._inputs if one.kind != "truth"]
        ordered = sorted(inputs, key=lambda one: (KINDS.index(one.kind), one.key, one.version))
        for one, lines in self._contents(ordered):
            for found in gatherer.read(one, lines):
                if isinstance(found, Problem):
                    self._tell(found)
                else:
                    self._keep(found.model, found.record)

    def _keep(self, model: Model, record: dict[str, Any]) -> None:
        name, day = record["inference_id"], record["event_time"][:10]
        if self._ledger.has(name, day) or not self._asked.add(digest(name)):
            self._counts["repeated"] += 1
            return
        self._days.add(day)
        self._models[model.version] = model
        self._counts["records"] += 1
        self._first = min(self._first or record["event_time"], record["event_time"])
        self._last = max(self._last, record["event_time"])
        self._truths.join(model.version, record, self._joined)
        self._records.add(model.version, record)
        if self._is_for_aws:
            self._keep_columns(model, record)

    def _keep_columns(self, model: Model, record: dict[str, Any]) -> None:
        """As the baseline's file was: the target, where predictions stand now, then the raw columns."""
        schema = self._served.schema(model)
        if schema is not None:
            cells = {column.name: record["features"].get(column.name) for column in schema.encoder.columns}
            self._columns.add_cells(model.version, {schema.target: record["prediction"], **cells})

    def _contents(self, inputs: list[Input]) -> Iterator[tuple[Input, Iterable[bytes]]]:
        """The lines of each object, in order; small ones are fetched several at once."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            waiting = iter(inputs)
            while batch := list(islice(waiting, AT_ONCE * 8)):
                for one, content in zip(batch, pool.map(self._fetch, batch)):
                    if isinstance(content, Problem):
                        self._tell(content)
                    else:
                        yield one, content

    def _fetch(self, one: Input) -> Iterable[bytes] | Problem:
        version = {} if one.version == storage.NO_VERSION else {"VersionId": one.version}
        try:
            stream = self._s3.get_object(Bucket=one.bucket, Key=one.key, **version)["Body"]
        except self._s3.exceptions.ClientError as wrong:
            if wrong.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return Problem(one.key, 0, f"version {one.version} is gone from the bucket")
            raise
        if one.size <= SMALL_BYTES:
            lines: list[bytes] = stream.read().splitlines()
            return lines
        found: Iterable[bytes] = stream.iter_lines()
        return found

    def _tell(self, problem: Problem) -> None:
        self._counts["problems"] += 1
        if len(self._problems) < MOST_PROBLEMS:
            self._problems.append(problem)

    def _write_problems(self) -> None:
        place = self._layout.place(f"problems/window={self.number}.jsonl")
        body = "".join(json.dumps(one._asdict(), ensure_ascii=False) + "\n" for one in self._problems)
        self._s3.put_object(Bucket=place.bucket, Key=place.key, Body=body.encode("utf-8", "replace"))

    def _document(self, shards: dict[str, Any]) -> dict[str, Any]:
        written = [*self._records.written, *self._joined.written]
        sums = hashlib.sha256("".join(f"{one['key']} {one['sha256']}\n" for one in written).encode())
        versions = {*self._records.counts, *self._joined.counts}
        days = {name: list(found) for name, found in self._previous.get("days", {}).items()}
        for day in sorted(self._days):
            days.setdefault(day, []).append(self.number)
        return {
            "window": self.number,
            "endpoint": self._layout.endpoint,
            "made": self._plan["made"],
            "problem": self._plan["problem"],
            "from": self._first or None,
            "to": self._last or None,
            "inputs": [one._asdict() for one in self._inputs],
            "records": self._records.written,
            "joined": self._joined.written,
            "digest": sums.hexdigest(),
            "models": [self._model(version) for version in sorted(versions)],
            "counts": {**self._counts, "truth": self._truths.counts},
            "problems": [one._asdict() for one in self._problems[:SHOWN_PROBLEMS]],
            "seen": shards,
            "days": dict(sorted(days.items())[-MOST_DAYS:]),
        }

    def _model(self, version: str) -> dict[str, Any]:
        """A model that has late truth only has answered in an earlier window."""
        model = self._models.get(version) or self._served.versioned(version)
        return {
            **model._asdict(),
            "records": self._records.counts.get(version, 0),
            "judged": self._joined.counts.get(version, 0),
            "records_uri": self._records.uri(version),
            "joined_uri": self._joined.uri(version),
            "columns_uri": self._columns.uri(version),
            "pairs_uri": self._pairs.uri(version),
        }
