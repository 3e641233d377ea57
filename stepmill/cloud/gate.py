"""Who may come in: the Host header, the access key, the region a request is signed for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from stepmill.cloud.service import AwsError, Principal

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

CREDENTIAL = re.compile(
    r"(?P<key>[\w-]{4,128})/(?P<date>\d{8})/(?P<region>[\w-]+)/(?P<service>[\w-]+)/aws4_request"
)
# Services without a region of their own: SDKs sign for us-east-1 wherever they are.
GLOBAL = frozenset(
    [
        "iam",
        "sts",
        "s3",
        "route53",
        "cloudfront",
        "organizations",
        "support",
        "ce",
        "budgets",
        "health",
        "shield",
    ]
)


@dataclass(frozen=True)
class Signed:
    """What a signature says: `service` is the name that SigV4 signs with. `headers` are as they came."""

    access_key_id: str
    region: str
    service: str
    headers: Mapping[str, str]


def check_host(headers: Mapping[str, str], port: int) -> None:
    """A browser that was led here by a rebound DNS name still sends that name. Raises: AwsError 403."""
    host = headers.get("host", "")
    if host not in (f"127.0.0.1:{port}", f"localhost:{port}"):
        raise AwsError(
            "AccessDenied", f"Host header {host!r:.100} is not this cloud; use http://127.0.0.1:{port}", 403
        )


def read_signature(headers: Mapping[str, str], query_string: str) -> Signed | None:
    """From the Authorization header, or from a presigned URL's query; None for an unsigned request."""
    authorization = headers.get("authorization", "")
    if match := re.search(r"Credential=([^,\s]+)", authorization):
        scope = match[1]
    else:
        query = dict(parse_qsl(query_string))
        if "AWSAccessKeyId" in query and "Signature" in query:  # S3's old way of signing URLs
            return Signed(query["AWSAccessKeyId"], "us-east-1", "s3", dict(headers))
        scope = query.get("X-Amz-Credential", "")
    found = CREDENTIAL.fullmatch(scope)
    return Signed(found["key"], found["region"], found["service"], dict(headers)) if found else None


def admit(cloud: "Cloud", signed: Signed | None) -> tuple[Signed, Principal]:
    """Raises: AwsError 403 for a request that is unsigned, or signed with an unknown key or region."""
    if signed is None:
        raise AwsError("AccessDenied", "The request is not signed with AWS Signature Version 4", 403)
    principal = cloud.keyring.principal_of(signed.access_key_id)
    if principal is None:
        code = "InvalidAccessKeyId" if signed.service == "s3" else "InvalidClientTokenId"
        raise AwsError(code, "The access key id is unknown here, or has expired", 403)
    is_global = signed.service in GLOBAL and signed.region in ("us-east-1", "aws-global")
    if signed.region != cloud.region and not is_global:
        raise AwsError(
            "SignatureDoesNotMatch",
            f"The request is signed for region {signed.region}, this cloud is in {cloud.region}; "
            f"set AWS_DEFAULT_REGION={cloud.region}",
            403,
        )
    return signed, principal
