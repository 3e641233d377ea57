"""Objects as files, for services of this process that read them where they lie. Nothing is checked here."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stepmill.cloud.services.s3.blobs import Blobs
from stepmill.cloud.services.s3.tables import find_bucket

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

LAST_CHARACTER = "\U0010ffff"


@dataclass(frozen=True)
class StoredFile:
    """An overwrite or deletion of the object may remove the file at any moment."""

    key: str
    path: Path
    size: int


def files_below(cloud: "Cloud", bucket: str, prefix: str) -> list[StoredFile]:
    """The newest versions of the objects with the prefix, by key. Raises: AwsError NoSuchBucket."""
    find_bucket(cloud, bucket)
    rows = cloud.store.query(
        "select key, blob, size from s3_object where bucket = ? and is_latest = 1 and not is_marker "
        "and key >= ? and key < ? order by key",
        (bucket, prefix, prefix + LAST_CHARACTER),
    )
    blobs = cloud.state(Blobs)
    return [StoredFile(row["key"], blobs.path(row["blob"]), row["size"]) for row in rows]
