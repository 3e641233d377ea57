"""The digests of an object: MD5 for its ETag, and the checksum that the caller named, verified.

Known: CRC32, CRC32C, CRC64NVME, SHA1, SHA256, SHA512.
Not known: MD5 as a named checksum, and the XXHASH family.
"""

import base64
import hashlib
import zlib
from collections.abc import Callable
from typing import Any, Protocol

from awscrt import checksums as crt

from stepmill.cloud.service import AwsError


class Running(Protocol):
    def update(self, data: bytes, /) -> None: ...
    def digest(self) -> bytes: ...


class Crc:
    """A CRC fed in pieces; `digest` is big-endian, as S3 words it."""

    def __init__(self, function: Callable[[bytes, int], int], width_bytes: int) -> None:
        self._function = function
        self._width_bytes = width_bytes
        self._value = 0

    def update(self, data: bytes, /) -> None:
        self._value = self._function(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._width_bytes, "big")


MAKERS: dict[str, Callable[[], Running]] = {
    "CRC32": lambda: Crc(zlib.crc32, 4),
    "CRC32C": lambda: Crc(crt.crc32c, 4),
    "CRC64NVME": lambda: Crc(crt.crc64nvme, 8),
    "SHA1": hashlib.sha1,
    "SHA256": hashlib.sha256,
    "SHA512": hashlib.sha512,
}
# The algorithm of an object whose writer named none. Source:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
DEFAULT_ALGORITHM = "CRC64NVME"


def field_of(algorithm: str) -> str:
    return f"Checksum{algorithm}"


def asked_algorithm(params: dict[str, Any]) -> str | None:
    """The one algorithm that the request names by a value or by ChecksumAlgorithm.

    Raises: InvalidRequest for an algorithm that is not known here.
    """
    given = [
        name.removeprefix("Checksum")
        for name in params
        if name.startswith("Checksum") and name not in ("ChecksumAlgorithm", "ChecksumType", "ChecksumMode")
    ]
    algorithm = given[0] if given else params.get("ChecksumAlgorithm")
    if algorithm is not None and algorithm not in MAKERS:
        raise AwsError(
            "InvalidRequest",
            f"s3: checksum algorithm {algorithm} is not supported; allowed: {', '.join(MAKERS)}",
        )
    return algorithm


class Digests:
    """MD5 and one checksum of the bytes that pass."""

    def __init__(self, algorithm: str) -> None:
        self.algorithm = algorithm
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._checksum = MAKERS[algorithm]()

    def update(self, data: bytes) -> None:
        self._md5.update(data)
        self._checksum.update(data)

    @property
    def md5(self) -> bytes:
        return self._md5.digest()

    @property
    def checksum(self) -> str:
        return base64.b64encode(self._checksum.digest()).decode()

    def verify(self, params: dict[str, Any]) -> None:
        """Raises: BadDigest when the bytes are not those that the caller announced."""
        announced_md5 = params.get("ContentMD5")
        if announced_md5 is not None and announced_md5 != base64.b64encode(self.md5).decode():
            raise AwsError("BadDigest", "The Content-MD5 you specified did not match what we received.")
        announced = params.get(field_of(self.algorithm))
        if announced is not None and announced != self.checksum:
            raise AwsError(
                "BadDigest",
                f"The {self.algorithm} you specified did not match the calculated checksum.",
            )


def composite(algorithm: str, part_checksums: list[str]) -> str:
    """The checksum of the parts' checksums, as a multipart upload has it: `<base64>-<parts>`."""
    running = MAKERS[algorithm]()
    for checksum in part_checksums:
        running.update(base64.b64decode(checksum))
    return f"{base64.b64encode(running.digest()).decode()}-{len(part_checksums)}"
