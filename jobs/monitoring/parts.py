"""A window's files of JSON lines, written to a temporary file each and put into S3 part by part."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import tempfile
from typing import IO, Any

from millkit.windows import Layout

PART_BYTES = 32 << 20


class Parts:
    """Records of several models, each below <folder>/window=<n>/model=<version>/."""

    def __init__(self, s3: Any, layout: Layout, folder: str, window: int, suffix: str = "jsonl") -> None:
        self._suffix = suffix
        self._s3 = s3
        self._layout = layout
        self._folder = f"{folder}/window={window}"
        self._open: dict[str, IO[bytes]] = {}
        self.counts: dict[str, int] = {}
        self.written: list[dict[str, Any]] = []

    def add(self, version: str, record: dict[str, Any]) -> None:
        line = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        self.add_line(version, line + b"\n")

    def add_cells(self, version: str, cells: dict[str, Any]) -> None:
        """A row of CSV, under a header of the first row's names; of one part only."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        if version not in self.counts:
            writer.writerow(cells)
        writer.writerow("" if value is None else value for value in cells.values())
        self.add_line(version, text.getvalue().encode("utf-8", "replace"), is_whole=True)

    def add_line(self, version: str, line: bytes, *, is_whole: bool = False) -> None:
        """is_whole: all lines go into one part."""
        if version not in self._open:
            self._open[version] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by _put
            self.counts.setdefault(version, 0)
        self._open[version].write(line)
        self.counts[version] += 1
        if self._open[version].tell() >= PART_BYTES and not is_whole:
            self._put(version)

    def close(self) -> None:
        for version in sorted(self._open):
            self._put(version)

    def uri(self, version: str) -> str:
        return str(self._layout.place(f"{self._folder}/model={version}/"))

    def _put(self, version: str) -> None:
        with self._open.pop(version) as file:
            size_bytes = file.tell()
            file.seek(0)
            digest = hashlib.sha256()
            while piece := file.read(1 << 20):
                digest.update(piece)
            file.seek(0)
            earlier = sum(one["model"] == version for one in self.written)
            place = self._layout.place(f"{self._folder}/model={version}/part-{earlier:05}.{self._suffix}")
            self._s3.put_object(Bucket=place.bucket, Key=place.key, Body=file, ContentLength=size_bytes)
        facts = {"model": version, "key": place.key, "size": size_bytes, "sha256": digest.hexdigest()}
        self.written.append(facts)


class Judged(Parts):
    """Records with their truth; for AWS's analyzer `pairs` has both values of each as CSV."""

    def __init__(self, s3: Any, layout: Layout, window: int, pairs: Parts) -> None:
        super().__init__(s3, layout, "joined", window)
        self._pairs = pairs

    def add(self, version: str, record: dict[str, Any]) -> None:
        super().add(version, record)
        self._pairs.add_cells(version, {name: record[name] for name in ("prediction", "truth")})
