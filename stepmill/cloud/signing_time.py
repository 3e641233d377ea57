"""Is a signature of now? By this machine's UTC clock, never by what the client claims its clock says.

A request that was overheard must not be good for ever. Where AWS has it, some services allow 5 minutes
instead of 15; here all allow 15. Not checked: that the credential scope's day is the request's.
Source: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (RequestTimeTooSkewed)
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from stepmill.cloud import models
from stepmill.cloud.protocol.routing import candidates
from stepmill.cloud.service import AwsError

LONGEST_LIFE_S = 7 * 86_400
# How far a signer's clock may be from ours.
CLOCK_SKEW_S = 15 * 60
BASIC = re.compile(r"\d{8}T\d{6}Z")


def signed_at(headers: Mapping[str, str], service: str) -> str:
    """The time a header signature is made for, as `20260131T235959Z`: X-Amz-Date, else Date.

    Raises: AwsError when there is neither, or it is not a time.
    """
    said = headers.get("x-amz-date") or headers.get("date", "")
    try:
        at = parse(said) if BASIC.fullmatch(said) else in_words(said)
    except (ValueError, OverflowError):
        raise refusal(
            service, f"X-Amz-Date or Date must be a time such as 20260131T235959Z, got {said!r:.40}"
        ) from None
    return basic(at)


def check_age(when: str, service: str, now_s: float) -> None:
    """Raises: AwsError in `service`'s words for a signature made more than CLOCK_SKEW_S from now."""
    made_s = parse(when).timestamp()
    if abs(now_s - made_s) <= CLOCK_SKEW_S:
        return
    if service == "s3":
        raise AwsError(
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
            403,
            RequestTime=when,
            ServerTime=datetime.fromtimestamp(now_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            MaxAllowedSkewMilliseconds=CLOCK_SKEW_S * 1000,
        )
    if now_s > made_s:
        what, sign, limit_s = f"expired: {when} is now earlier", "-", now_s - CLOCK_SKEW_S
    else:
        what, sign, limit_s = f"not yet current: {when} is still later", "+", now_s + CLOCK_SKEW_S
    limits = f"{basic_of(limit_s)} ({basic_of(now_s)} {sign} {CLOCK_SKEW_S // 60} min.)"
    raise refusal(service, f"Signature {what} than {limits}")


def refusal(service: str, message: str) -> AwsError:
    """A signature that is not good, under the code and status that the service's protocol has for it."""
    names = candidates(service)
    protocol = models.service_model(names[0]).metadata["protocol"] if names else "json"
    if protocol in ("query", "ec2", "rest-xml"):
        return AwsError("SignatureDoesNotMatch", message, 403)
    return AwsError("InvalidSignatureException", message, 403 if protocol == "rest-json" else 400)


def check_life(query: Mapping[str, str], now_s: float) -> None:
    """Of a URL signed with version 4. Raises: AwsError 400 for a malformed one, 403 outside its time."""
    try:
        made_s = parse(query["X-Amz-Date"]).timestamp()
        life_s = int(query["X-Amz-Expires"])
    except (KeyError, ValueError):
        life_s = 0
    if not 0 < life_s <= LONGEST_LIFE_S:
        raise AwsError(
            "AuthorizationQueryParametersError",
            f"X-Amz-Date and X-Amz-Expires must be well-formed, the latter at most {LONGEST_LIFE_S} seconds",
        )
    check_time(made_s, made_s + life_s, now_s)


def check_time(from_s: float, until_s: float, now_s: float) -> None:
    if now_s >= until_s:
        raise AwsError("AccessDenied", "Request has expired", 403)
    if now_s + CLOCK_SKEW_S < from_s:
        raise AwsError("AccessDenied", "Request is not valid yet", 403)


def parse(text: str) -> datetime:
    """Raises: ValueError unless the text is a time in ISO 8601's basic form, in UTC."""
    if not BASIC.fullmatch(text):
        raise ValueError(text)
    return datetime.fromisoformat(text)


def in_words(text: str) -> datetime:
    """`Sat, 31 Jan 2026 23:59:59 GMT`. Raises: ValueError, OverflowError."""
    at = parsedate_to_datetime(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def basic(at: datetime) -> str:
    return at.strftime("%Y%m%dT%H%M%SZ")


def basic_of(time_s: float) -> str:
    return basic(datetime.fromtimestamp(time_s, UTC))
