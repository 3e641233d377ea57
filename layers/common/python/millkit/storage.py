"""Objects in S3: where they are, and reading and writing them with clear errors."""

from __future__ import annotations

from typing import Any, NamedTuple

from millkit.errors import MillError

MAX_DOCUMENT_BYTES = 8 * 1024 * 1024


class PlaceInvalid(MillError):
    """A text that is no S3 URI of an object."""


class ObjectMissing(MillError):
    """There is no such object."""


class ObjectTooLarge(MillError):
    """An object that would not fit in memory where it is read whole."""


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


def open_object(s3: Any, place: Place) -> Any:
    """The object's body as a stream.

    Raises:
        ObjectMissing: it is not there.
    """
    try:
        return s3.get_object(Bucket=place.bucket, Key=place.key)["Body"]
    except s3.exceptions.NoSuchKey as missing:
        raise ObjectMissing(f"{place}: does not exist; was it deleted?") from missing


def read_document(s3: Any, place: Place) -> bytes:
    """A small object, whole.

    Raises:
        ObjectMissing: it is not there.
        ObjectTooLarge: it is above MAX_DOCUMENT_BYTES.
    """
    content: bytes = open_object(s3, place).read(MAX_DOCUMENT_BYTES + 1)
    if len(content) > MAX_DOCUMENT_BYTES:
        raise ObjectTooLarge(
            f"{place}: is larger than {MAX_DOCUMENT_BYTES} bytes; it should be a small document"
        )
    return content


def write_document(s3: Any, place: Place, content: bytes, content_type: str) -> None:
    s3.put_object(Bucket=place.bucket, Key=place.key, Body=content, ContentType=content_type)
