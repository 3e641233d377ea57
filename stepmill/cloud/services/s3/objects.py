"""Objects put: every version a row, its bytes a blob."""

import json
import sqlite3
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.s3 import notifications
from stepmill.cloud.services.s3.blobs import Blob, Blobs, read_pieces
from stepmill.cloud.services.s3.checksums import DEFAULT_ALGORITHM, asked_algorithm, field_of
from stepmill.cloud.services.s3.facts import check_key, facts_of, shown_encryption, tags_of
from stepmill.cloud.services.s3.reading import precondition_failed
from stepmill.cloud.services.s3.tables import (
    NULL_VERSION,
    SERVICE,
    find_bucket,
    find_document,
    find_latest,
    object_arn,
)

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud


@dataclass(frozen=True)
class Write:
    """A version about to be recorded. `etag` is without quotes."""

    bucket: str
    key: str
    blob: Blob
    etag: str
    facts: dict[str, Any]
    checksums: dict[str, str]
    tags: list[dict[str, str]]
    reason: str
    part_sizes: list[int] = field(default_factory=list)
    if_match: str | None = None
    if_none_match: str | None = None


@SERVICE.operation("PutObject", resources=object_arn)
def put_object(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    check_key(params["Key"])
    # A missing bucket is told before a gigabyte is read; the row is written in a later transaction.
    find_bucket(cloud, params["Bucket"])
    encryption = find_document(cloud, params["Bucket"], "BucketEncryption")
    facts = facts_of(params, encryption)
    algorithm = asked_algorithm(params) or DEFAULT_ALGORITHM
    blobs = cloud.state(Blobs)
    blob = blobs.write(read_pieces(request.body), algorithm)
    try:
        blob.digests.verify(params)
        write = Write(
            params["Bucket"],
            params["Key"],
            blob,
            blob.digests.md5.hex(),
            facts,
            {field_of(algorithm): blob.digests.checksum, "ChecksumType": "FULL_OBJECT"},
            tags_of(params.get("Tagging", "")),
            "PutObject",
            if_match=params.get("IfMatch"),
            if_none_match=params.get("IfNoneMatch"),
        )
        row = record(cloud, request, write)
    except BaseException:
        blobs.drop([blob.name])
        raise
    return stored_answer(row)


def stored_answer(row: sqlite3.Row) -> Answer:
    answer: Answer = {"ETag": f'"{row["etag"]}"', **json.loads(row["checksums"])}
    answer |= shown_encryption(json.loads(row["facts"]))
    if row["version_id"] != NULL_VERSION:
        answer["VersionId"] = row["version_id"]
    return answer


def record(cloud: "Cloud", request: Request, write: Write) -> sqlite3.Row:
    """Make the blob the key's newest version and note its event; both or neither.

    The same attempt again answers the row of the first and drops the new blob.
    Raises: PreconditionFailed, NoSuchBucket.
    """
    with cloud.store.transaction() as conn:
        if request.attempt is not None and (
            known := cloud.store.query("select * from s3_object where attempt = ?", (request.attempt,))
        ):
            dropped: list[str | None] = [write.blob.name]
            row = known[0]
        else:
            check_preconditions(find_latest(cloud, write.bucket, write.key), write)
            dropped, version_id = make_room(cloud, conn, write.bucket, write.key)
            row = insert(conn, cloud, request, write, version_id)
            notifications.tell_created(cloud, row, write.reason)
    cloud.state(Blobs).drop(dropped)
    return row


def check_preconditions(latest: sqlite3.Row | None, write: Write) -> None:
    """Raises: PreconditionFailed for a conditional write whose condition does not hold."""
    is_there = latest is not None and not latest["is_marker"]
    if write.if_none_match is not None and is_there:
        raise precondition_failed("If-None-Match")
    if write.if_match is not None:
        if not is_there:
            raise AwsError("NoSuchKey", "The specified key does not exist.", 404, Key=write.key)
        if latest is not None and write.if_match.strip('"') != latest["etag"]:
            raise precondition_failed("If-Match")


def make_room(
    cloud: "Cloud", conn: sqlite3.Connection, bucket: str, key: str
) -> tuple[list[str | None], str]:
    """Take "newest" from the key's versions; answer the blobs to be replaced, and the new version id."""
    versioning = find_bucket(cloud, bucket)["versioning"]
    conn.execute(
        "update s3_object set is_latest = 0 where bucket = ? and key = ? and is_latest = 1", (bucket, key)
    )
    if versioning == "Enabled":
        return [], uuid.uuid4().hex
    replaced = conn.execute(
        "delete from s3_object where bucket = ? and key = ? and version_id = ? returning blob",
        (bucket, key, NULL_VERSION),
    ).fetchall()
    return [row["blob"] for row in replaced], NULL_VERSION


def insert(
    conn: sqlite3.Connection, cloud: "Cloud", request: Request, write: Write, version_id: str
) -> sqlite3.Row:
    row: sqlite3.Row = conn.execute(
        "insert into s3_object (bucket, key, version_id, is_latest, is_marker, blob, size, etag, modified_s,"
        " facts, checksums, tags, part_sizes, attempt)"
        " values (?, ?, ?, 1, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?) returning *",
        (
            write.bucket,
            write.key,
            version_id,
            write.blob.name,
            write.blob.size,
            write.etag,
            cloud.clock.time(),
            json.dumps(write.facts),
            json.dumps(write.checksums),
            json.dumps(write.tags),
            json.dumps(write.part_sizes),
            request.attempt,
        ),
    ).fetchone()
    return row


@SERVICE.on_start
def sweep(cloud: "Cloud") -> None:
    """Remove what a crash left: blobs without a row."""
    rows = cloud.store.query(
        "select blob from s3_object where blob is not null union all select blob from s3_part"
    )
    cloud.state(Blobs).sweep({row["blob"] for row in rows})
