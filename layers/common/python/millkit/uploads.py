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
# Fields of a use case that a variant with another algorithm does not take over.
OF_ALGORITHM = ("algorithm", "image", "hyperparameters", "tuning")


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


def scheduled(event: Mapping[str, Any], folder_uri: str) -> Upload:
    """All that lies in the folder at a time of a schedule; the time stands for its version.

    Raises:
        EventInvalid: the time is missing.
    """
    try:
        return Upload(Place.parse(folder_uri), event["time"], is_versioned=False)
    except KeyError as missing:
        raise EventInvalid(f"event: lacks {missing}; expected EventBridge's Scheduled Event") from missing


def execution_name(upload: Upload, variant: str = "") -> str:
    """The same upload always gets the same name, at most 37 characters that a job's name may have too."""
    stem = re.sub(r"[^a-z0-9]+", "-", upload.place.key.rsplit("/", 1)[-1].lower())[:NAME_STEM_LENGTH].strip(
        "-"
    )
    identity = [upload.place.bucket, upload.place.key, upload.version, *([variant] if variant else [])]
    digest = hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:NAME_HASH_LENGTH]
    return f"{stem or 'upload'}-{digest}"


def is_stale(s3: Any, upload: Upload) -> bool:
    """Whether a newer version has taken the object's place.

    An object that has vanished is not stale: its execution shall fail and tell people so. Nor is a folder,
    which has no version.
    """
    if upload.place.key.endswith("/"):
        return False
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


def inputs_of(ssm: Any, parameter: str) -> dict[str, dict[str, Any]]:
    """What the trainings of a file get: the use case's own (""), and those of its variants, by name.

    A variant is what differs from the use case: {"variants": {"linear": {"algorithm": ..., ...}}}.

    Raises:
        UseCaseInvalid: it is no object, or `variants` is no object of objects.
    """
    shared = use_case(ssm, parameter)
    variants = shared.pop("variants", {})
    if not isinstance(variants, dict) or not all(isinstance(one, dict) for one in variants.values()):
        raise UseCaseInvalid(f"parameter {parameter}: variants is {variants!r}; give an object of objects")
    rest = without_algorithm(shared)
    return {"": shared, **{name: {**rest, **own} for name, own in variants.items()}}


def without_algorithm(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Hyperparameters belong to an algorithm: they do not fit another one."""
    return {field: value for field, value in settings.items() if field not in OF_ALGORITHM}


def start(states: Any, s3: Any, ssm: Any, upload: Upload, *, machine_arn: str, parameter: str) -> Started:
    """Start the machine for this upload unless that has been done or the upload is stale.

    While the first execution runs, Step Functions answers a repeated start with it: `started` again.
    """
    if is_stale(s3, upload):
        return Started(None, "stale")
    return _start(states, upload, use_case(ssm, parameter), machine_arn=machine_arn)


def start_all(
    states: Any, s3: Any, ssm: Any, upload: Upload, *, machine_arn: str, parameter: str
) -> dict[str, Started]:
    """Start the machine for this upload: once for the use case (""), once for each of its variants, by name.

    When one cannot be started the others are there, and the event, delivered again, finds them.
    """
    if is_stale(s3, upload):
        return {"": Started(None, "stale")}
    return {
        name: _start(states, upload, given, machine_arn=machine_arn, variant=name)
        for name, given in inputs_of(ssm, parameter).items()
    }


def _start(
    states: Any, upload: Upload, settings: dict[str, Any], *, machine_arn: str, variant: str = ""
) -> Started:
    name = execution_name(upload, variant)
    given = {**settings, "data_uri": str(upload.place), "data_version": upload.version}
    try:
        answer = states.start_execution(stateMachineArn=machine_arn, name=name, input=json.dumps(given))
    except states.exceptions.ExecutionAlreadyExists:
        return Started(f"{machine_arn.replace(':stateMachine:', ':execution:')}:{name}", "already_started")
    return Started(answer["executionArn"], "started")
