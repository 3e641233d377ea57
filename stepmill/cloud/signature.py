"""Are a request's signature and time right? Signature Version 4, and S3's older signed URLs.

An access key's id travels in every signed URL, so knowing it must not be enough. Not checked: that a
digest named in x-amz-content-sha256 is the body's.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from botocore.auth import HmacV1Auth
from botocore.credentials import Credentials
from botocore.utils import normalize_url_path

from stepmill.cloud.protocol.messages import HttpRequest
from stepmill.cloud.signing_time import check_age, check_life, check_time, refusal, signed_at

UNSIGNED = "UNSIGNED-PAYLOAD"


def check_signature(
    request: HttpRequest,
    headers: Mapping[str, str],
    key_id: str,
    secret: str,
    server_time: Callable[[], float],
) -> None:
    """`headers` as they came, before aws-chunked framing was taken off. `server_time`: seconds since 1970.

    Raises: AwsError for a signature that is wrong, or not of now: SignatureDoesNotMatch,
        InvalidSignatureException, S3's RequestTimeTooSkewed, AccessDenied for a URL that has expired.
    """
    query = dict(parse_qsl(request.query_string, keep_blank_values=True))
    authorization = headers.get("authorization", "")
    service = "s3"
    if authorization.startswith("AWS4-HMAC-SHA256 "):
        parts = dict(re.findall(r"(\w+)=([^,\s]+)", authorization))
        service = service_of(parts["Credential"])
        when = signed_at(headers, service)
        check_age(when, service, server_time())
        payload = headers.get("x-amz-content-sha256") or hashlib.sha256(request.read_body()).hexdigest()
        given = parts.get("Signature", "")
        wanted = version_4(request, headers, parts, when, payload, secret)
    elif "X-Amz-Signature" in query:
        check_life(query, server_time())
        parts = {
            "Credential": query["X-Amz-Credential"],
            "SignedHeaders": query.get("X-Amz-SignedHeaders", ""),
        }
        service = service_of(parts["Credential"])
        payload = headers.get("x-amz-content-sha256") or (
            UNSIGNED if service == "s3" else hashlib.sha256(b"").hexdigest()
        )
        given, when = query["X-Amz-Signature"], query["X-Amz-Date"]
        wanted = version_4(request, headers, parts, when, payload, secret)
    else:
        expires = query.get("Expires", "")
        check_time(0.0, float(expires) if expires.isdecimal() else 0.0, server_time())
        given, wanted = query.get("Signature", ""), version_2(request, headers, query, key_id, secret)
    if not hmac.compare_digest(given.encode(), wanted.encode()):
        raise refusal(
            service,
            "The request signature we calculated does not match the signature you provided. "
            "Check your AWS Secret Access Key and signing method.",
        )


def service_of(credential: str) -> str:
    """`key/day/region/service/aws4_request`, as the gate let it in."""
    return credential.split("/")[3]


def version_4(
    request: HttpRequest,
    headers: Mapping[str, str],
    parts: Mapping[str, str],
    when: str,
    payload: str,
    secret: str,
) -> str:
    scope = parts["Credential"].split("/")[1:]
    names = [name for name in parts.get("SignedHeaders", "").split(";") if name]
    path = request.path or "/"
    if scope[2] != "s3":  # every service but S3 encodes the path twice
        path = quote(normalize_url_path(path), safe="/~")
    lines = [
        request.method,
        path,
        canonical_query(request.query_string),
        *(f"{name}:{' '.join(headers.get(name, '').split())}" for name in names),
        "",
        ";".join(names),
        payload,
    ]
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    text = "\n".join(["AWS4-HMAC-SHA256", when, "/".join(scope), digest])
    return hmac.digest(signing_key(secret, tuple(scope)), text.encode(), "sha256").hex()


@lru_cache(maxsize=64)
def signing_key(secret: str, scope: tuple[str, ...]) -> bytes:
    """`scope` is day, region, service and `aws4_request`: the key serves a whole day."""
    key = f"AWS4{secret}".encode()
    for part in scope:
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def canonical_query(query_string: str) -> str:
    """Sorted and encoded in AWS's way, without the signature itself."""
    pairs = []
    for part in filter(None, query_string.split("&")):
        name, _, value = part.partition("=")
        if name != "X-Amz-Signature":
            pairs.append((quote(unquote(name), safe="-_.~"), quote(unquote(value), safe="-_.~")))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def version_2(
    request: HttpRequest, headers: Mapping[str, str], query: Mapping[str, str], key_id: str, secret: str
) -> str:
    """S3's older signature of a URL: what was signed as a header may have become part of the query."""
    said = {name.lower(): value for name, value in query.items()} | dict(headers)
    signer = HmacV1Auth(Credentials(key_id, secret))
    lines = [
        request.method,
        said.get("content-md5", ""),
        said.get("content-type", ""),
        query.get("Expires", ""),
        *(f"{name}:{said[name].strip()}" for name in sorted(said) if name.startswith("x-amz-")),
        signer.canonical_resource(urlsplit(f"http://cloud{request.path}?{request.query_string}")),
    ]
    return str(signer.sign_string("\n".join(lines)))
