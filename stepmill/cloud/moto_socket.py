"""The way to moto: HTTP over a socket file, in a folder that only the owner may enter.

moto asks for no credentials and lets every web page in (CORS), so it must have no port: any program of this
machine, and any page in its browser, could call it past the door and past IAM.
"""

import os
import shutil
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import urllib3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import EndpointConnectionError
from urllib3.connection import HTTPConnection

# The kernel's own limit is 108 bytes on Linux and 104 on macOS, the final zero included.
LONGEST_PATH_BYTES = 100
URL = "http://127.0.0.1"


class SocketFile:
    """Where moto listens: in `folder`, or in a short one of its own where that path is too long."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        self._own: str | None = None
        self.path = folder / "moto.sock"
        if len(os.fsencode(self.path)) > LONGEST_PATH_BYTES:
            self._own = tempfile.mkdtemp(prefix="stepmill-moto-")
            self.path = Path(self._own, "moto.sock")
        self.path.unlink(missing_ok=True)  # of a run that was killed

    def close(self) -> None:
        self.path.unlink(missing_ok=True)
        if self._own is not None:
            shutil.rmtree(self._own, ignore_errors=True)


class SocketConnection(HTTPConnection):
    def __init__(self, *args: Any, socket_file: Path, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._socket_file = socket_file

    def connect(self) -> None:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.settimeout(5)
            sock.connect(str(self._socket_file))
            sock.settimeout(None)
        except OSError as error:
            sock.close()
            raise urllib3.exceptions.NewConnectionError(self, f"{self._socket_file}: {error}") from error
        self.sock = sock


class SocketPool(urllib3.HTTPConnectionPool):
    """Connections that stay open; a moto that does not answer within `read` seconds is given up."""

    ConnectionCls = SocketConnection

    def __init__(self, socket_file: Path) -> None:
        self.socket_file = socket_file
        timeout = urllib3.Timeout(connect=5, read=300)
        super().__init__("127.0.0.1", timeout=timeout, maxsize=64, retries=False, socket_file=socket_file)


def sender(pool: SocketPool) -> Callable[..., AWSResponse]:
    """A handler of botocore's `before-send` event: the request goes through the pool, not to a port."""

    def send(request: AWSPreparedRequest, **_kwargs: Any) -> AWSResponse:
        target = request.url[len(URL) :] or "/"
        try:
            answer = pool.urlopen(
                request.method,
                target,
                body=request.body,  # type: ignore[arg-type]  # bytes or a file, never text in pieces
                headers=dict(request.headers.items()),
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
            response = AWSResponse(request.url, answer.status, answer.headers, answer)  # type: ignore[arg-type]
            if not request.stream_output:
                response.content  # noqa: B018  # reads it all, and so frees the connection
        except urllib3.exceptions.HTTPError as error:
            raise EndpointConnectionError(endpoint_url=request.url, error=error) from error
        return response

    return send
