"""model.tar.gz, read as if an enemy had made it and written so that the same files give the same bytes.

Only regular files and folders come out, below a new folder that appears whole or not at all.
"""

import gzip
import os
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO

BLOCK = 512
LONGEST_HEADER_BYTES = 64 * 1024
RATIO_COUNTS_FROM_BYTES = 16 << 20


class BadArchive(Exception):
    """Says which member is refused and why."""


@dataclass(frozen=True)
class Caps:
    files: int = 10_000
    total_bytes: int = 8 << 30
    ratio: int = 200


def extract(archive: Path, into: Path, caps: Caps = Caps()) -> list[str]:
    """Unpack into `into`, which must not exist yet. Answers the names of the files.

    Raises: BadArchive; nothing is left behind then.
    """
    part = into.with_name(f"{into.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        names = _extract(archive, part, caps)
        part.rename(into)
    except (EOFError, zlib.error, gzip.BadGzipFile, tarfile.TarError) as error:
        raise BadArchive(f"{archive.name}: is not a whole .tar.gz ({error}); make it again") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return names


def _extract(archive: Path, into: Path, caps: Caps) -> list[str]:
    names: list[str] = []
    with gzip.open(archive, "rb") as stream:
        tape = _Tape(stream, archive.name, caps, archive.stat().st_size)  # type: ignore[arg-type]
        for count, (name, info) in enumerate(_members(tape), start=1):
            if count > caps.files:
                raise BadArchive(f"{archive.name}: has more than {caps.files} members; pack fewer")
            path = into / _safe(archive.name, name)
            if info.isdir():
                _make_folder(archive.name, path, name)
                continue
            if not info.isreg() or info.issparse():
                raise BadArchive(
                    f"{archive.name}: {name!r} is no regular file or folder; links and devices are refused"
                )
            _make_folder(archive.name, path.parent, name)
            tape.copy(path, name, info.size)
            names.append(str(path.relative_to(into)))
        tape.drain()
    return names


def _safe(archive: str, name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name:
        raise BadArchive(
            f"{archive}: {name!r} is no name inside the archive; absolute paths and '..' are refused"
        )
    if len(name) > 1024 or any(len(os.fsencode(part)) > 255 for part in path.parts):
        raise BadArchive(f"{archive}: {name[:60]!r}… is too long a name; shorten it")
    return path


def _make_folder(archive: str, folder: Path, name: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o755)
    except (FileExistsError, NotADirectoryError):
        raise BadArchive(f"{archive}: {name!r} is both a file and a folder; pack it once") from None


class _Tape:
    """The unpacked stream, counted."""

    def __init__(self, stream: BinaryIO, archive: str, caps: Caps, packed_bytes: int) -> None:
        self._stream = stream
        self._archive = archive
        self._most = caps.total_bytes
        self._bomb = max(RATIO_COUNTS_FROM_BYTES, packed_bytes * caps.ratio)
        self._read = 0

    def take(self, size: int) -> bytes:
        self._read += size
        if self._read > self._most or self._read > self._bomb:
            raise BadArchive(
                f"{self._archive}: unpacks to more than {min(self._most, self._bomb)} bytes; it is refused"
            )
        data = self._stream.read(size)
        if len(data) < size and size != BLOCK:
            raise EOFError("it ends early")
        return data

    def copy(self, path: Path, name: str, size: int) -> None:
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
        except (FileExistsError, IsADirectoryError):
            raise BadArchive(f"{self._archive}: {name!r} is there twice; pack it once") from None
        with os.fdopen(descriptor, "wb") as file:
            left = size
            while left:
                piece = self.take(min(left, 1 << 20))
                file.write(piece)
                left -= len(piece)
        self.skip(-size % BLOCK)

    def drain(self) -> None:
        """Read what follows the last member: only then gzip's checksum has been compared."""
        while self._stream.read(1 << 16):
            self._read += 1 << 16
            if self._read > self._most:
                raise BadArchive(f"{self._archive}: goes on for ever after its last member; it is refused")

    def skip(self, size: int) -> None:
        if size:
            self.take(size)


def _members(tape: _Tape) -> Iterator[tuple[str, tarfile.TarInfo]]:
    long_name: str | None = None
    while True:
        block = tape.take(BLOCK)
        if len(block) < BLOCK:
            raise EOFError("it ends early")
        if block == bytes(BLOCK):
            return
        info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        if info.size < 0:
            raise tarfile.TarError("a member of negative size")
        if info.type in (
            tarfile.GNUTYPE_LONGNAME,
            tarfile.XHDTYPE,
            tarfile.XGLTYPE,
            tarfile.GNUTYPE_LONGLINK,
        ):
            if info.size > LONGEST_HEADER_BYTES:
                raise tarfile.TarError(f"a header of {info.size} bytes")
            text = tape.take(info.size)
            tape.skip(-info.size % BLOCK)
            if info.type == tarfile.GNUTYPE_LONGNAME:
                long_name = text.rstrip(b"\0").decode("utf-8", "surrogateescape")
            elif info.type == tarfile.XHDTYPE:
                long_name = _pax_path(text) or long_name
            continue
        yield long_name or info.name, info
        long_name = None


def _pax_path(text: bytes) -> str | None:
    """The path of a pax header. One that changes the size is refused: readers disagree about it."""
    path = None
    while text:
        length, _, _ = text.partition(b" ")
        if not length.isdigit() or not 0 < int(length) <= len(text):
            raise tarfile.TarError("a broken pax header")
        record, text = text[len(length) + 1 : int(length)], text[int(length) :]
        key, _, value = record.rstrip(b"\n").partition(b"=")
        if key == b"size" or key.startswith(b"GNU.sparse"):
            raise tarfile.TarError(f"a pax header with {key.decode('ascii', 'replace')}")
        if key == b"path":
            path = value.decode("utf-8", "surrogateescape")
    return path


def pack(folder: Path, archive: Path) -> list[str]:
    """Write `folder` as .tar.gz: sorted, no times, no owners, so equal files give equal bytes.

    What is no regular file or folder (a link that a job left behind) is not followed. Answers the names left
    out.
    """
    left_out: list[str] = []
    with (
        archive.open("wb") as raw,
        gzip.GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0) as stream,
        tarfile.open(fileobj=stream, mode="w", format=tarfile.GNU_FORMAT) as tar,
    ):
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix()
            info = tarfile.TarInfo(name)
            info.mode = 0o644
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                left_out.append(name)
            elif path.is_dir():
                info.type, info.mode = tarfile.DIRTYPE, 0o755
                tar.addfile(info)
            else:
                with open_no_follow(path) as file:
                    info.size = os.fstat(file.fileno()).st_size
                    tar.addfile(info, file)
    return left_out


def open_no_follow(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb")
