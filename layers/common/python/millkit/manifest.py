"""The identity of a model: its archive's sha256, each member's, the facts of its training, in one JSON file.

The file's own sha256 names the model from then on: whoever has it can tell a change of one byte, in the
archive or in the facts. Sealing the same model twice gives the same bytes, written once.

A model and its manifest are each written exactly once, so a second version of either is somebody else's work,
even when its bytes are the same: it is refused, before the seal and after it. A second writing leaves a trace
only in a bucket that keeps versions.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, BinaryIO, NamedTuple, cast

from millkit import archive, storage
from millkit.errors import MillError
from millkit.storage import ObjectMissing, Place

SCHEMA = 2
MAX_MANIFEST_BYTES = 8 * 1024 * 1024
REMEDY = "train again, do not deploy it"


class ModelAltered(MillError):
    """A model or its manifest is not what was sealed."""


class Seal(NamedTuple):
    manifest_uri: str
    sha256: str


class _Hashing:
    """A stream that keeps the sha256 of all that has been read through it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()
        self.size_bytes = 0

    def read(self, size: int = -1) -> bytes:
        chunk = self._stream.read(size)
        self.digest.update(chunk)
        self.size_bytes += len(chunk)
        return chunk


def seal(s3: Any, model_uri: str, manifest_uri: str, facts: Mapping[str, Any]) -> Seal:
    """Write the manifest of the archive at `model_uri`.

    Raises:
        ArchiveRefused: the archive is broken or dangerous.
        ModelAltered: somebody has written it, or another manifest, besides the training job and this.
        ObjectMissing: there is none.
    """
    version, stream = _open_only_version(s3, model_uri)
    files = [
        {"name": member.name, "size_bytes": member.size_bytes, "sha256": member.sha256}
        for member in archive.members(cast(BinaryIO, stream), model_uri)
    ]
    if not files:
        raise archive.ArchiveRefused(f"{model_uri}: holds no file; the training job saved no model")
    document = {
        "schema": SCHEMA,
        "model_uri": model_uri,
        "archive": {"sha256": _finish(stream), "size_bytes": stream.size_bytes, "version_id": version},
        "members": files,
        "facts": facts,
    }
    content = json.dumps(document, sort_keys=True, indent=2, ensure_ascii=False).encode()
    if len(content) > MAX_MANIFEST_BYTES:
        raise archive.ArchiveRefused(f"{model_uri}: the names of its files are too long; pack fewer")
    sha256 = hashlib.sha256(content).hexdigest()
    # A run that died after writing has left these bytes; a second version of them would be refused.
    if not storage.write_once(s3, Place.parse(manifest_uri), content, "application/json"):
        _, there = _open_only_version(s3, manifest_uri)
        _expect(manifest_uri, sha256, _finish(there))
    return Seal(manifest_uri, sha256)


def verify(s3: Any, model_uri: str, manifest_uri: str, sha256: str) -> str:
    """The manifest's sha256, once manifest and archive are known to be as sealed.

    Raises:
        ModelAltered: saying which of them is not, and in what.
        ObjectMissing: one of them is gone.
    """
    _, stream = _open_only_version(s3, manifest_uri)
    content = stream.read(MAX_MANIFEST_BYTES)
    _expect(manifest_uri, sha256, _finish(stream))
    document = json.loads(content)
    if document["schema"] != SCHEMA:
        what = f"is of schema {document['schema']}, and {SCHEMA} is expected"
        raise ModelAltered(f"{manifest_uri}: {what}; train again")
    if document["model_uri"] != model_uri:
        raise ModelAltered(
            f"{manifest_uri}: seals {document['model_uri']}, not {model_uri}; pass the model's own"
        )
    version, stream = _open_only_version(s3, model_uri)
    if version != document["archive"]["version_id"]:
        what = f"is version {version}, sealed was {document['archive']['version_id']}"
        raise ModelAltered(f"{model_uri}: {what}; {REMEDY}")
    _expect(model_uri, document["archive"]["sha256"], _finish(stream))
    return sha256


def _open_only_version(s3: Any, uri: str) -> tuple[str, _Hashing]:
    """The id and the content of an object that has been written once."""
    place = Place.parse(uri)
    found = storage.versions(s3, place)
    if not found:
        raise ObjectMissing(f"{uri}: does not exist; was it deleted?")
    if len(found) > 1:
        raise ModelAltered(f"{uri}: has been written or deleted {len(found)} times, not once; {REMEDY}")
    opened = storage.open_object(s3, place)
    if [opened.version_id] != found:
        raise ModelAltered(f"{uri}: was written while it was looked at; {REMEDY}")
    return opened.version_id, _Hashing(opened.stream)


def _finish(stream: _Hashing) -> str:
    while stream.read(archive.CHUNK_BYTES):
        pass
    return stream.digest.hexdigest()


def _expect(uri: str, sealed: str, found: str) -> None:
    if found != sealed:
        raise ModelAltered(f"{uri}: sha256 is {found}, sealed was {sealed}; {REMEDY}")
