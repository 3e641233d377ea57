"""Are a request's signature and time right? Signature Version 4, and S3's older signed URLs.

An access key's id travels in every signed URL, so knowing it must not be enough. Not checked: that a
digest named in x-amz-content-sha256 is the body's, and how old a request signed in its headers is.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from botocore.auth import HmacV1Auth
from botocore.credentials import Credentials
from botocore.utils import normalize_url_path

from stepmill.cloud.protocol.messages import HttpRequest
from stepmill.cloud.service import AwsError

UNSIGNED = "UNSIGNED-PAYLOAD"
LONGEST_LIFE_S = 7 * 86_400
# How far a signer's clock may be ahead of ours.
CLOCK_SKEW_S = 15 * 60


def check_signature(
    request: HttpRequest, headers: Mapping[str, str], key_id: str, secret: str, now_s: float
) -> None:
    """`headers` as they came, before aws-chunked framing was taken off.

    Raises: AwsError 403 SignatureDoesNotMatch, or AccessDenied for a URL that has expired.
    """
    query = dict(parse_qsl(request.query_string, keep_blank_values=True))
    authorization = headers.get("authorization", "")
    if authorization.startswith("AWS4-HMAC-SHA256 "):
        parts = dict(re.findall(r"(\w+)=([^,\s]+)", authorization))
        payload = headers.get("x-amz-content-sha256") or hashlib.sha256(request.read_body()).hexdigest()
        given, when = parts.get("Signature", ""), headers.get("x-amz-date", "")
        wanted = version_4(request, headers, parts, when, payload, secret)
    elif "X-Amz-Signature" in query:
        check_time(*life_of(query), now_s)
        parts = {
            "Credential": query["X-Amz-Credential"],
            "SignedHeaders": query.get("X-Amz-SignedHeaders", ""),
        }
        is_s3 = "/s3/" in parts["Credential"]
        payload = headers.get("x-amz-content-sha256") or (
            UNSIGNED if is_s3 else hashlib.sha256(b"").hexdigest()
        )
        given, when = query["X-Amz-Signature"], query.get("X-Amz-Date", "")
        wanted = version_4(request, headers, parts, when, payload, secret)
    else:
        expires = query.get("Expires", "")
        check_time(0.0, float(expires) if expires.isdecimal() else 0.0, now_s)
        given, wanted = query.get("Signature", ""), version_2(request, headers, query, key_id, secret)
    if not hmac.compare_digest(given.encode(), wanted.encode()):
        raise AwsError(
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. "
            "Check your AWS Secret Access Key and signing method.",
            403,
        )


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


def life_of(query: Mapping[str, str]) -> tuple[float, float]:
    """From when and until when a signed URL is good. Raises: AwsError 400."""
    try:
        made_s = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
        life_s = int(query["X-Amz-Expires"])
    except (KeyError, ValueError):
        life_s = 0
    if not 0 < life_s <= LONGEST_LIFE_S:
        raise AwsError(
            "AuthorizationQueryParametersError",
            f"X-Amz-Date and X-Amz-Expires must be well-formed, the latter at most {LONGEST_LIFE_S} seconds",
        )
    return made_s, made_s + life_s


def check_time(from_s: float, until_s: float, now_s: float) -> None:
    if now_s >= until_s:
        raise AwsError("AccessDenied", "Request has expired", 403)
    if now_s + CLOCK_SKEW_S < from_s:
        raise AwsError("AccessDenied", "Request is not valid yet", 403)
