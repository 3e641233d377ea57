"""S3's tables, ARNs and the look-ups that every operation starts with."""

import json
import sqlite3
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import AwsError, Service

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

SCHEMA = """
create table if not exists s3_bucket (
  name text primary key, region text not null, created_s real not null, versioning text
);
create table if not exists s3_document (
  bucket text not null, kind text not null, body text not null, primary key (bucket, kind)
);
create table if not exists s3_object (
  seq integer primary key autoincrement,
  bucket text not null, key text not null, version_id text not null,
  is_latest integer not null, is_marker integer not null,
  blob text, size integer not null, etag text not null, modified_s real not null,
  facts text not null, checksums text not null, tags text not null, part_sizes text not null, attempt text,
  unique (bucket, key, version_id)
);
create index if not exists s3_object_latest on s3_object (bucket, is_latest, key);
create index if not exists s3_object_attempt on s3_object (attempt) where attempt is not null;
create table if not exists s3_upload (
  upload_id text primary key, bucket text not null, key text not null, initiated_s real not null,
  algorithm text, checksum_type text, facts text not null, tags text not null
);
create table if not exists s3_part (
  upload_id text not null, number integer not null, blob text not null, size integer not null,
  etag text not null, modified_s real not null, checksums text not null, primary key (upload_id, number)
);
create table if not exists s3_sequencer (
  only_row integer primary key check (only_row = 1), value integer not null
);
insert or ignore into s3_sequencer values (1, 0);
"""

SERVICE = Service("s3", SCHEMA)

NULL_VERSION = "null"


def bucket_arn(_cloud: "Cloud", params: dict[str, Any]) -> list[str]:
    return [f"arn:aws:s3:::{params['Bucket']}"]


def object_arn(_cloud: "Cloud", params: dict[str, Any]) -> list[str]:
    return [f"arn:aws:s3:::{params['Bucket']}/{params['Key']}"]


def find_bucket(cloud: "Cloud", name: str) -> sqlite3.Row:
    rows = cloud.store.query("select * from s3_bucket where name = ?", (name,))
    if not rows:
        raise AwsError("NoSuchBucket", "The specified bucket does not exist", 404, BucketName=name)
    return rows[0]


def find_document(cloud: "Cloud", bucket: str, kind: str) -> Any:
    """The bucket's document as it was put, or None."""
    rows = cloud.store.query("select body from s3_document where bucket = ? and kind = ?", (bucket, kind))
    return json.loads(rows[0]["body"]) if rows else None


def find_latest(cloud: "Cloud", bucket: str, key: str) -> sqlite3.Row | None:
    """The key's newest version, which may be a delete marker."""
    rows = cloud.store.query(
        "select * from s3_object where bucket = ? and key = ? and is_latest = 1", (bucket, key)
    )
    return rows[0] if rows else None


def find_object(cloud: "Cloud", bucket: str, key: str, version_id: str | None) -> sqlite3.Row:
    """The version asked for, or the newest.

    Raises: NoSuchBucket, NoSuchKey, NoSuchVersion; MethodNotAllowed for a delete marker named by its id.
    """
    find_bucket(cloud, bucket)
    if version_id is None:
        row = find_latest(cloud, bucket, key)
        if row is None or row["is_marker"]:
            raise AwsError("NoSuchKey", "The specified key does not exist.", 404, Key=key)
        return row
    rows = cloud.store.query(
        "select * from s3_object where bucket = ? and key = ? and version_id = ?", (bucket, key, version_id)
    )
    if not rows:
        raise AwsError(
            "NoSuchVersion", "The specified version does not exist.", 404, Key=key, VersionId=version_id
        )
    if rows[0]["is_marker"]:
        raise AwsError("MethodNotAllowed", "The specified method is not allowed against this resource.", 405)
    return rows[0]
