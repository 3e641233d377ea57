"""CBOR, as Smithy's RPC protocol writes it: maps, lists, text, bytes, numbers, booleans and times.

Not read: big numbers, and tags other than that of a time are dropped.
Source: https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html, RFC 8949
"""

import struct
from datetime import UTC, datetime
from typing import Any

from stepmill.cloud.service import AwsError

TIME_TAG = 1
MOST_NESTED = 64
FLOATS = {25: ">e", 26: ">f", 27: ">d"}
SIMPLE: dict[int, Any] = {20: False, 21: True, 22: None, 23: None}
BREAK = object()


def load(data: bytes) -> Any:
    """Raises: AwsError SerializationException."""
    if not data:
        return {}
    try:
        value, end = read(data, 0, 0)
    except (IndexError, ValueError, KeyError, struct.error, OverflowError, TypeError) as error:
        raise AwsError("SerializationException", f"The body is not CBOR: {error}", 400) from None
    if end != len(data):
        raise AwsError(
            "SerializationException", f"The body is not CBOR: it has {len(data)} bytes, not {end}", 400
        )
    return value


def read(data: bytes, at: int, depth: int) -> tuple[Any, int]:
    """The item at a position, and where the next begins."""
    if depth > MOST_NESTED:
        raise ValueError(f"nested deeper than {MOST_NESTED}")
    major, info = data[at] >> 5, data[at] & 31
    if major == 7:
        return read_simple(data, at, info)
    length, at = read_length(data, at, info)
    match major:
        case 0:
            return length, at
        case 1:
            return -1 - (length or 0), at
        case 2 | 3:
            return read_text(data, at, length, depth, is_text=major == 3)
        case 4:
            return read_items(data, at, length, depth)
        case 5:
            flat, at = read_items(data, at, None if length is None else 2 * length, depth)
            return dict(zip(flat[::2], flat[1::2], strict=True)), at
    value, at = read(data, at, depth + 1)
    return (datetime.fromtimestamp(value, UTC) if length == TIME_TAG else value), at


def read_simple(data: bytes, at: int, info: int) -> tuple[Any, int]:
    if info == 31:
        return BREAK, at + 1
    if info in FLOATS:
        size = struct.calcsize(FLOATS[info])
        return struct.unpack_from(FLOATS[info], data, at + 1)[0], at + 1 + size
    return SIMPLE[info], at + 1


def read_length(data: bytes, at: int, info: int) -> tuple[int | None, int]:
    """None: the item goes on until a break."""
    if info < 24:
        return info, at + 1
    if info == 31:
        return None, at + 1
    size = {24: 1, 25: 2, 26: 4, 27: 8}[info]
    return int.from_bytes(data[at + 1 : at + 1 + size], "big"), at + 1 + size


def read_text(data: bytes, at: int, length: int | None, depth: int, *, is_text: bool) -> tuple[Any, int]:
    if length is None:
        pieces, at = read_items(data, at, None, depth)
        return ("" if is_text else b"").join(pieces), at
    piece = data[at : at + length]
    return (piece.decode() if is_text else piece), at + length


def read_items(data: bytes, at: int, count: int | None, depth: int) -> tuple[list[Any], int]:
    items: list[Any] = []
    while count is None or len(items) < count:
        value, at = read(data, at, depth + 1)
        if value is BREAK:
            if count is not None:
                raise ValueError("a break in a list of known length")
            break
        items.append(value)
    return items, at


def dump(value: Any) -> bytes:
    """Raises: TypeError for what has no form here."""
    if value is None or isinstance(value, bool):
        return {False: b"\xf4", True: b"\xf5", None: b"\xf6"}[value]
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, float):
        return b"\xfb" + struct.pack(">d", value)
    if isinstance(value, str):
        return text(value)
    if isinstance(value, bytes | bytearray):
        return head(2, len(value)) + bytes(value)
    if isinstance(value, datetime):
        at = value if value.tzinfo else value.replace(tzinfo=UTC)
        return head(6, TIME_TAG) + dump(at.timestamp())
    if isinstance(value, dict):
        return head(5, len(value)) + b"".join(dump(key) + dump(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return head(4, len(value)) + b"".join(map(dump, value))
    raise TypeError(f"{type(value).__name__} has no form in CBOR")


def text(value: str) -> bytes:
    data = value.encode()
    return head(3, len(data)) + data


def head(major: int, length: int) -> bytes:
    if length < 24:
        return bytes([major << 5 | length])
    for info, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if length < 1 << 8 * size:
            return bytes([major << 5 | info]) + length.to_bytes(size, "big")
    raise TypeError(f"{length} is too large for CBOR")
