"""The identity of a model: its archive's sha256, each member's, the facts of its training, in one JSON file.

The file's own sha256 names the model from then on: whoever has it can tell a change of one byte, in the
archive or in the facts. Sealing the same model twice gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, BinaryIO, NamedTuple, cast

from millkit import archive, storage
from millkit.errors import MillError
from millkit.storage import Place

SCHEMA = 1


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
        ObjectMissing: there is none.
    """
    stream = _Hashing(storage.open_object(s3, Place.parse(model_uri)))
    files = [
        {"name": member.name, "size_bytes": member.size_bytes, "sha256": member.sha256}
        for member in archive.members(cast(BinaryIO, stream), model_uri)
    ]
    if not files:
        raise archive.ArchiveRefused(f"{model_uri}: holds no file; the training job saved no model")
    document = {
        "schema": SCHEMA,
        "model_uri": model_uri,
        "archive": {"sha256": _finish(stream), "size_bytes": stream.size_bytes},
        "members": files,
        "facts": facts,
    }
    content = json.dumps(document, sort_keys=True, indent=2, ensure_ascii=False).encode()
    storage.write_document(s3, Place.parse(manifest_uri), content, "application/json")
    return Seal(manifest_uri, hashlib.sha256(content).hexdigest())


def verify(s3: Any, model_uri: str, manifest_uri: str, sha256: str) -> str:
    """The manifest's sha256, once manifest and archive are known to be as sealed.

    Raises:
        ModelAltered: saying which of them is not, with both sums.
        ObjectMissing: one of them is gone.
    """
    content = storage.read_document(s3, Place.parse(manifest_uri))
    _expect(manifest_uri, sha256, hashlib.sha256(content).hexdigest())
    document = json.loads(content)
    if document["model_uri"] != model_uri:
        raise ModelAltered(
            f"{manifest_uri}: seals {document['model_uri']}, not {model_uri}; pass the model's own"
        )
    stream = _Hashing(storage.open_object(s3, Place.parse(model_uri)))
    _expect(model_uri, document["archive"]["sha256"], _finish(stream))
    return sha256


def _finish(stream: _Hashing) -> str:
    while stream.read(archive.CHUNK_BYTES):
        pass
    return stream.digest.hexdigest()


def _expect(uri: str, sealed: str, found: str) -> None:
    if found != sealed:
        raise ModelAltered(f"{uri}: sha256 is {found}, sealed was {sealed}; train again, do not deploy it")
