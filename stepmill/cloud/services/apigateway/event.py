"""The event of a Lambda proxy integration, version 1.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

import base64
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from stepmill.cloud.services.apigateway.routes import Match

Pairs = Sequence[tuple[str, str]]
# Of the connection, or holding what must not reach a log: a signature and a session's token.
NOT_PASSED_ON = frozenset(["connection", "keep-alive", "transfer-encoding", "te", "upgrade", "expect"])
NOT_PASSED_ON |= {"content-length", "authorization", "x-amz-security-token", "x-amz-content-sha256"}
# The names that clients send capitalised; the door gives them in lower case.
USUAL = ["Accept", "Accept-Encoding", "Accept-Language", "Cache-Control", "Content-Encoding"]
USUAL += ["Content-Type", "Cookie", "Host", "Origin", "Referer", "User-Agent"]
CAPITALS = {name.lower(): name for name in USUAL}
COGNITO = ["AuthenticationProvider", "AuthenticationType", "IdentityId", "IdentityPoolId"]


@dataclass(frozen=True)
class Incoming:
    """One HTTP request to a stage. `path` begins after the stage, percent-encoded; names in lower case."""

    api: str
    stage: str
    verb: str
    path: str
    query_string: str
    headers: Pairs
    body: bytes
    received_s: float
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def header(self, name: str) -> str:
        """The last one, or nothing."""
        return next((value for key, value in reversed(self.headers) if key == name), "")


@dataclass(frozen=True)
class Caller:
    """Who asks, as far as the method wanted to know."""

    key: Mapping[str, Any] | None = None
    access_key_id: str | None = None
    account: str | None = None
    arn: str | None = None


def build(
    incoming: Incoming, match: Match, caller: Caller, stage: Mapping[str, Any], account: str, is_binary: bool
) -> dict[str, Any]:
    headers = passed_on(incoming)
    query = parse_qsl(incoming.query_string, keep_blank_values=True)
    if not incoming.body:
        body = None
    elif is_binary:
        body = base64.b64encode(incoming.body).decode()
    else:
        body = incoming.body.decode("utf-8", "replace")
    return {
        "resource": match.method.resource,
        "path": incoming.path,
        "httpMethod": incoming.verb,
        "headers": dict(headers),
        "multiValueHeaders": lists(headers),
        "queryStringParameters": dict(query) or None,
        "multiValueQueryStringParameters": lists(query) or None,
        "pathParameters": dict(match.path_parameters) or None,
        "stageVariables": stage.get("variables") or None,
        "requestContext": context(incoming, match, caller, stage, account),
        "body": body,
        "isBase64Encoded": body is not None and is_binary,
    }


def passed_on(incoming: Incoming) -> list[tuple[str, str]]:
    kept = [
        (CAPITALS.get(name, name), value) for name, value in incoming.headers if name not in NOT_PASSED_ON
    ]
    trace = f"Root=1-{int(incoming.received_s):08x}-{uuid.uuid4().hex[:24]}"
    port = incoming.header("host").rpartition(":")[2]
    forwarded = [("X-Forwarded-For", "127.0.0.1"), ("X-Forwarded-Port", port), ("X-Forwarded-Proto", "http")]
    return [*kept, ("X-Amzn-Trace-Id", trace), *forwarded]


def context(
    incoming: Incoming, match: Match, caller: Caller, stage: Mapping[str, Any], account: str
) -> dict[str, Any]:
    received = datetime.fromtimestamp(incoming.received_s, UTC)
    host = incoming.header("host")
    return {
        "accountId": account,
        "apiId": incoming.api,
        "deploymentId": stage["deploymentId"],
        "domainName": host,
        "domainPrefix": incoming.api,
        "extendedRequestId": base64.b64encode(uuid.UUID(incoming.request_id).bytes[:11]).decode(),
        "httpMethod": incoming.verb,
        "identity": identity(incoming, caller),
        "path": f"/{incoming.stage}{incoming.path}",
        "protocol": "HTTP/1.1",
        "requestId": incoming.request_id,
        "requestTime": received.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "requestTimeEpoch": int(incoming.received_s * 1000),
        "resourceId": f"{hash_of(match.method.resource):06x}",
        "resourcePath": match.method.resource,
        "stage": incoming.stage,
    }


def identity(incoming: Incoming, caller: Caller) -> dict[str, Any]:
    key = caller.key or {}
    found: dict[str, Any] = dict.fromkeys(f"cognito{name}" for name in COGNITO)
    found |= {
        "accessKey": caller.access_key_id,
        "accountId": caller.account,
        "caller": caller.arn,
        "principalOrgId": None,
        "sourceIp": "127.0.0.1",
        "user": caller.arn,
        "userAgent": incoming.header("user-agent") or None,
        "userArn": caller.arn,
    }
    return found | ({"apiKey": key["value"], "apiKeyId": key["id"]} if key else {})


def hash_of(resource: str) -> int:
    return uuid.uuid5(uuid.NAMESPACE_URL, resource).int & 0xFFFFFF


def lists(pairs: Pairs) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found
