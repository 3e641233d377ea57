"""A service over HTTP that answers as a test wants and notes what it was asked."""

import contextlib
import datetime
import ipaddress
import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


class Asked(NamedTuple):
    """`port` is the caller's: one for each connection."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    port: int

    @property
    def is_direct(self) -> bool:
        return "Botocore" not in self.headers.get("user-agent", "")


class Answer(NamedTuple):
    """Without a body: what an endpoint predicts, or S3's nothing."""

    status: int = 200
    body: bytes | None = None
    wait_s: float = 0.0
    is_last: bool = False  # on its connection, which ends without having said so


class Service(ThreadingHTTPServer):
    """`answers` are given in their order, then 200 again and again."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[Asked] = []
        self.answers: list[Answer] = []
        self.has_ended_one = threading.Event()

    def url(self, scheme: str = "http") -> str:
        return f"{scheme}://127.0.0.1:{self.server_port}"

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        self.has_ended_one.set()

    def handle_error(self, *_: Any) -> None:
        """A caller that goes away is what some tests are about."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Service

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, self.path, headers, body, self.client_address[1])
        self.server.asked.append(asked)
        answer = self.server.answers.pop(0) if self.server.answers else Answer()
        content = answer.body if answer.body is not None else b"" if self.command == "PUT" else b"1\n"
        time.sleep(answer.wait_s)
        self.send_response(answer.status)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self.close_connection = answer.is_last

    do_POST = do_PUT = handle_any  # noqa: N815  the names that the standard library calls

    def log_message(self, *_: Any) -> None:
        pass


@contextlib.contextmanager
def serving(certificate: Path | None = None) -> Iterator[Service]:
    """A service until the block ends; with a certificate, over TLS."""
    service = Service()
    if certificate is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
        service.socket = tls.wrap_socket(service.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield service
    finally:
        service.shutdown()
        thread.join()
        service.server_close()


def write_certificate(file: Path) -> Path:
    """Key and certificate for 127.0.0.1, signed by nobody else."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    hour = datetime.timedelta(hours=1)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = builder.not_valid_before(now - hour).not_valid_after(now + hour).add_extension(address, False)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    certificate = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    file.write_bytes(private + certificate)
    return file
