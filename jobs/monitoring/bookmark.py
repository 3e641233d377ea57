"""The bookmark: which versions of objects are new since the last window.

What any committed window lists is seen. The union is kept in shards, one for each day of a source and one for
all ground truth, so that a run holds one shard at a time: a window names the shards that are current with it,
and one whose listing has not changed is not even read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from millkit import storage, windows
from millkit.windows import Layout

NO_VERSION = storage.NO_VERSION
KINDS = ("truth", "realtime", "batch", "endpoint")  # in the order in which a window reads them


class Input(NamedTuple):
    """One version of an object."""

    kind: str
    bucket: str
    key: str
    version: str
    etag: str
    size: int

    @property
    def mark(self) -> list[str]:
        """What tells it from all others; in a bucket without versions, its content's sum does."""
        return [self.key, self.version if self.version != NO_VERSION else self.etag]


class Source(NamedTuple):
    """Objects below `root`; the next `depth` parts of their keys are a partition, the last one a day."""

    kind: str
    bucket: str
    root: str
    depth: int


class Limits(NamedTuple):
    """Of one window; what is beyond them is left for the next."""

    objects: int
    size_bytes: int


class New(NamedTuple):
    inputs: list[Input]
    left: int


def sources(artifacts: str, data: str, endpoint: str) -> list[Source]:
    return [
        Source("truth", data, f"truth/{endpoint}/", 0),
        Source("realtime", artifacts, f"realtime/{endpoint}/", 1),
        Source("batch", artifacts, f"scored/{endpoint}/", 1),
        Source("endpoint", artifacts, f"capture/{endpoint}/", 4),
    ]


def find_new(
    s3: Any, layout: Layout, seen: dict[str, Any], places: list[Source], limits: Limits, days: list[str]
) -> New:
    """Versions that no window lists.

    seen: the last window's shards. days: those whose partitions are looked at; none for all.
    """
    taken: list[Input] = []
    left, size_bytes = 0, 0
    for source in places:
        for name, found in _partitions(s3, source, days):
            for one in _unseen(s3, layout, name, found, seen.get(name)):
                is_fitting = not taken or size_bytes + one.size <= limits.size_bytes
                if len(taken) < limits.objects and is_fitting:
                    taken.append(one)
                    size_bytes += one.size
                else:
                    left += 1
    return New(taken, left)


def write_shards(
    s3: Any, layout: Layout, number: int, seen: dict[str, Any], places: list[Source], inputs: list[Input]
) -> dict[str, Any]:
    """The shards as window `number` leaves them. Only the plan decides: every run of it writes the same."""
    roots = {source.kind: source for source in places}
    added: dict[str, list[list[str]]] = {}
    for one in inputs:
        added.setdefault(_partition(roots[one.kind], one.key), []).append(one.mark)
    shards = dict(seen)
    for name, marks in added.items():
        everything = sorted([*_seen(s3, layout, name, seen.get(name)), *marks])
        windows.write(s3, layout.place(f"seen/{name}/{number:08}.json"), {"seen": everything})
        shards[name] = {"window": number, "digest": _digest(everything)}
    return shards


def day_names(now: datetime, lookback_days: int) -> list[str]:
    """Tomorrow too: clocks differ."""
    if not lookback_days:
        return []
    return [f"{now + timedelta(1 - back):%Y-%m-%d}" for back in range(lookback_days + 2)]


def _partition(source: Source, key: str) -> str:
    parts = key[len(source.root) :].split("/")[:-1]
    return "/".join([source.kind, *parts[: source.depth]])


def _partitions(s3: Any, source: Source, days: list[str]) -> Iterator[tuple[str, list[Input]]]:
    for prefix in _prefixes(s3, source, days):
        found = _versions(s3, source, prefix)
        for name, inputs in groupby(found, key=lambda one: _partition(source, one.key)):
            yield name, list(inputs)


def _prefixes(s3: Any, source: Source, days: list[str]) -> list[str]:
    if not days or not source.depth:
        return [source.root]
    if source.depth == 1:
        return [f"{source.root}dt={day}/" for day in sorted(days)]
    page = s3.list_objects_v2(Bucket=source.bucket, Prefix=source.root, Delimiter="/")
    variants = [one["Prefix"] for one in page.get("CommonPrefixes", [])]
    return [f"{variant}{day.replace('-', '/')}/" for variant in variants for day in sorted(days)]


def _versions(s3: Any, source: Source, prefix: str) -> Iterator[Input]:
    more: dict[str, str] = {}
    while True:
        page = s3.list_object_versions(Bucket=source.bucket, Prefix=prefix, **more)
        for one in page.get("Versions", []):
            is_table = source.kind not in ("truth", "batch") or one["Key"].lower().endswith(".csv")
            if one["Size"] and is_table and not one["Key"].endswith("/"):
                etag = one["ETag"].strip('"')
                yield Input(source.kind, source.bucket, one["Key"], one["VersionId"], etag, one["Size"])
        if not page["IsTruncated"]:
            return
        more = {"KeyMarker": page["NextKeyMarker"]}
        if page.get("NextVersionIdMarker"):
            more["VersionIdMarker"] = page["NextVersionIdMarker"]


def _unseen(s3: Any, layout: Layout, name: str, found: list[Input], shard: Any) -> list[Input]:
    if shard is not None and shard["digest"] == _digest(sorted(one.mark for one in found)):
        return []
    known = {tuple(mark) for mark in _seen(s3, layout, name, shard)}
    return [one for one in found if tuple(one.mark) not in known]


def _seen(s3: Any, layout: Layout, name: str, shard: Any) -> list[list[str]]:
    if shard is None:
        return []
    place = layout.place(f"seen/{name}/{shard['window']:08}.json")
    marks: list[list[str]] = windows.read(s3, place)["seen"]
    return marks


def _digest(marks: Iterable[list[str]]) -> str:
    return hashlib.sha256(json.dumps(list(marks)).encode()).hexdigest()
