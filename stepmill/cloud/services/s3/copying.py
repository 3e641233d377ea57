"""CopyObject, and where any copy comes from."""

import json
import sqlite3
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.s3.blobs import Blobs
from stepmill.cloud.services.s3.checksums import DEFAULT_ALGORITHM, asked_algorithm, field_of
from stepmill.cloud.services.s3.facts import ENCRYPTION, check_key, default_encryption, facts_of, tags_of
from stepmill.cloud.services.s3.objects import Write, record, stored_answer
from stepmill.cloud.services.s3.reading import matches, modified, precondition_failed
from stepmill.cloud.services.s3.tables import (
    NULL_VERSION,
    SERVICE,
    find_bucket,
    find_document,
    find_object,
    object_arn,
)

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud


def find_source(cloud: "Cloud", request: Request) -> sqlite3.Row:
    """The version that CopySource names: `bucket/key[?versionId=…]`, URL-encoded, or boto3's dictionary.

    The caller must be allowed to read it. Raises: InvalidArgument, PreconditionFailed, NoSuchKey.
    """
    source = request.params["CopySource"]
    if isinstance(source, dict):
        bucket, key, version_id = source["Bucket"], source["Key"], source.get("VersionId")
    else:
        place, _, version_id = source.partition("?versionId=")
        bucket, _, key = unquote(place).removeprefix("/").partition("/")
    if not bucket or not key:
        raise AwsError(
            "InvalidArgument", "Copy Source must mention the source bucket and key: sourcebucket/sourcekey"
        )
    cloud.allow(request.principal, "s3:GetObject", f"arn:aws:s3:::{bucket}/{key}")
    row = find_object(cloud, bucket, key, version_id or None)
    check_source(row, request.params)
    return row


def check_source(row: sqlite3.Row, params: dict[str, Any]) -> None:
    wanted, unwanted = params.get("CopySourceIfMatch"), params.get("CopySourceIfNoneMatch")
    if wanted is not None and not matches(wanted, row["etag"]):
        raise precondition_failed("x-amz-copy-source-If-Match")
    if unwanted is not None and matches(unwanted, row["etag"]):
        raise precondition_failed("x-amz-copy-source-If-None-Match")
    since, until = params.get("CopySourceIfModifiedSince"), params.get("CopySourceIfUnmodifiedSince")
    if since is not None and modified(row) <= since:
        raise precondition_failed("x-amz-copy-source-If-Modified-Since")
    if until is not None and modified(row) > until:
        raise precondition_failed("x-amz-copy-source-If-Unmodified-Since")


@SERVICE.operation("CopyObject", action="s3:PutObject", resources=object_arn)
def copy_object(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    check_key(params["Key"])
    find_bucket(cloud, params["Bucket"])
    source = find_source(cloud, request)
    facts = copied_facts(cloud, params, source)
    is_itself = (params["Bucket"], params["Key"]) == (source["bucket"], source["key"])
    if is_itself and not source_was_named_by_version(params) and facts == json.loads(source["facts"]):
        raise AwsError(
            "InvalidRequest",
            "This copy request is illegal because it is trying to copy an object to itself without changing "
            "the object's metadata, storage class, website redirect location or encryption attributes.",
        )
    tags = json.loads(source["tags"])
    if params.get("TaggingDirective") == "REPLACE":
        tags = tags_of(params.get("Tagging", ""))
    algorithm = asked_algorithm(params) or DEFAULT_ALGORITHM
    blobs = cloud.state(Blobs)
    blob = blobs.write(blobs.pieces([source["blob"]]), algorithm)
    checksums = {field_of(algorithm): blob.digests.checksum, "ChecksumType": "FULL_OBJECT"}
    try:
        write = Write(
            params["Bucket"],
            params["Key"],
            blob,
            blob.digests.md5.hex(),
            facts,
            checksums,
            tags,
            "CopyObject",
        )
        row = record(cloud, request, write)
    except BaseException:
        blobs.drop([blob.name])
        raise
    answer = stored_answer(row)
    result = {name: answer.pop(name) for name in [*json.loads(row["checksums"]), "ETag"]}
    answer["CopyObjectResult"] = {**result, "LastModified": modified(row)}
    if source["version_id"] != NULL_VERSION:
        answer["CopySourceVersionId"] = source["version_id"]
    return answer


def source_was_named_by_version(params: dict[str, Any]) -> bool:
    source = params["CopySource"]
    return bool(source.get("VersionId")) if isinstance(source, dict) else "?versionId=" in source


def copied_facts(cloud: "Cloud", params: dict[str, Any], source: sqlite3.Row) -> dict[str, Any]:
    """The source's metadata, or the request's when it says REPLACE; encryption is always the target's."""
    encryption = find_document(cloud, params["Bucket"], "BucketEncryption")
    asked = facts_of(params, encryption)
    if params.get("MetadataDirective") == "REPLACE":
        return asked
    facts: dict[str, Any] = json.loads(source["facts"])
    for name in ENCRYPTION:
        facts.pop(name, None)
    facts |= {name: asked[name] for name in ENCRYPTION if name in asked} or default_encryption(encryption)
    if "StorageClass" in params:
        facts["StorageClass"] = params["StorageClass"]
    return facts
