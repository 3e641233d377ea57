"""Objects read: whole or a range, on conditions, by version."""

import json
import re
import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.s3.blobs import Blobs
from stepmill.cloud.services.s3.facts import shown
from stepmill.cloud.services.s3.tables import NULL_VERSION, SERVICE, find_object, object_arn

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def modified(row: sqlite3.Row) -> datetime:
    """Whole seconds, as S3's Last-Modified has them."""
    return datetime.fromtimestamp(int(row["modified_s"]), UTC)


@SERVICE.operation("GetObject", resources=object_arn)
def get_object(cloud: "Cloud", request: Request) -> Answer:
    # An overwrite may drop the file before it is opened here; the next look finds the new row.
    while True:
        row = find_object(
            cloud, request.params["Bucket"], request.params["Key"], request.params.get("VersionId")
        )
        answer, start = describe(row, request.params)
        try:
            answer["Body"] = cloud.state(Blobs).open(row["blob"], start, answer["ContentLength"])
        except FileNotFoundError:
            if (
                find_object(cloud, row["bucket"], row["key"], request.params.get("VersionId"))["seq"]
                == row["seq"]
            ):
                raise
            continue
        return answer


@SERVICE.operation("HeadObject", action="s3:GetObject", resources=object_arn)
def head_object(cloud: "Cloud", request: Request) -> Answer:
    row = find_object(cloud, request.params["Bucket"], request.params["Key"], request.params.get("VersionId"))
    return describe(row, request.params)[0]


def describe(row: sqlite3.Row, params: dict[str, Any]) -> tuple[Answer, int]:
    """The answer without the body, and where the body starts.

    Raises: PreconditionFailed, NotModified (304), InvalidRange.
    """
    check_conditions(row, params)
    start, length = wanted_bytes(row, params)
    answer: Answer = {
        "AcceptRanges": "bytes",
        "LastModified": modified(row),
        "ContentLength": length,
        "ETag": f'"{row["etag"]}"',
        **shown(json.loads(row["facts"])),
    }
    part_sizes = json.loads(row["part_sizes"])
    if params.get("Range") is not None or params.get("PartNumber") is not None:
        answer["ContentRange"] = f"bytes {start}-{start + length - 1}/{row['size']}"
    elif params.get("ChecksumMode") == "ENABLED":
        answer |= json.loads(row["checksums"])
    if params.get("PartNumber") is not None and part_sizes:
        answer["PartsCount"] = len(part_sizes)
    if row["version_id"] != NULL_VERSION:
        answer["VersionId"] = row["version_id"]
    tags = json.loads(row["tags"])
    if tags:
        answer["TagCount"] = len(tags)
    for name in (
        "CacheControl",
        "ContentDisposition",
        "ContentEncoding",
        "ContentLanguage",
        "ContentType",
        "Expires",
    ):
        if params.get(f"Response{name}") is not None:
            answer[name] = params[f"Response{name}"]
    return answer, start


def check_conditions(row: sqlite3.Row, params: dict[str, Any]) -> None:
    """If-Match rules out If-Unmodified-Since, If-None-Match rules out If-Modified-Since.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """
    if params.get("IfMatch") is not None:
        if not matches(params["IfMatch"], row["etag"]):
            raise precondition_failed("If-Match")
    elif params.get("IfUnmodifiedSince") is not None and modified(row) > params["IfUnmodifiedSince"]:
        raise precondition_failed("If-Unmodified-Since")
    if params.get("IfNoneMatch") is not None:
        is_unchanged = matches(params["IfNoneMatch"], row["etag"])
    else:
        since = params.get("IfModifiedSince")
        is_unchanged = since is not None and modified(row) <= since
    if is_unchanged:
        raise AwsError("NotModified", "Not Modified", 304, ETag=f'"{row["etag"]}"')


def matches(condition: str, etag: str) -> bool:
    return condition.strip() == "*" or etag in [each.strip().strip('"') for each in condition.split(",")]


def precondition_failed(condition: str) -> AwsError:
    return AwsError(
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold",
        412,
        Condition=condition,
    )


def wanted_bytes(row: sqlite3.Row, params: dict[str, Any]) -> tuple[int, int]:
    """Start and length of what the request asks for."""
    size: int = row["size"]
    if params.get("PartNumber") is not None:
        sizes = json.loads(row["part_sizes"]) or [size]
        number = int(params["PartNumber"])
        if not 1 <= number <= len(sizes):
            raise AwsError("InvalidPartNumber", "The requested partnumber is not satisfiable", 416)
        return sum(sizes[: number - 1]), sizes[number - 1]
    if params.get("Range") is None:
        return 0, size
    return parse_range(params["Range"], size)


def parse_range(header: str, size: int) -> tuple[int, int]:
    """Start and length of `bytes=a-b`, `bytes=a-` or `bytes=-n`. Raises: InvalidRange."""
    found = RANGE.fullmatch(header.strip())
    refusal = AwsError("InvalidRange", "The requested range is not satisfiable", 416, ActualObjectSize=size)
    if found is None or found.groups() == ("", ""):
        raise refusal
    first, last = found.groups()
    if not first:
        length = min(int(last), size)
        if length == 0:
            raise refusal
        return size - length, length
    start = int(first)
    end = min(int(last), size - 1) if last else size - 1
    if start >= size or end < start:
        raise refusal
    return start, end - start + 1
