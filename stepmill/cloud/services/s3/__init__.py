"""S3, for real: versions, multipart uploads, checksums, conditions, events; bytes on disk, rows in SQLite.

Not here: customer keys (SSE-C), object locks, ACLs other than the owner's, replication, static web
sites, S3 Select, storage class transitions; bucket policies are kept and not evaluated.
"""

from stepmill.cloud.services.s3 import (
    buckets,
    copying,
    deleting,
    documents,
    listing,
    multipart,
    notifications,
    objects,
    parts,
    reading,
    tagging,
    versions,
)
from stepmill.cloud.services.s3.tables import SERVICE

__all__ = [
    "SERVICE",
    "buckets",
    "copying",
    "deleting",
    "documents",
    "listing",
    "multipart",
    "notifications",
    "objects",
    "parts",
    "reading",
    "tagging",
    "versions",
]
