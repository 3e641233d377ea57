"""The two calls that every realtime answer waits for, without a client's long way.

A client of botocore resolves the address, checks parameters against its service's description and emits
dozens of events, for each call anew. That is most of the CPU time of a short call, and the calls of a process
take turns at it. Here botocore signs, and the request goes over a connection that stays open. What is not
answered by 200 is the client's affair: it repeats, words the error, and finds the way where this one ends.

`Runtime` and `Objects` take the place of the clients that they are made of, for one operation each.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import select
import ssl
from typing import Any
from urllib.parse import quote, urlsplit

from millkit import log


class Way:
    """The way to the service of `client`, with its region, its time-outs and its session's credentials.

    It is closed where a proxy stands in it, or nothing to sign with is found.
    """

    def __init__(self, session: Any, client: Any) -> None:
        from botocore import httpsession, utils

        meta = client.meta
        self._url = urlsplit(meta.endpoint_url)
        self._scope = (meta.service_model.signing_name, meta.region_name)
        self._timeouts_s = (meta.config.connect_timeout, meta.config.read_timeout)
        self._credentials = session.get_credentials()
        self._authorities = httpsession.get_cert_path(session.get_config_variable("ca_bundle") or True)
        self._tls: ssl.SSLContext | None = None
        self._idle: list[http.client.HTTPConnection] = []
        self._is_closed = self._credentials is None or bool(utils.get_environ_proxies(meta.endpoint_url))

    def send(self, method: str, path: str, headers: dict[str, str], body: bytes) -> bytes | None:
        """The body of the answer 200; None for every other outcome, whose kind is logged.

        Raises: TimeoutError, when the service is silent for as long as the client would wait.
        """
        if self._is_closed:
            return None
        connection = None
        try:
            signed = self._signed(method, path, headers, body)
            connection = self._idle_connection() or self._connected()
            connection.request(method, path, body, signed)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as failed:
            if connection is not None:
                connection.close()
            if isinstance(failed, TimeoutError):
                raise
            outcome = type(failed).__name__
        else:
            self._idle.append(connection)
            if answer.status == http.client.OK:
                return content
            outcome = str(answer.status)
        log.info("asked_through_the_client", service=self._scope[0], outcome=outcome)
        return None

    def close(self) -> None:
        """End the connections that are idle."""
        while self._idle:
            self._idle.pop().close()

    def _signed(self, method: str, path: str, headers: dict[str, str], body: bytes) -> dict[str, str]:
        from botocore.auth import S3SigV4Auth, SigV4Auth
        from botocore.awsrequest import AWSRequest

        request = AWSRequest(method, f"{self._url.scheme}://{self._url.netloc}{path}", headers, body)
        scheme = S3SigV4Auth if self._scope[0] == "s3" else SigV4Auth
        scheme(self._credentials.get_frozen_credentials(), *self._scope).add_auth(request)
        return dict(request.headers.items())

    def _idle_connection(self) -> http.client.HTTPConnection | None:
        """One that the service has not ended: while nothing is asked, all it can have sent is the end."""
        while self._idle:
            connection = self._idle.pop()
            if connection.sock is not None:
                heard = select.poll()
                heard.register(connection.sock, select.POLLIN)
                if not heard.poll(0):
                    return connection
            connection.close()
        return None

    def _connected(self) -> http.client.HTTPConnection:
        connect_timeout_s, read_timeout_s = self._timeouts_s
        host, port = self._url.hostname or "", self._url.port
        connection = http.client.HTTPConnection(host, port, timeout=connect_timeout_s)
        if self._url.scheme == "https":
            self._tls = self._tls or ssl.create_default_context(cafile=self._authorities)
            connection = http.client.HTTPSConnection(host, port, timeout=connect_timeout_s, context=self._tls)
        connection.connect()
        connection.sock.settimeout(read_timeout_s)
        return connection


class Runtime:
    """InvokeEndpoint of SageMaker's runtime. An endpoint that is silent is not asked again: time is up."""

    def __init__(self, client: Any, way: Way) -> None:
        self._client = client
        self._way = way

    def invoke_endpoint(self, **params: Any) -> dict[str, Any]:
        """params: EndpointName, ContentType, Body and InferenceId."""
        path = f"/endpoints/{quote(params['EndpointName'], safe='')}/invocations"
        headers = {
            "content-type": params["ContentType"],
            "x-amzn-sagemaker-inference-id": params["InferenceId"],
        }
        content = self._way.send("POST", path, headers, params["Body"])
        if content is not None:
            return {"Body": io.BytesIO(content)}
        answer: dict[str, Any] = self._client.invoke_endpoint(**params)
        return answer


class Objects:
    """PutObject of S3, for objects that are written once: sent twice, it is still one object."""

    def __init__(self, client: Any, way: Way) -> None:
        self.exceptions = client.exceptions
        self._client = client
        self._way = way

    def put_object(self, **params: Any) -> None:
        """params: Bucket, Key, Body, ContentType, and "*" as IfNoneMatch."""
        path = f"/{params['Bucket']}/{quote(params['Key'], safe='/~')}"
        headers = {"content-type": params["ContentType"], "if-none-match": params["IfNoneMatch"]}
        with contextlib.suppress(TimeoutError):
            if self._way.send("PUT", path, headers, params["Body"]) is not None:
                return
        self._client.put_object(**params)
