"""The connection as uvicorn writes to it: a response's head and its body leave in one piece.

Written one by one they wake the client twice, the first time for nothing.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# Of what is longer a copy costs more than a second write.
SHORT_BYTES = 16 << 10


class JoinedWrites:
    """A transport that holds what is short until the next write, or until the loop comes round."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held = b""
        self._flushing: asyncio.Handle | None = None

    def write(self, data: bytes) -> None:
        if len(data) > SHORT_BYTES:
            self._flush()
            self._transport.write(data)
        elif self._held:
            self._held += data
            self._flush()
        else:
            self._held = data
            self._flushing = self._loop.call_soon(self._flush)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._flushing is not None:
            self._flushing.cancel()
            self._flushing = None
        data, self._held = self._held, b""
        if data and not self._transport.is_closing():
            self._transport.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class DoorProtocol(HttpToolsProtocol):
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(JoinedWrites(transport, self.loop))  # type: ignore[arg-type]  # quacks
