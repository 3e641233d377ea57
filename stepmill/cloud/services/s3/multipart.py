"""Multipart uploads: begun, completed from their parts, aborted, listed."""

import hashlib
import json
import sqlite3
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.s3.blobs import OBJECT_LIMIT_BYTES, Blob, Blobs
from stepmill.cloud.services.s3.checksums import DEFAULT_ALGORITHM, asked_algorithm, composite, field_of
from stepmill.cloud.services.s3.facts import check_key, facts_of, shown_encryption, tags_of
from stepmill.cloud.services.s3.listing import encoder, fold, page_size
from stepmill.cloud.services.s3.objects import Write, record, stored_answer
from stepmill.cloud.services.s3.parts import find_upload
from stepmill.cloud.services.s3.tables import SERVICE, bucket_arn, find_bucket, find_document, object_arn

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

# Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
SMALLEST_PART_BYTES = 5 * 1024**2
FULL_OBJECT_ONLY = ("CRC64NVME",)
COMPOSITE_ONLY = ("SHA1", "SHA256", "SHA512")


@SERVICE.operation("CreateMultipartUpload", action="s3:PutObject", resources=object_arn)
def create_multipart_upload(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    check_key(params["Key"])
    find_bucket(cloud, params["Bucket"])
    facts = facts_of(params, find_document(cloud, params["Bucket"], "BucketEncryption"))
    algorithm = asked_algorithm(params)
    kind = checksum_type(algorithm, params.get("ChecksumType"))
    upload_id = uuid.uuid4().hex
    with cloud.store.transaction() as conn:
        conn.execute(
            "insert into s3_upload values (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                upload_id,
                params["Bucket"],
                params["Key"],
                cloud.clock.time(),
                algorithm,
                kind,
                json.dumps(facts),
                json.dumps(tags_of(params.get("Tagging", ""))),
            ),
        )
    answer: Answer = {"Bucket": params["Bucket"], "Key": params["Key"], "UploadId": upload_id}
    if algorithm is not None:
        answer |= {"ChecksumAlgorithm": algorithm, "ChecksumType": kind}
    return answer | shown_encryption(facts)


def checksum_type(algorithm: str | None, asked: str | None) -> str:
    """Raises: InvalidRequest for a pair that S3 does not know."""
    if algorithm is None:
        return "FULL_OBJECT"
    kind = asked or ("FULL_OBJECT" if algorithm in FULL_OBJECT_ONLY else "COMPOSITE")
    if kind not in ("FULL_OBJECT", "COMPOSITE"):
        raise AwsError("InvalidRequest", f"Value for x-amz-checksum-type header is invalid: {kind}")
    if kind == (
        "COMPOSITE" if algorithm in FULL_OBJECT_ONLY else "FULL_OBJECT" if algorithm in COMPOSITE_ONLY else ""
    ):
        raise AwsError(
            "InvalidRequest",
            f"The {kind} checksum type cannot be used with the {algorithm.lower()} checksum algorithm.",
        )
    return kind


@SERVICE.operation("CompleteMultipartUpload", action="s3:PutObject", resources=object_arn)
def complete_multipart_upload(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    # A client that did not get the answer completes again: it is told what the first one was told.
    attempt = f"upload/{params['UploadId']}"
    known = cloud.store.query("select * from s3_object where attempt = ?", (attempt,))
    if known and (known[0]["bucket"], known[0]["key"]) == (params["Bucket"], params["Key"]):
        return completed_answer(cloud, known[0])
    upload = find_upload(cloud, params)
    rows = chosen_parts(cloud, upload, params.get("MultipartUpload", {}).get("Parts", []))
    algorithm = upload["algorithm"] or DEFAULT_ALGORITHM
    blobs = cloud.state(Blobs)
    blob = blobs.write(blobs.pieces([row["blob"] for row in rows]), algorithm, OBJECT_LIMIT_BYTES)
    try:
        checksums = whole_checksums(upload, algorithm, rows, blob, params)
        digest = hashlib.md5(b"".join(bytes.fromhex(row["etag"]) for row in rows), usedforsecurity=False)
        write = Write(
            params["Bucket"],
            params["Key"],
            blob,
            f"{digest.hexdigest()}-{len(rows)}",
            json.loads(upload["facts"]),
            checksums,
            json.loads(upload["tags"]),
            "CompleteMultipartUpload",
            [row["size"] for row in rows],
            params.get("IfMatch"),
            params.get("IfNoneMatch"),
        )
        with cloud.store.transaction():
            find_upload(cloud, params)
            row = record(cloud, replace(request, attempt=attempt), write)
            dropped = remove_upload(cloud, upload["upload_id"])
    except BaseException:
        blobs.drop([blob.name])
        raise
    blobs.drop(dropped)
    return completed_answer(cloud, row)


def completed_answer(cloud: "Cloud", row: sqlite3.Row) -> Answer:
    location = f"{cloud.endpoint_url}/{row['bucket']}/{quote(row['key'])}"
    return {"Bucket": row["bucket"], "Key": row["key"], "Location": location, **stored_answer(row)}


def chosen_parts(cloud: "Cloud", upload: sqlite3.Row, named: list[dict[str, Any]]) -> list[sqlite3.Row]:
    """The parts named. Raises: MalformedXML, InvalidPart, InvalidPartOrder, EntityTooSmall."""
    if not named:
        raise AwsError("MalformedXML", "The XML you provided was not well-formed: name at least one part")
    numbers = [int(each["PartNumber"]) for each in named]
    if numbers != sorted(set(numbers)):
        raise AwsError("InvalidPartOrder", "The list of parts was not in ascending order.")
    kept = {
        row["number"]: row
        for row in cloud.store.query("select * from s3_part where upload_id = ?", (upload["upload_id"],))
    }
    rows = []
    for each, number in zip(named, numbers, strict=True):
        row = kept.get(number)
        if row is None or each.get("ETag", "").strip('"') != row["etag"] or not same_checksums(each, row):
            raise AwsError(
                "InvalidPart",
                "One or more of the specified parts could not be found. The part may not have been "
                "uploaded, or the specified entity tag may not match the part's entity tag.",
                PartNumber=number,
            )
        rows.append(row)
    if any(row["size"] < SMALLEST_PART_BYTES for row in rows[:-1]):
        raise AwsError("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
    return rows


def same_checksums(named: dict[str, Any], row: sqlite3.Row) -> bool:
    kept = json.loads(row["checksums"])
    return all(kept.get(name) == value for name, value in named.items() if name.startswith("Checksum"))


def whole_checksums(
    upload: sqlite3.Row, algorithm: str, rows: list[sqlite3.Row], blob: Blob, params: dict[str, Any]
) -> dict[str, str]:
    """Raises: BadDigest when the caller announced another value."""
    name = field_of(algorithm)
    if upload["checksum_type"] == "FULL_OBJECT":
        value = blob.digests.checksum
    else:
        value = composite(algorithm, [json.loads(row["checksums"])[name] for row in rows])
    if params.get(name) not in (None, value):
        raise AwsError("BadDigest", f"The {algorithm} you specified did not match the calculated checksum.")
    if params.get("MpuObjectSize") is not None and int(params["MpuObjectSize"]) != blob.size:
        raise AwsError(
            "InvalidRequest",
            "The provided 'x-amz-mp-object-size' header value does not match what was computed",
        )
    return {name: value, "ChecksumType": upload["checksum_type"]}


def remove_upload(cloud: "Cloud", upload_id: str) -> list[str | None]:
    """Forget the upload; answers the parts' blobs, to be dropped once the transaction is done."""
    with cloud.store.transaction() as conn:
        conn.execute("delete from s3_upload where upload_id = ?", (upload_id,))
        rows = conn.execute("delete from s3_part where upload_id = ? returning blob", (upload_id,)).fetchall()
    return [row["blob"] for row in rows]


@SERVICE.operation("AbortMultipartUpload", resources=object_arn)
def abort_multipart_upload(cloud: "Cloud", request: Request) -> Answer:
    with cloud.store.transaction():
        upload = find_upload(cloud, request.params)
        dropped = remove_upload(cloud, upload["upload_id"])
    cloud.state(Blobs).drop(dropped)
    return {}


@SERVICE.operation("ListMultipartUploads", action="s3:ListBucketMultipartUploads", resources=bucket_arn)
def list_multipart_uploads(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    bucket = find_bucket(cloud, params["Bucket"])["name"]
    limit, encode = page_size(params, "MaxUploads"), encoder(params)
    prefix, delimiter = params.get("Prefix", ""), params.get("Delimiter", "")
    rows = cloud.store.query(
        "select * from s3_upload where bucket = ?1 and substr(key, 1, length(?2)) = ?2"
        " and (key > ?3 or (key = ?3 and ?4 != '' and upload_id > ?4)) order by key, upload_id",
        (bucket, prefix, params.get("KeyMarker", ""), params.get("UploadIdMarker", "")),
    )
    uploads = [row for row in rows if fold(row["key"], prefix, delimiter) is None]
    folded = sorted({common for row in rows if (common := fold(row["key"], prefix, delimiter)) is not None})
    shown = uploads[:limit]
    answer: Answer = {
        "Bucket": bucket,
        "KeyMarker": encode(params.get("KeyMarker", "")),
        "UploadIdMarker": params.get("UploadIdMarker", ""),
        "Prefix": encode(prefix),
        "MaxUploads": limit,
        "IsTruncated": len(uploads) > limit,
        "Uploads": [
            {
                "Key": encode(row["key"]),
                "UploadId": row["upload_id"],
                "Initiated": datetime.fromtimestamp(int(row["initiated_s"]), UTC),
                "StorageClass": json.loads(row["facts"]).get("StorageClass", "STANDARD"),
            }
            for row in shown
        ],
        "CommonPrefixes": [{"Prefix": encode(each)} for each in folded],
    }
    if params.get("EncodingType"):
        answer["EncodingType"] = params["EncodingType"]
    if shown and len(uploads) > limit:
        answer |= {"NextKeyMarker": encode(shown[-1]["key"]), "NextUploadIdMarker": shown[-1]["upload_id"]}
    return answer
