"""Requests passed on to moto as they came, over connections that stay open."""

from typing import BinaryIO, cast

import urllib3

from stepmill.cloud.moto_backend import Moto
from stepmill.cloud.protocol.messages import HttpRequest, HttpResponse
from stepmill.cloud.service import AwsError

# Of the connection, not of the message.
HOP_BY_HOP = frozenset(
    ["connection", "keep-alive", "transfer-encoding", "te", "upgrade", "expect", "server", "date"]
)
SMALL_BYTES = 1 << 20


class Forwarder:
    def __init__(self, moto: Moto) -> None:
        self._moto = moto

    def forward(self, request: HttpRequest) -> HttpResponse:
        """moto's answer, streamed when it is large. Raises: AwsError ServiceUnavailable."""
        self._moto.await_ready()
        headers = {key: value for key, value in request.headers.items() if key not in HOP_BY_HOP}
        has_body = headers.get("content-length", "0") != "0"
        try:
            answer = self._moto.pool.urlopen(
                request.method,
                f"{request.path}?{request.query_string}" if request.query_string else request.path,
                body=request.read_body() if has_body else None,
                headers=headers,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
        except urllib3.exceptions.HTTPError as error:
            raise AwsError("ServiceUnavailable", f"moto does not answer: {error}", 503) from error
        kept = {key: value for key, value in answer.headers.items() if key.lower() not in HOP_BY_HOP}
        length = answer.headers.get("content-length")
        if request.method != "HEAD" and (length is None or int(length) > SMALL_BYTES):
            return HttpResponse(answer.status, kept, cast(BinaryIO, answer))
        data = answer.read(decode_content=False)
        answer.release_conn()
        return HttpResponse(answer.status, kept, data)
