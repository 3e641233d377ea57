"""Which versions of which objects a training reads: a list of them in S3, with a digest over it.

One JSON line for each CSV file, in the order of their keys. The file is named by its own sha256, so that to
write it twice changes nothing and nobody's list is ever replaced by another one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from millkit import dataset, heads, storage
from millkit.storage import Place

NAME_LENGTH = 16
KIND = "application/jsonl"


class Listed(NamedTuple):
    """Where the list lies, its sha256, and how many files it has and how large they are together."""

    uri: str
    sha256: str
    files: int
    size_bytes: int


def keep(s3: Any, data_uri: str, folder_uri: str) -> Listed:
    """Write the list of what lies at `data_uri` now into the folder.

    Raises:
        ObjectMissing: there is no such bucket.
        StorageFailed: S3 does not list the versions, or does not take the file.
    """
    found = list(_versions(s3, Place.parse(data_uri)))
    content = b"".join(json.dumps(one, ensure_ascii=False).encode() + b"\n" for one in found)
    sha256 = hashlib.sha256(content).hexdigest()
    uri = f"{folder_uri}/{sha256[:NAME_LENGTH]}.jsonl"
    storage.write_once(s3, Place.parse(uri), content, KIND)
    return Listed(uri, sha256, len(found), sum(one["size_bytes"] for one in found))


def _versions(s3: Any, place: Place) -> Iterator[dict[str, Any]]:
    for item in storage.list_current_versions(s3, place):
        if dataset.is_table(heads.file_name(place.key, item["Key"])):
            yield {
                "key": item["Key"],
                "version_id": item["VersionId"],
                "size_bytes": item["Size"],
                "etag": item["ETag"].strip('"'),
            }
