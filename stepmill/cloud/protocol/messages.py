"""An HTTP request and response, free of any web framework."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import BinaryIO
from urllib.parse import parse_qsl


@dataclass
class HttpRequest:
    """`path` is raw (percent-encoded, not normalised); header names are lower-case; `body` stands at 0."""

    method: str
    path: str
    query_string: str
    headers: Mapping[str, str]
    body: BinaryIO

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(self.query_string, keep_blank_values=True)

    def size_bytes(self) -> int:
        """Of the body."""
        size = self.body.seek(0, io.SEEK_END)
        self.body.seek(0)
        return size

    def read_body(self) -> bytes:
        self.body.seek(0)
        data = self.body.read()
        self.body.seek(0)
        return data


@dataclass
class HttpResponse:
    """`body` as a file object is streamed and then closed."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | BinaryIO = b""
