"""The HTTP half of a model server: /ping and /invocations on a Unix socket, one request a thread."""

import os
import socket
import socketserver
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

from stepmill.cloud.images.standins.contract import ClientError

MOST_BYTES = 100 << 20
Predict = Callable[[bytes, str, str], tuple[bytes, str]]


class UnsupportedType(Exception):
    """The request's content type, or the one it accepts."""


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, path: str, predict: Predict) -> None:
        self.predict = predict
        super().__init__(path, Handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, _ = super().get_request()
        return connection, ("box", 0)  # a Unix socket's peer has no address; the handler wants one


class Handler(BaseHTTPRequestHandler):
    """`predict(body, content type, accept)` answers body and content type; ClientError is 400,
    UnsupportedType 415.
    """

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        self.answer(200 if self.path == "/ping" else 404, b"\n", "text/plain")

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if self.path != "/invocations" or length > MOST_BYTES:
            self.close_connection = True
            self.answer(404 if self.path != "/invocations" else 413, b"", "text/plain")
            return
        body = self.rfile.read(length)
        accept = self.headers.get("Accept") or "*/*"
        try:
            answer, kind = self.server.predict(body, self.headers.get("Content-Type") or "text/csv", accept)
        except UnsupportedType as error:
            self.answer(415, str(error).encode(), "text/plain")
        except ClientError as error:
            print(f"ERROR {error}", flush=True)
            self.answer(400, str(error).encode(), "text/plain")
        except Exception as error:  # noqa: BLE001  a request's failure must not end the server
            print(f"ERROR {type(error).__name__}: {error}", flush=True)
            self.answer(500, f"{type(error).__name__}: {error}".encode(), "text/plain")
        else:
            self.answer(200, answer, kind)

    def answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Requests are not logged: pings would fill the log, and bodies have no place in it."""


def base_type(kind: str) -> str:
    return kind.split(";")[0].strip().lower()


def serve(predict: Predict) -> None:
    with Server(os.environ["STEPMILL_SOCKET"], predict) as server:
        server.serve_forever()
