"""Request bodies: bounded, spooled to disk above 1 MiB, and aws-chunked framing taken off."""

import re
import tempfile
from collections.abc import MutableMapping
from typing import BinaryIO, cast

from stepmill.cloud.service import AwsError

SPOOL_BYTES = 1 << 20
# The largest object that S3 takes in one piece; any other service's largest is a Lambda archive in base64.
LARGEST_OBJECT_BYTES = 5 << 30
LARGEST_CALL_BYTES = 100 << 20
LONGEST_LINE_BYTES = 16 << 10


def limit_for(service: str) -> int:
    return LARGEST_OBJECT_BYTES if service == "s3" else LARGEST_CALL_BYTES


def too_large(limit_bytes: int) -> AwsError:
    return AwsError(
        "RequestEntityTooLarge", f"The request's body is over the limit of {limit_bytes} bytes", 413
    )


class BodyWriter:
    """Takes the body piece by piece; `finish` gives it back as a file that stands at its start.

    An aws-chunked body is decoded on the way: `finish` moves its trailing headers (checksums) into
    `headers` and makes Content-Length and Content-Encoding speak of the decoded body. Signatures of
    single chunks are not verified.
    """

    def __init__(self, headers: MutableMapping[str, str], limit_bytes: int) -> None:
        declared = headers.get("x-amz-decoded-content-length") or headers.get("content-length") or "0"
        if not declared.isdecimal() or int(declared) > limit_bytes:
            raise too_large(limit_bytes)
        self._headers = headers
        self._limit_bytes = limit_bytes
        self._file = cast(BinaryIO, tempfile.SpooledTemporaryFile(SPOOL_BYTES))  # noqa: SIM115  # closed by `close` or the reader
        self._size_bytes = 0
        self._chunks = ChunkDecoder() if is_aws_chunked(headers) else None

    def write(self, data: bytes) -> None:
        """Raises: AwsError once the limit is passed, or when the framing is broken."""
        if self._chunks is not None:
            data = self._chunks.feed(data)
        self._size_bytes += len(data)
        if self._size_bytes > self._limit_bytes:
            raise too_large(self._limit_bytes)
        self._file.write(data)

    def finish(self) -> BinaryIO:
        if self._chunks is not None:
            self._finish_chunks(self._chunks)
        self._file.seek(0)
        return self._file

    def close(self) -> None:
        self._file.close()

    def _finish_chunks(self, chunks: "ChunkDecoder") -> None:
        declared = self._headers.get("x-amz-decoded-content-length")
        if not chunks.is_complete or (declared is not None and declared != str(self._size_bytes)):
            raise AwsError(
                "IncompleteBody",
                f"The request body ended early: {self._size_bytes} bytes of {declared or 'unknown'}",
            )
        self._headers.update(chunks.trailers)
        self._headers["content-length"] = str(self._size_bytes)
        encodings = [part.strip() for part in self._headers.pop("content-encoding", "").split(",")]
        rest = [part for part in encodings if part and part != "aws-chunked"]
        if rest:
            self._headers["content-encoding"] = ",".join(rest)


def is_aws_chunked(headers: MutableMapping[str, str]) -> bool:
    return headers.get("x-amz-content-sha256", "").startswith("STREAMING-") or "aws-chunked" in headers.get(
        "content-encoding", ""
    )


class ChunkDecoder:
    """`<size in hex>[;chunk-signature=…]CRLF <data> CRLF … 0 CRLF [name:value CRLF …] CRLF`."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._left = 0
        self._is_data = False
        self._in_trailers = False
        self.is_complete = False
        self.trailers: dict[str, str] = {}

    def feed(self, data: bytes) -> bytes:
        """The decoded bytes that are complete so far. Raises: AwsError InvalidChunk."""
        self._pending += data
        decoded = bytearray()
        while self._pending and not self.is_complete:
            if self._left:
                taken = self._pending[: self._left]
                decoded += taken
                self._left -= len(taken)
                del self._pending[: len(taken)]
            elif not self._read_line():
                break
        return bytes(decoded)

    def _read_line(self) -> bool:
        line, found, _ = self._pending.partition(b"\r\n")
        if not found:
            if len(self._pending) > LONGEST_LINE_BYTES:
                raise AwsError("InvalidRequest", "aws-chunked: a chunk's header does not end")
            return False
        del self._pending[: len(line) + 2]
        if self._in_trailers:
            self._read_trailer(line.decode("latin-1"))
        elif self._is_data and not line:
            self._is_data = False  # the line end after a chunk's data
        else:
            self._read_size(line)
        return True

    def _read_size(self, line: bytearray) -> None:
        match = re.fullmatch(rb"([0-9a-fA-F]{1,16})(;.*)?", line)
        if not match or self._is_data:
            raise AwsError("InvalidRequest", f"aws-chunked: {bytes(line)!r:.60} is not the size of a chunk")
        self._left = int(match[1], 16)
        self._is_data = self._left > 0
        self._in_trailers = self._left == 0

    def _read_trailer(self, line: str) -> None:
        if not line:
            self.is_complete = True
            return
        name, _, value = line.partition(":")
        if re.fullmatch(r"x-amz-(checksum-[a-z0-9]+|trailer-signature)", name.lower()):
            self.trailers[name.lower()] = value.strip()
