"""Objects in S3: where they are, and reading and writing them with clear errors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from millkit.errors import MillError

NO_VERSION = "null"  # S3's name for what a bucket without versions holds


class PlaceInvalid(MillError):
    """A text that is no S3 URI of an object."""


class ObjectMissing(MillError):
    """There is no such object."""


class StorageFailed(MillError):
    """S3 denies a request, or has failed it again and again."""


class Place(NamedTuple):
    """An object in S3. A key is taken as it is: `a b+c%2F..` names that very object, nothing is decoded."""

    bucket: str
    key: str

    @classmethod
    def parse(cls, uri: str) -> Place:
        """`s3://bucket/any key` as bucket and key.

        Raises:
            PlaceInvalid: there is no bucket or no key.
        """
        bucket, _, key = uri[len("s3://") :].partition("/")
        if not uri.startswith("s3://") or not bucket or not key:
            raise PlaceInvalid(f"{uri!r}: is not the address of an object; write s3://<bucket>/<key>")
        return cls(bucket, key)

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


class Opened(NamedTuple):
    """`stream` has all of the object, or the range asked for, of its `size_bytes`."""

    stream: Any
    size_bytes: int
    version_id: str


def open_object(s3: Any, place: Place, first_bytes: int = 0) -> Opened:
    """The current version as a stream, or its first bytes alone.

    Raises:
        ObjectMissing: it is not there.
        StorageFailed: S3 does not give it.
    """
    part = {"Range": f"bytes=0-{first_bytes - 1}"} if first_bytes else {}
    try:
        answer = s3.get_object(Bucket=place.bucket, Key=place.key, **part)
    except s3.exceptions.ClientError as wrong:
        raise _failure(place, wrong) from wrong
    size = answer.get("ContentRange", "").rpartition("/")[2] or answer["ContentLength"]
    return Opened(answer["Body"], int(size), answer.get("VersionId", NO_VERSION))


def read_head(s3: Any, place: Place, max_bytes: int) -> tuple[bytes, int]:
    """At most `max_bytes` from the object's begin, and the size of all of it.

    Raises:
        ObjectMissing: it is not there.
        StorageFailed: S3 does not give it.
    """
    try:
        opened = open_object(s3, place, max_bytes)
    except StorageFailed as failed:
        if _code(failed.__cause__) == "InvalidRange":  # an empty object has no first byte
            return b"", 0
        raise
    content: bytes = opened.stream.read(max_bytes)
    return content, opened.size_bytes


def list_objects(s3: Any, place: Place) -> Iterator[tuple[str, int]]:
    """(key, size) of every object whose key begins with the place's, as SageMaker takes them.

    Raises:
        ObjectMissing: there is no such bucket.
        StorageFailed: S3 does not list them.
    """
    after: dict[str, str] = {}
    while True:
        try:
            page = s3.list_objects_v2(Bucket=place.bucket, Prefix=place.key, **after)
        except s3.exceptions.ClientError as wrong:
            raise _failure(place, wrong) from wrong
        for item in page.get("Contents", []):
            if item["Size"] or not item["Key"].endswith("/"):  # what consoles make to show an empty folder
                yield item["Key"], item["Size"]
        if not page["IsTruncated"]:
            return
        after = {"ContinuationToken": page["NextContinuationToken"]}


def list_current_versions(s3: Any, place: Place) -> Iterator[dict[str, Any]]:
    """What S3 tells of the current version of every object whose key begins with the place's, in order.

    Raises:
        ObjectMissing: there is no such bucket.
        StorageFailed: S3 does not list them.
    """
    after: dict[str, str] = {}
    while True:
        try:
            page = s3.list_object_versions(Bucket=place.bucket, Prefix=place.key, **after)
        except s3.exceptions.ClientError as wrong:
            raise _failure(place, wrong) from wrong
        yield from (item for item in page.get("Versions", []) if item["IsLatest"])
        if not page["IsTruncated"]:
            return
        after = {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page["NextVersionIdMarker"]}


def versions(s3: Any, place: Place) -> list[str]:
    """The ids of the object's versions, delete markers too; no more than a page of them.

    Raises:
        StorageFailed: S3 does not list them.
    """
    try:
        # Keys come in order, so the versions of this key come before those of longer ones.
        answer = s3.list_object_versions(Bucket=place.bucket, Prefix=place.key)
    except s3.exceptions.ClientError as wrong:
        raise _failure(place, wrong) from wrong
    found = [*answer.get("Versions", []), *answer.get("DeleteMarkers", [])]
    return [item["VersionId"] for item in found if item["Key"] == place.key]


def write_once(s3: Any, place: Place, content: bytes, content_type: str) -> bool:
    """Write the object unless it is there already; whether it was written.

    Raises:
        StorageFailed: S3 does not take it.
    """
    try:
        s3.put_object(
            Bucket=place.bucket, Key=place.key, Body=content, ContentType=content_type, IfNoneMatch="*"
        )
    except s3.exceptions.ClientError as wrong:
        if _code(wrong) == "PreconditionFailed":
            return False
        raise _failure(place, wrong) from wrong
    return True


def _code(wrong: Any) -> str:
    return str(wrong.response["Error"]["Code"])


def _failure(place: Place, wrong: Any) -> MillError:
    status = wrong.response["ResponseMetadata"]["HTTPStatusCode"]
    if status == 404:
        return ObjectMissing(f"{place}: does not exist; was it deleted?")
    told = f"S3 answers {status} {_code(wrong)} ({wrong.response['Error'].get('Message', 'no message')})"
    if status == 403:
        return StorageFailed(f"{place}: {told}; let the role of this function use it, or put it where it may")
    return StorageFailed(f"{place}: {told}; try again, and look at the bucket if that does not help")
