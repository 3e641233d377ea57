"""What a .tar.gz holds, read as a stream: nothing is written to disk, nothing is loaded.

Accepts plain files and folders with harmless names; refuses the rest, and Python pickles, which run code when
loaded.
Reads the ustar, pax and GNU forms; no sparse files, no compression but gzip.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import tarfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from millkit.errors import MillError

MAX_FILES = 1_000
MAX_BYTES = 10 * 1024**3
MAX_HEADER_BYTES = 64 * 1024
CHUNK_BYTES = 1024 * 1024
BLOCK = tarfile.BLOCKSIZE
# A pickle of protocol 0 or 1 that begins by naming what to call.
_OLD_PICKLE = re.compile(rb"\(?c[A-Za-z_][\w.]*\n[A-Za-z_][\w.]*\n[()pq]")
LOADED_AS_CODE = (".pkl", ".pickle", ".joblib", ".pt", ".pth", ".dill", ".cloudpickle", ".ckpt", ".p")


class ArchiveRefused(MillError):
    """An archive that is broken, too large, or dangerous to unpack or load."""


class Member(NamedTuple):
    name: str
    size_bytes: int
    sha256: str


def members(stream: BinaryIO, where: str, *, max_bytes: int = MAX_BYTES) -> Iterator[Member]:
    """Each file of a gzipped tar, in order.

    Raises:
        ArchiveRefused: naming the member and what is wrong with it.
    """
    walk = _Walk(gzip.GzipFile(fileobj=stream), where, max_bytes)
    try:
        yield from walk.members()
    except (tarfile.HeaderError, EOFError, OSError, zlib.error, ValueError) as broken:
        raise ArchiveRefused(f"{where}: cannot be read as .tar.gz ({broken}); pack it again") from broken


class _Walk:
    def __init__(self, stream: gzip.GzipFile, where: str, max_bytes: int) -> None:
        self._stream = stream
        self._where = where
        self._left_bytes = max_bytes
        self._names: set[str] = set()

    def members(self) -> Iterator[Member]:
        extended: dict[str, str] = {}
        while True:
            block = self._read(BLOCK)
            if block == bytes(BLOCK):
                self._drain()
                return
            header = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
            if header.type == tarfile.XHDTYPE:
                extended = _pax_records(self._header_content(header))
            elif header.type == tarfile.GNUTYPE_LONGNAME:
                long_name = self._header_content(header).rstrip(b"\0")
                extended = {"path": long_name.decode("utf-8", "surrogateescape")}
            elif header.type == tarfile.XGLTYPE:
                self._header_content(header)
            else:
                name = extended.get("path", header.name)
                size = int(extended.get("size", header.size))
                extended = {}
                self._check(name, size, header)
                if not header.isdir():
                    yield self._member(name, size)

    def _check(self, name: str, size: int, header: tarfile.TarInfo) -> None:
        plain = header.type in (tarfile.REGTYPE, tarfile.AREGTYPE) or header.isdir()
        if not plain or (header.isdir() and size):
            self._refuse(name, "is not a plain file or folder", "pack no links, devices or pipes")
        parts = name.replace("\\", "/").split("/")
        if not parts[0] or ".." in parts or ":" in parts[0] or not name.isprintable():
            self._refuse(name, "has a name that leads out of the archive", "use plain relative names")
        key = "/".join(part for part in parts if part not in ("", "."))
        if key in self._names:
            self._refuse(name, "is there twice", "pack each file once")
        self._names.add(key)
        if len(self._names) > MAX_FILES:
            self._refuse(name, f"is one more than {MAX_FILES} files", "pack fewer")
        if size < 0 or size > self._left_bytes:
            self._refuse(name, f"unpacks to {size} bytes, more than is allowed", "pack less")
        if name.lower().endswith(LOADED_AS_CODE):
            self._refuse(name, "is of a kind that runs code when loaded", "save weights in a plain format")

    def _member(self, name: str, size: int) -> Member:
        digest = hashlib.sha256()
        left = size
        while left:
            chunk = self._read(min(left, CHUNK_BYTES))
            if left == size and _runs_code(chunk):
                self._refuse(name, "is a Python pickle, which runs code when loaded", "use a plain format")
            digest.update(chunk)
            left -= len(chunk)
        self._read(-size % BLOCK)
        return Member(name, size, digest.hexdigest())

    def _header_content(self, header: tarfile.TarInfo) -> bytes:
        if not 0 <= header.size <= MAX_HEADER_BYTES:
            self._refuse(header.name, f"has a header of {header.size} bytes", "pack it again")
        content = self._read(header.size)
        self._read(-header.size % BLOCK)
        return content

    def _read(self, size: int) -> bytes:
        self._left_bytes -= size
        if self._left_bytes < 0:
            raise ArchiveRefused(f"{self._where}: unpacks to more bytes than allowed; pack less")
        content = self._stream.read(size)
        if len(content) < size:
            raise EOFError("it ends too early")
        return content

    def _drain(self) -> None:
        """Read what pads the archive, so that the whole stream has been seen."""
        while chunk := self._stream.read(CHUNK_BYTES):
            if chunk.strip(b"\0"):
                self._refuse("", "has content behind its end", "pack it again")
            self._left_bytes -= len(chunk)
            if self._left_bytes < 0:
                self._refuse("", "is padded beyond what is allowed", "pack it again")

    def _refuse(self, name: str, what: str, remedy: str) -> None:
        member = f": member {name!r}" if name else ""
        raise ArchiveRefused(f"{self._where}{member}: {what}; {remedy}")


def _pax_records(content: bytes) -> dict[str, str]:
    """`<length> <key>=<value>\\n` repeated; the length counts the whole record."""
    records: dict[str, str] = {}
    while content:
        length = int(content[: content.index(b" ")])
        record, content = content[:length], content[length:]
        key, separator, value = record[record.index(b" ") + 1 :].partition(b"=")
        if not separator or not value.endswith(b"\n"):
            raise ValueError("an extended header is malformed")
        records[key.decode("utf-8", "surrogateescape")] = value[:-1].decode("utf-8", "surrogateescape")
    return records


def _runs_code(start: bytes) -> bool:
    """A pickle of protocol 2 and up, one of the older protocols, or a zip of torch's that wraps one."""
    if start[:1] == b"\x80" and start[1:2] in b"\x02\x03\x04\x05":
        return True
    if start[:4] == b"PK\x03\x04":
        return b".pkl" in start[:4096]
    return bool(_OLD_PICKLE.match(start))
