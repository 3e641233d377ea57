"""The parts of a multipart upload: sent, copied, listed."""

import json
import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.s3.blobs import Blob, Blobs, read_pieces
from stepmill.cloud.services.s3.buckets import owner
from stepmill.cloud.services.s3.checksums import DEFAULT_ALGORITHM, asked_algorithm, field_of
from stepmill.cloud.services.s3.copying import find_source
from stepmill.cloud.services.s3.reading import modified, parse_range
from stepmill.cloud.services.s3.tables import NULL_VERSION, SERVICE, find_bucket, object_arn

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

PART_LIMIT = 10_000


def find_upload(cloud: "Cloud", params: dict[str, Any]) -> sqlite3.Row:
    find_bucket(cloud, params["Bucket"])
    rows = cloud.store.query(
        "select * from s3_upload where upload_id = ? and bucket = ? and key = ?",
        (params["UploadId"], params["Bucket"], params["Key"]),
    )
    if not rows:
        raise AwsError(
            "NoSuchUpload",
            "The specified upload does not exist. The upload ID may be invalid, or the upload may have been "
            "aborted or completed.",
            404,
            UploadId=params["UploadId"],
        )
    return rows[0]


@SERVICE.operation("UploadPart", action="s3:PutObject", resources=object_arn)
def upload_part(cloud: "Cloud", request: Request) -> Answer:
    blob, checksums = keep_part(cloud, request, read_pieces(request.body))
    return {"ETag": f'"{blob.digests.md5.hex()}"', **checksums}


@SERVICE.operation("UploadPartCopy", action="s3:PutObject", resources=object_arn)
def upload_part_copy(cloud: "Cloud", request: Request) -> Answer:
    source = find_source(cloud, request)
    start, length = 0, source["size"]
    if request.params.get("CopySourceRange") is not None:
        start, length = parse_range(request.params["CopySourceRange"], source["size"])
    with cloud.state(Blobs).open(source["blob"], start, length) as file:
        blob, checksums = keep_part(cloud, request, read_pieces(file))
    answer: Answer = {
        "CopyPartResult": {
            "ETag": f'"{blob.digests.md5.hex()}"',
            "LastModified": modified(source),
            **checksums,
        }
    }
    if source["version_id"] != NULL_VERSION:
        answer["CopySourceVersionId"] = source["version_id"]
    return answer


def keep_part(cloud: "Cloud", request: Request, pieces: Iterable[bytes]) -> tuple[Blob, dict[str, str]]:
    """Write the part and its row; a part sent again replaces the first. Raises: NoSuchUpload, BadDigest."""
    params = request.params
    number = int(params["PartNumber"])
    if not 1 <= number <= PART_LIMIT:
        raise AwsError(
            "InvalidArgument", f"Part number must be an integer between 1 and {PART_LIMIT}, inclusive"
        )
    upload = find_upload(cloud, params)
    algorithm = asked_algorithm(params) or upload["algorithm"] or DEFAULT_ALGORITHM
    if upload["algorithm"] is not None and algorithm != upload["algorithm"]:
        raise AwsError(
            "InvalidRequest",
            f"Checksum Type mismatch occurred, expected checksum Type: {upload['algorithm'].lower()}, "
            f"actual checksum Type: {algorithm.lower()}",
        )
    blobs = cloud.state(Blobs)
    blob = blobs.write(pieces, algorithm)
    checksums = {field_of(algorithm): blob.digests.checksum}
    try:
        blob.digests.verify(params)
        with cloud.store.transaction() as conn:
            find_upload(cloud, params)
            args = (params["UploadId"], number)
            replaced = conn.execute(
                "delete from s3_part where upload_id = ? and number = ? returning blob", args
            ).fetchall()
            etag = blob.digests.md5.hex()
            row = (*args, blob.name, blob.size, etag, cloud.clock.time(), json.dumps(checksums))
            conn.execute("insert into s3_part values (?, ?, ?, ?, ?, ?, ?)", row)
    except BaseException:
        blobs.drop([blob.name])
        raise
    blobs.drop(each["blob"] for each in replaced)
    return blob, checksums


@SERVICE.operation("ListParts", action="s3:ListMultipartUploadParts", resources=object_arn)
def list_parts(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    upload = find_upload(cloud, params)
    limit = min(int(params.get("MaxParts", 1000)), 1000)
    after = int(params.get("PartNumberMarker", 0))
    rows = cloud.store.query(
        "select * from s3_part where upload_id = ? and number > ? order by number limit ?",
        (upload["upload_id"], after, limit + 1),
    )
    shown = rows[:limit]
    answer: Answer = {
        "Bucket": upload["bucket"],
        "Key": upload["key"],
        "UploadId": upload["upload_id"],
        "PartNumberMarker": after,
        "MaxParts": limit,
        "IsTruncated": len(rows) > limit,
        "Parts": [describe_part(row) for row in shown],
        "Initiator": owner(cloud),
        "Owner": owner(cloud),
        "StorageClass": json.loads(upload["facts"]).get("StorageClass", "STANDARD"),
    }
    if upload["algorithm"] is not None:
        answer |= {"ChecksumAlgorithm": upload["algorithm"], "ChecksumType": upload["checksum_type"]}
    if shown:
        answer["NextPartNumberMarker"] = shown[-1]["number"]
    return answer


def describe_part(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "PartNumber": row["number"],
        "LastModified": datetime.fromtimestamp(int(row["modified_s"]), UTC),
        "ETag": f'"{row["etag"]}"',
        "Size": row["size"],
        **json.loads(row["checksums"]),
    }
