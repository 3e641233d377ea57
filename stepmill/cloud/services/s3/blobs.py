"""Objects' bytes on disk: one file per write under a name of our own; a key never becomes part of a path."""

import io
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from stepmill.cloud.service import AwsError
from stepmill.cloud.services.s3.checksums import Digests

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

CHUNK_BYTES = 1024 * 1024
OBJECT_LIMIT_BYTES = 5 * 1024**3


@dataclass(frozen=True)
class Blob:
    """Bytes that are on disk and not yet in a row."""

    name: str
    size: int
    digests: Digests


class Blobs:
    """The folder of blobs of one cloud.

    A blob is written before its row and removed after it, so a crash leaves at most a file without a
    row; `sweep` removes those at the next start.
    """

    def __init__(self, cloud: "Cloud") -> None:
        self._folder = cloud.root / "s3" / "blobs"
        self._folder.mkdir(parents=True, exist_ok=True)

    def path(self, name: str) -> Path:
        return self._folder / name[:2] / name

    def write(self, pieces: Iterable[bytes], algorithm: str, limit_bytes: int = OBJECT_LIMIT_BYTES) -> Blob:
        """Raises: EntityTooLarge above `limit_bytes`."""
        name = uuid.uuid4().hex
        target = self.path(name)
        target.parent.mkdir(exist_ok=True)
        temporary = target.with_suffix(".part")
        digests = Digests(algorithm)
        size = 0
        try:
            with temporary.open("wb") as file:
                for piece in pieces:
                    size += len(piece)
                    if size > limit_bytes:
                        raise AwsError(
                            "EntityTooLarge",
                            f"Your proposed upload exceeds the maximum allowed size of {limit_bytes}",
                        )
                    digests.update(piece)
                    file.write(piece)
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        return Blob(name, size, digests)

    def open(self, name: str, start: int, length: int) -> BinaryIO:
        file = self.path(name).open("rb")
        file.seek(start)
        return io.BufferedReader(Slice(file, length), CHUNK_BYTES)

    def pieces(self, names: list[str]) -> Iterator[bytes]:
        for name in names:
            with self.path(name).open("rb") as file:
                yield from read_pieces(file)

    def drop(self, names: Iterable[str | None]) -> None:
        """An answer that still reads a dropped blob reads on: the file lives until it is closed."""
        for name in names:
            if name is not None:
                self.path(name).unlink(missing_ok=True)

    def sweep(self, kept: set[str]) -> None:
        for path in self._folder.glob("*/*"):
            if path.name not in kept:
                path.unlink()


class Slice(io.RawIOBase):
    """The next `length` bytes of a file, read without a copy of the rest; closes the file with itself."""

    def __init__(self, file: BinaryIO, length: int) -> None:
        self._file = file
        self._left = length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        piece = self._file.read(min(len(buffer), self._left))
        buffer[: len(piece)] = piece
        self._left -= len(piece)
        return len(piece)

    def close(self) -> None:
        self._file.close()
        super().close()


def read_pieces(body: BinaryIO | None) -> Iterator[bytes]:
    while body is not None and (piece := body.read(CHUNK_BYTES)):
        yield piece
