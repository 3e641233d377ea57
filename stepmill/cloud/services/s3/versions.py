"""Versions listed: every version and delete marker, newest first within a key."""

import sqlite3
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, Request
from stepmill.cloud.services.s3.buckets import owner
from stepmill.cloud.services.s3.listing import describe, encoder, fold, page_size
from stepmill.cloud.services.s3.reading import modified
from stepmill.cloud.services.s3.tables import SERVICE, bucket_arn, find_bucket

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud


@SERVICE.operation("ListObjectVersions", action="s3:ListBucketVersions", resources=bucket_arn)
def list_object_versions(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    bucket = find_bucket(cloud, params["Bucket"])["name"]
    limit = page_size(params)
    prefix, delimiter, encode = params.get("Prefix", ""), params.get("Delimiter", ""), encoder(params)
    answer: Answer = {
        "Name": bucket,
        "Prefix": encode(prefix),
        "KeyMarker": encode(params.get("KeyMarker", "")),
        "VersionIdMarker": params.get("VersionIdMarker", ""),
        "MaxKeys": limit,
        "IsTruncated": False,
        "Versions": [],
        "DeleteMarkers": [],
        "CommonPrefixes": [],
    }
    if params.get("EncodingType"):
        answer["EncodingType"] = params["EncodingType"]
    if delimiter:
        answer["Delimiter"] = encode(delimiter)
    count = 0
    last: sqlite3.Row | None = None
    for row in version_rows(cloud, bucket, prefix, params):
        folded = fold(row["key"], prefix, delimiter)
        entry = {"Prefix": encode(folded)} if folded is not None else None
        if entry in answer["CommonPrefixes"]:
            last = row
            continue
        if count == limit:
            answer["IsTruncated"] = True
            if last is not None:
                answer |= {"NextKeyMarker": encode(last["key"]), "NextVersionIdMarker": last["version_id"]}
            break
        count += 1
        last = row
        if entry is not None:
            answer["CommonPrefixes"].append(entry)
        else:
            add_version(cloud, answer, row, encode)
    return answer


def version_rows(cloud: "Cloud", bucket: str, prefix: str, params: dict[str, Any]) -> Iterator[sqlite3.Row]:
    """All versions, newest first within a key, from after the markers on."""
    key_marker, version_marker = params.get("KeyMarker", ""), params.get("VersionIdMarker")
    seq = None
    if version_marker:
        found = cloud.store.query(
            "select seq from s3_object where bucket = ? and key = ? and version_id = ?",
            (bucket, key_marker, version_marker),
        )
        seq = found[0]["seq"] if found else None
    rows = cloud.store.query(
        "select * from s3_object where bucket = ?1 and key >= ?2 and substr(key, 1, length(?2)) = ?2"
        " and (key > ?3 or (key = ?3 and seq < ?4)) order by key, seq desc",
        (bucket, prefix, key_marker, -1 if seq is None else seq),
    )
    yield from rows


def add_version(cloud: "Cloud", answer: Answer, row: sqlite3.Row, encode: Any) -> None:
    named = {"VersionId": row["version_id"], "IsLatest": bool(row["is_latest"])}
    if row["is_marker"]:
        marker = {"Key": encode(row["key"]), "LastModified": modified(row), "Owner": owner(cloud), **named}
        answer["DeleteMarkers"].append(marker)
    else:
        answer["Versions"].append({**describe(cloud, row, encode, {"FetchOwner": True}), **named})
