"""Presigned URLs: let in only within their time, and only as they were signed.

Both ways of signing for S3 are checked with botocore's own signers; of other services' URLs the time only.
"""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from botocore.auth import HmacV1QueryAuth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from stepmill.cloud.protocol.messages import HttpRequest
from stepmill.cloud.service import AwsError

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

# Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
LONGEST_LIFE_S = 7 * 86_400
# How far a signer's clock may be ahead of ours.
CLOCK_SKEW_S = 15 * 60


def check(cloud: "Cloud", request: HttpRequest) -> None:
    """A request whose signature is not in its query is none of this module's business.

    Raises: AwsError 403 AccessDenied (expired) or SignatureDoesNotMatch; 400 for a malformed signature.
    """
    query = dict(parse_qsl(request.query_string, keep_blank_values=True))
    try:
        if "X-Amz-Signature" in query:
            check_v4(cloud, request, query)
        elif "Signature" in query and "AWSAccessKeyId" in query:
            check_v2(cloud, request, query)
    except (KeyError, ValueError) as error:
        message = "Query-string authentication requires well-formed signature parameters"
        raise AwsError("AuthorizationQueryParametersError", message) from error


def check_v4(cloud: "Cloud", request: HttpRequest, query: Mapping[str, str]) -> None:
    access_key_id, _, region, service, _ = query["X-Amz-Credential"].split("/")
    signed_s = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    life_s = int(query["X-Amz-Expires"])
    if not 0 < life_s <= LONGEST_LIFE_S:
        raise ValueError(life_s)
    check_time(cloud, signed_s + life_s, signed_s)
    if service != "s3":
        return
    unsigned = "&".join(
        part for part in request.query_string.split("&") if not part.startswith("X-Amz-Signature=")
    )
    wanted = query["X-Amz-SignedHeaders"].split(";")
    signed_headers = {name: request.headers[name] for name in wanted}
    url = f"http://{request.headers['host']}{request.path}?{unsigned}"
    again = AWSRequest(method=request.method, url=url, headers=signed_headers)
    again.context["timestamp"] = query["X-Amz-Date"]
    signer = S3SigV4QueryAuth(credentials_of(cloud, access_key_id), service, region, life_s)
    text = signer.string_to_sign(again, signer.canonical_request(again))
    compare(signer.signature(text, again), query["X-Amz-Signature"])


def check_v2(cloud: "Cloud", request: HttpRequest, query: Mapping[str, str]) -> None:
    check_time(cloud, int(query["Expires"]), None)
    amazon = HTTPHeaders()
    for name, value in [*request.headers.items(), *query.items()]:
        if name.startswith("x-amz-"):
            amazon[name] = value
    signer = HmacV1QueryAuth(credentials_of(cloud, query["AWSAccessKeyId"]))
    split = urlsplit(f"http://{request.headers['host']}{request.path}?{request.query_string}")
    lines = [
        request.method,
        request.headers.get("content-md5", ""),
        request.headers.get("content-type", ""),
        query["Expires"],
        signer.canonical_custom_headers(amazon),
        signer.canonical_resource(split),
    ]
    if not lines[4]:
        del lines[4]
    compare(signer.sign_string("\n".join(lines)), query["Signature"])


def check_time(cloud: "Cloud", expires_s: float, signed_s: float | None) -> None:
    now_s = cloud.clock.time()
    if now_s >= expires_s:
        raise AwsError("AccessDenied", "Request has expired", 403)
    if signed_s is not None and signed_s > now_s + CLOCK_SKEW_S:
        raise AwsError("AccessDenied", "Request is not valid yet", 403)


def credentials_of(cloud: "Cloud", access_key_id: str) -> Credentials:
    secret = cloud.keyring.secret_of(access_key_id)
    if secret is None:
        raise AwsError("InvalidAccessKeyId", "The access key id is unknown here, or has expired", 403)
    return Credentials(access_key_id, secret)


def compare(computed: str, given: str) -> None:
    if not hmac.compare_digest(computed.encode(), given.encode()):
        raise AwsError(
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. "
            "Check your key and signing method.",
            403,
        )
