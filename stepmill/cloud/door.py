"""The front door: HTTP on the loopback address, every request admitted before its body is read."""

import asyncio
import contextlib
import io
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any, BinaryIO

import uvicorn

from stepmill.cloud import gate
from stepmill.cloud.body import BodyWriter, limit_for
from stepmill.cloud.dispatch import Dispatcher, refusal
from stepmill.cloud.protocol.messages import HttpRequest, HttpResponse
from stepmill.cloud.service import AwsError
from stepmill.cloud.wire import DoorProtocol

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud
    from stepmill.cloud.services.apigateway.answer import Response

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

PIECE_BYTES = 256 << 10
# A client that sends nothing for so long is let go.
SILENCE_LIMIT_S = 60.0


class Door:
    """Serves from its own thread; handlers run on the cloud's pool."""

    def __init__(self, cloud: "Cloud", listener: socket.socket) -> None:
        from stepmill.cloud.services.apigateway import execute  # which needs the cloud, which needs the door

        self._apis = execute
        self._cloud = cloud
        self._dispatcher = Dispatcher(cloud)
        self._listener = listener
        config = uvicorn.Config(
            self._app,
            http=DoorProtocol,
            ws="none",
            lifespan="off",
            interface="asgi3",
            loop="auto",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=120,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([listener],), name="door", daemon=True)

    def open(self) -> None:
        """The socket listens already: what arrives before the thread runs is served when it does."""
        self._thread.start()

    def close(self) -> None:
        self._server.should_exit = True
        if self._thread.ident is not None:
            self._thread.join()

    async def _app(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        request = HttpRequest(
            scope["method"],
            scope["raw_path"].decode("latin-1"),
            scope["query_string"].decode("latin-1"),
            headers,
            io.BytesIO(),
        )
        try:
            if self._apis.is_meant(request.path):
                await write_api(await self._respond_api(request, scope, receive), request.method, send)
                return
            response = await self._respond(request, headers, receive)
            await write(response, request.method, send)
        finally:
            request.body.close()

    async def _respond_api(self, request: HttpRequest, scope: dict[str, Any], receive: Receive) -> "Response":
        """An API of API Gateway says itself whom it lets in; the Host header is checked all the same."""
        pairs = [(key.decode("latin-1"), value.decode("latin-1")) for key, value in scope["headers"]]
        try:
            gate.check_host(request.headers, self._cloud.port)
            request.body = await read_body(receive, dict(pairs), self._apis.MOST_BYTES)
        except AwsError as error:
            return self._apis.refused_at_the_door(error)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._cloud.pool, self._apis.respond, self._cloud, request, pairs)

    async def _respond(self, request: HttpRequest, headers: dict[str, str], receive: Receive) -> HttpResponse:
        signed = gate.read_signature(headers, request.query_string)
        try:
            gate.check_host(headers, self._cloud.port)
            signed, principal = gate.admit(self._cloud, signed)
            request.body = await read_body(receive, headers, limit_for(signed.service))
        except AwsError as error:
            return refusal(error, signed.service if signed else "s3", request)
        dispatcher = self._dispatcher
        if not dispatcher.is_quick(signed, principal, request):
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(
                self._cloud.pool, dispatcher.respond, signed, principal, request
            )
        begun = dispatcher.begin(signed, principal, request)
        if isinstance(begun, HttpResponse):
            return begun
        with contextlib.suppress(Exception):  # `finish` words it
            await asyncio.wrap_future(begun.later.done)
        return dispatcher.finish(begun, request)


async def read_body(
    receive: Receive, headers: dict[str, str], limit_bytes: int, silence_limit_s: float = SILENCE_LIMIT_S
) -> BinaryIO:
    """Raises: AwsError when the body is too large, too slow, broken or cut off."""
    writer = BodyWriter(headers, limit_bytes)
    try:
        more = True
        while more:
            async with asyncio.timeout(silence_limit_s):
                message = await receive()
            if message["type"] == "http.disconnect":
                raise AwsError("RequestTimeout", "The client went away before the body ended", 400)
            writer.write(message.get("body", b""))
            more = message.get("more_body", False)
        return writer.finish()
    except TimeoutError:
        writer.close()
        raise AwsError("RequestTimeout", f"No data came for {silence_limit_s:g} s", 400) from None
    except BaseException:
        writer.close()
        raise


async def write_api(response: "Response", method: str, send: Send) -> None:
    """One header may be there several times."""
    raw = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in response.headers]
    raw.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": raw})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else response.body})


async def write(response: HttpResponse, method: str, send: Send) -> None:
    headers = {key.lower(): value for key, value in response.headers.items()}
    if isinstance(response.body, bytes):
        if response.status not in (204, 304) and method != "HEAD":
            headers["content-length"] = str(len(response.body))
        await send(start(response.status, headers))
        await send({"type": "http.response.body", "body": response.body})
        return
    try:
        if "content-length" not in headers and response.body.seekable():
            headers["content-length"] = str(length_left(response.body))
        await send(start(response.status, headers))
        async for piece in pieces(response.body):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        response.body.close()


def start(status: int, headers: dict[str, str]) -> dict[str, Any]:
    raw = [(key.encode("latin-1"), value.encode("latin-1", "replace")) for key, value in headers.items()]
    return {"type": "http.response.start", "status": status, "headers": raw}


async def pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
        yield piece


def length_left(file: BinaryIO) -> int:
    position = file.tell()
    end = file.seek(0, io.SEEK_END)
    file.seek(position)
    return end - position
