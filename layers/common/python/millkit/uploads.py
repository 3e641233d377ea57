"""From an uploaded object to exactly one execution of a state machine.

EventBridge delivers an event at least once and in any order. So the execution's name follows from the
object's bucket, key and version (a second event finds it taken), and an event of a version that is no
longer current starts nothing, for the newer version has an event of its own.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from millkit.errors import MillError
from millkit.storage import Place

NAME_STEM_LENGTH = 12
NAME_HASH_LENGTH = 24


class EventInvalid(MillError):
    """Not an "Object Created" event."""


class UseCaseInvalid(MillError):
    """The parameter with the machine's settings is not a JSON object."""


class Upload(NamedTuple):
    """An object as an event tells of it. `version` is the version id, or the etag in a bucket without."""

    place: Place
    version: str
    is_versioned: bool


class Started(NamedTuple):
    """No execution belongs to a stale upload."""

    execution_arn: str | None
    outcome: Literal["started", "already_started", "stale"]


def upload_of(event: Mapping[str, Any]) -> Upload:
    """Read an EventBridge event of S3, where keys are not URL-encoded (they are in S3's own notifications).

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html

    Raises:
        EventInvalid: bucket, key or version is missing.
    """
    try:
        detail = event["detail"]
        thing = detail["object"]
        version_id = thing.get("version-id", "")
        place = Place(detail["bucket"]["name"], thing["key"])
        return Upload(place, version_id or thing["etag"], bool(version_id))
    except (KeyError, TypeError, AttributeError) as missing:
        raise EventInvalid(
            f"event: lacks {missing}; expected detail.bucket.name, detail.object.key and detail.object.etag"
        ) from missing


def execution_name(upload: Upload) -> str:
    """The same upload always gets the same name, at most 37 characters that a job's name may have too."""
    stem = re.sub(r"[^a-z0-9]+", "-", upload.place.key.rsplit("/", 1)[-1].lower())[:NAME_STEM_LENGTH].strip(
        "-"
    )
    identity = json.dumps([upload.place.bucket, upload.place.key, upload.version])
    digest = hashlib.sha256(identity.encode()).hexdigest()[:NAME_HASH_LENGTH]
    return f"{stem or 'upload'}-{digest}"


def is_stale(s3: Any, upload: Upload) -> bool:
    """Whether a newer version has taken the object's place.

    An object that has vanished is not stale: its execution shall fail and tell people so.
    """
    try:
        now = s3.head_object(Bucket=upload.place.bucket, Key=upload.place.key)
    except s3.exceptions.ClientError as wrong:
        if wrong.response["Error"]["Code"] in ("404", "NoSuchKey", "NotFound"):
            return False
        raise
    current = now.get("VersionId", "null") if upload.is_versioned else now["ETag"].strip('"')
    return bool(current != upload.version)


def use_case(ssm: Any, parameter: str) -> dict[str, Any]:
    """The machine's settings for this kind of data, a JSON object in a parameter.

    Raises:
        UseCaseInvalid: it is something else.
    """
    text = ssm.get_parameter(Name=parameter)["Parameter"]["Value"]
    try:
        settings = json.loads(text)
    except ValueError as wrong:
        raise UseCaseInvalid(f"parameter {parameter}: is not JSON ({wrong}); mend it") from wrong
    if not isinstance(settings, dict):
        raise UseCaseInvalid(f"parameter {parameter}: is {type(settings).__name__}; expected a JSON object")
    return settings


def start(states: Any, s3: Any, ssm: Any, upload: Upload, *, machine_arn: str, parameter: str) -> Started:
    """Start the machine for this upload unless that has been done or the upload is stale.

    While the first execution runs, Step Functions answers a repeated start with it: `started` again.
    """
    if is_stale(s3, upload):
        return Started(None, "stale")
    name = execution_name(upload)
    settings = {**use_case(ssm, parameter), "data_uri": str(upload.place), "data_version": upload.version}
    try:
        answer = states.start_execution(stateMachineArn=machine_arn, name=name, input=json.dumps(settings))
    except states.exceptions.ExecutionAlreadyExists:
        return Started(f"{machine_arn.replace(':stateMachine:', ':execution:')}:{name}", "already_started")
    return Started(answer["executionArn"], "started")
