"""What a Map hands to S3 to read its items or to write its results: only members' names are looked at.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html and
https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepmill.check.records import dataclass
from stepmill.check.rule import Rule
from stepmill.check.rules.maps import MAP_WRITER
from stepmill.check.rules.parameters import PARAMETER_MISSING, PARAMETER_UNKNOWN
from stepmill.check.syntax.fields import nearest
from stepmill.check.syntax.place import Place


@dataclass(frozen=True, slots=True)
class Request:
    """needed, others: members of a call. missing: the rule that tells of a needed one."""

    needed: tuple[str, ...]
    others: tuple[str, ...] = ()
    missing: Rule = PARAMETER_MISSING


_OF_ALL = ("ExpectedBucketOwner", "RequestPayer")
REQUESTS = {
    "s3:getObject": Request(
        ("Bucket", "Key"),
        (
            *("VersionId", "Range", "PartNumber", "ChecksumMode", *_OF_ALL),
            *("IfMatch", "IfModifiedSince", "IfNoneMatch", "IfUnmodifiedSince"),
            *("ResponseCacheControl", "ResponseContentDisposition", "ResponseContentEncoding"),
            *("ResponseContentLanguage", "ResponseContentType", "ResponseExpires"),
            *("SseCustomerAlgorithm", "SseCustomerKey", "SseCustomerKeyMd5"),
            *("SSECustomerAlgorithm", "SSECustomerKey", "SSECustomerKeyMD5"),
        ),
    ),
    "s3:listObjectsV2": Request(
        ("Bucket",),
        (
            *("Prefix", "Delimiter", "EncodingType", "MaxKeys", "ContinuationToken", "FetchOwner"),
            *("StartAfter", "OptionalObjectAttributes", *_OF_ALL),
        ),
    ),
    "s3:putObject": Request(("Bucket",), missing=MAP_WRITER),
}


def check_arguments(place: Place, holder: Mapping[str, Any], action: str) -> None:
    """place, holder: an ItemReader or ResultWriter. action: one of REQUESTS."""
    field = "Arguments" if "Arguments" in holder else "Parameters"
    told = holder.get(field)
    if not isinstance(told, dict):
        return
    request = REQUESTS[action]
    at = place.at(field)
    given = {str(name).removesuffix(".$"): name for name in told}
    known = (*request.needed, *request.others)
    meant = set()
    for name, written in given.items():
        if name in known or not request.others:
            continue
        near = nearest(name, (each for each in known if each not in given))
        meant.add(near)
        at.tell(
            PARAMETER_UNKNOWN,
            f"{written} is no parameter of {action}; {f'use {near}' if near else 'remove it'}",
            available=known,
            meant=near,
            is_breaking=False,
            at=at.at(written),
        )
    missing = [name for name in request.needed if name not in given and name not in meant]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        message = (
            f"{' and '.join(missing)} {verb} missing; {action} needs {'it' if len(missing) == 1 else 'both'}"
        )
        at.tell(request.missing, message, available=missing, is_breaking=False)
