"""Monitoring windows: where their files lie, and the commit that makes one count.

A window is planned once (plans/<n>), which fixes what it is made of; whoever runs it then writes the same
bytes to the same places. It counts once windows/<n> exists, which is created only once: of two runs one wins.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from millkit import storage
from millkit.errors import MillError
from millkit.storage import Place

JSON = "application/json"


class WindowBroken(MillError):
    """A file of a window cannot be read."""


class Layout(NamedTuple):
    """Places of one endpoint's monitoring, below monitoring/<endpoint>/ of the artefacts bucket."""

    bucket: str
    endpoint: str

    def place(self, name: str) -> Place:
        return Place(self.bucket, f"monitoring/{self.endpoint}/{name}")

    def plan(self, number: int) -> Place:
        return self.place(f"plans/{number:08}.json")

    def prepared(self, number: int) -> Place:
        """What is to be committed."""
        return self.place(f"prepared/{number:08}.json")

    def window(self, number: int) -> Place:
        return self.place(f"windows/{number:08}.json")

    def run(self, run_id: str) -> Place:
        """Which window a run has made, or that there was nothing new."""
        return self.place(f"runs/{run_id}.json")

    def latest(self) -> Place:
        """A hint where to begin to look for the last window; it may be late, or absent."""
        return self.place("latest.json")

    def report(self, number: int, version: str, kind: str) -> Place:
        """kind: data, quality or attributions."""
        return self.place(f"reports/window={number}/model={version}/{kind}")


def read(s3: Any, place: Place) -> dict[str, Any]:
    """A JSON object.

    Raises:
        ObjectMissing: it is not there.
        WindowBroken: it is no JSON object.
    """
    content = storage.open_object(s3, place).stream.read()
    try:
        document = json.loads(content)
    except ValueError as wrong:
        raise WindowBroken(f"{place}: is not JSON ({wrong}); put its earlier version back") from wrong
    if not isinstance(document, dict):
        raise WindowBroken(f"{place}: is no JSON object; put its earlier version back")
    return document


def write(s3: Any, place: Place, document: dict[str, Any]) -> None:
    s3.put_object(Bucket=place.bucket, Key=place.key, Body=encoded(document), ContentType=JSON)


def encoded(document: dict[str, Any]) -> bytes:
    return (json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def last(s3: Any, layout: Layout) -> int:
    """The number of the last window that was committed; 0 when there is none."""
    try:
        hint = int(read(s3, layout.latest())["window"])
    except (storage.ObjectMissing, WindowBroken, KeyError, TypeError, ValueError):
        hint = 0
    return max(hint, highest(s3, layout.place("windows/"), after=layout.window(hint).key))


def highest(s3: Any, folder: Place, *, after: str = "") -> int:
    """The greatest number that begins the name of an object in the folder; 0 when there is none.

    after: a key that all of interest come after.
    """
    found = 0
    more = {"StartAfter": after} if after else {}
    while True:
        page = s3.list_objects_v2(Bucket=folder.bucket, Prefix=folder.key, **more)
        for item in page.get("Contents", []):
            name = item["Key"][len(folder.key) :].partition(".")[0]
            found = max(found, int(name) if name.isdigit() else 0)
        if not page["IsTruncated"]:
            return found
        more = {"ContinuationToken": page["NextContinuationToken"]}


def commit(s3: Any, layout: Layout, number: int, execution_arn: str) -> bool:
    """Make the window count; whether it was this execution that did. Asked again, the answer is the same.

    Raises:
        ObjectMissing: it was not prepared.
    """
    document = {**read(s3, layout.prepared(number)), "committed_by": execution_arn}
    is_mine = storage.write_once(s3, layout.window(number), encoded(document), JSON)
    if not is_mine:
        is_mine = read(s3, layout.window(number)).get("committed_by") == execution_arn
    write(s3, layout.latest(), {"window": number})
    return is_mine
