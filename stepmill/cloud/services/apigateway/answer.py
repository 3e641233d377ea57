"""A proxy function's answer as an HTTP response; one of another form is a 502.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-integration-settings-integration-response.html
"""

import base64
import binascii
import json
import re
from dataclasses import dataclass, field
from typing import Any

from stepmill.cloud.services.apigateway.refusals import internal

MEMBERS = frozenset(["statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"])
NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# Set by the door, or of the connection.
NOT_TAKEN = frozenset(
    ["connection", "content-length", "date", "server", "transfer-encoding", "trailer", "te"]
)


@dataclass(frozen=True)
class Response:
    """Header names in lower case; one may be there several times."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""


def read(payload: bytes, accepts_binary: bool) -> Response:
    """`accepts_binary`: what is base64 in the answer leaves as bytes, else as the text it is.

    Raises: Refused 502 for anything that is no answer of a proxy function.
    """
    try:
        answer = json.loads(payload)
    except ValueError:
        raise internal(502) from None
    if not isinstance(answer, dict) or answer.keys() - MEMBERS:
        raise internal(502)
    return Response(_status(answer.get("statusCode")), _headers(answer), _body(answer, accepts_binary))


def _status(value: Any) -> int:
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 100 <= value <= 599:
        raise internal(502)
    return value


def _headers(answer: dict[str, Any]) -> list[tuple[str, str]]:
    """Both kinds together; of one that is in both, the list counts."""
    single, several = answer.get("headers") or {}, answer.get("multiValueHeaders") or {}
    if not isinstance(single, dict) or not isinstance(several, dict):
        raise internal(502)
    if any(not isinstance(values, list) for values in several.values()):
        raise internal(502)
    lists = {name.lower(): [value] for name, value in single.items()}
    lists |= {name.lower(): values for name, values in several.items()}
    lists.setdefault("content-type", ["application/json"])
    return [
        (name, _text(name, value))
        for name, values in lists.items()
        if name not in NOT_TAKEN
        for value in values
    ]


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        value = str(value).lower()
    if not isinstance(value, str | int | float) or not NAME.fullmatch(name):
        raise internal(502)
    text = str(value)
    if re.search(r"[\r\n\0]", text):
        raise internal(502)
    return text


def _body(answer: dict[str, Any], accepts_binary: bool) -> bytes:
    body = answer.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise internal(502)
    if answer.get("isBase64Encoded") is True and accepts_binary:
        try:
            return base64.b64decode(body, validate=True)
        except binascii.Error:
            raise internal(500) from None
    return body.encode("utf-8", "replace")
