"""Objects listed: by prefix, folded at a delimiter, page by page; keys in the order of their UTF-8 bytes."""

import base64
import binascii
import json
import sqlite3
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.s3.buckets import owner
from stepmill.cloud.services.s3.reading import modified
from stepmill.cloud.services.s3.tables import SERVICE, bucket_arn, find_bucket

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

PAGE_LIMIT = 1000
LAST_CHARACTER = "\U0010ffff"


def page_size(params: dict[str, Any], name: str = "MaxKeys") -> int:
    asked = int(params.get(name, PAGE_LIMIT))
    if asked < 0:
        raise AwsError("InvalidArgument", f"Argument {name} must be an integer between 0 and 2147483647")
    return min(asked, PAGE_LIMIT)


def encoder(params: dict[str, Any]) -> Any:
    """EncodingType=url keeps characters that XML cannot carry."""
    return (
        (lambda text: quote(text, safe="/~")) if params.get("EncodingType") == "url" else (lambda text: text)
    )


def latest_rows(
    cloud: "Cloud", bucket: str, prefix: str, after: str, delimiter: str
) -> Iterator[sqlite3.Row | str]:
    """The objects after the key `after`: a row each, or the common prefix (a string) of those it folds."""
    while True:
        rows = cloud.store.query(
            "select * from s3_object where bucket = ? and is_latest = 1 and is_marker = 0 and key > ?"
            " and key >= ? order by key limit ?",
            (bucket, after, prefix, PAGE_LIMIT),
        )
        if not rows:
            return
        for row in rows:
            key: str = row["key"]
            if not key.startswith(prefix):
                return
            folded = fold(key, prefix, delimiter)
            if folded is None:
                after = key
                yield row
            else:
                # Skip what the common prefix folds with one look, however many keys that are.
                after = folded + LAST_CHARACTER
                yield folded
                break


def fold(key: str, prefix: str, delimiter: str) -> str | None:
    at = key.find(delimiter, len(prefix)) if delimiter else -1
    return key[: at + len(delimiter)] if at >= 0 else None


def list_page(cloud: "Cloud", params: dict[str, Any], after: str) -> tuple[Answer, str | None]:
    """The answer's common members, and where the next page starts (None: this was the last)."""
    bucket = find_bucket(cloud, params["Bucket"])["name"]
    limit = page_size(params)
    prefix, delimiter = params.get("Prefix", ""), params.get("Delimiter", "")
    encode = encoder(params)
    contents: list[dict[str, Any]] = []
    folded: list[dict[str, str]] = []
    position: str | None = after
    is_truncated = False
    if delimiter and (common := fold(after, prefix, delimiter)) and after.startswith(prefix):
        after = common + LAST_CHARACTER if common == after else after
    for each in latest_rows(cloud, bucket, prefix, after, delimiter) if limit else ():
        if len(contents) + len(folded) == limit:
            is_truncated = True
            break
        if isinstance(each, str):
            folded.append({"Prefix": encode(each)})
            position = each
        else:
            contents.append(describe(cloud, each, encode, params))
            position = each["key"]
    answer: Answer = {
        "IsTruncated": is_truncated,
        "Name": bucket,
        "Prefix": encode(prefix),
        "MaxKeys": limit,
        "Contents": contents,
        "CommonPrefixes": folded,
    }
    if delimiter:
        answer["Delimiter"] = encode(delimiter)
    if params.get("EncodingType"):
        answer["EncodingType"] = params["EncodingType"]
    return answer, position if is_truncated else None


def describe(cloud: "Cloud", row: sqlite3.Row, encode: Any, params: dict[str, Any]) -> dict[str, Any]:
    entry = {
        "Key": encode(row["key"]),
        "LastModified": modified(row),
        "ETag": f'"{row["etag"]}"',
        "Size": row["size"],
        "StorageClass": json.loads(row["facts"]).get("StorageClass", "STANDARD"),
        **checksum_names(row),
    }
    if params.get("FetchOwner"):
        entry["Owner"] = owner(cloud)
    return entry


def checksum_names(row: sqlite3.Row) -> dict[str, Any]:
    checksums = json.loads(row["checksums"])
    kind = checksums.pop("ChecksumType", None)
    names = [name.removeprefix("Checksum") for name in checksums]
    return {"ChecksumAlgorithm": names, "ChecksumType": kind} if names and kind else {}


@SERVICE.operation("ListObjectsV2", action="s3:ListBucket", resources=bucket_arn)
def list_objects_v2(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    token = params.get("ContinuationToken")
    after = params.get("StartAfter", "") if token is None else read_token(token)
    answer, position = list_page(cloud, params, after)
    answer["KeyCount"] = len(answer["Contents"]) + len(answer["CommonPrefixes"])
    if position is not None:
        answer["NextContinuationToken"] = base64.urlsafe_b64encode(position.encode()).decode()
    if token is not None:
        answer["ContinuationToken"] = token
    if "StartAfter" in params:
        answer["StartAfter"] = encoder(params)(params["StartAfter"])
    return answer


def read_token(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise AwsError("InvalidArgument", "The continuation token provided is incorrect") from error


@SERVICE.operation("ListObjects", action="s3:ListBucket", resources=bucket_arn)
def list_objects(cloud: "Cloud", request: Request) -> Answer:
    params = {**request.params, "FetchOwner": True}
    encode = encoder(params)
    answer, position = list_page(cloud, params, params.get("Marker", ""))
    answer["Marker"] = encode(params.get("Marker", ""))
    if position is not None and params.get("Delimiter"):
        answer["NextMarker"] = encode(position)
    return answer
