"""PutEvents and TestEventPattern, and the events that this cloud's own services emit."""

import json
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.events.patterns import compile_pattern
from stepmill.cloud.services.events.routing import accept
from stepmill.cloud.services.events.tables import DEFAULT_BUS, SERVICE, bus_name, entry_bus_arns

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

ENTRY_LIMIT = 10
# Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html
SIZE_LIMIT_BYTES = 256 * 1024


@SERVICE.operation("PutEvents", resources=entry_bus_arns)
def put_events(cloud: "Cloud", request: Request) -> Answer:
    """The good entries are taken in together; the same attempt again has the same ids and sends nothing."""
    entries = request.params["Entries"]
    if not 1 <= len(entries) <= ENTRY_LIMIT:
        raise AwsError(
            "ValidationException", f"PutEvents has {len(entries)} entries; 1 to {ENTRY_LIMIT} are allowed"
        )
    if sum(map(entry_size, entries)) > SIZE_LIMIT_BYTES:
        raise AwsError("ValidationException", "Total size of the entries in the request is over the limit.")
    answers: list[dict[str, str]] = []
    with cloud.store.transaction():
        for index, entry in enumerate(entries):
            refusal = refuse(cloud, entry)
            if refusal is not None:
                answers.append({"ErrorCode": refusal[0], "ErrorMessage": refusal[1]})
                continue
            event = make_event(cloud, request, entry, index)
            accept(cloud, bus_name(entry), event)
            answers.append({"EventId": event["id"]})
    return {"FailedEntryCount": sum("ErrorCode" in each for each in answers), "Entries": answers}


def entry_size(entry: dict[str, Any]) -> int:
    texts = [entry.get(name, "") for name in ("Source", "DetailType", "Detail")] + entry.get("Resources", [])
    return sum(len(text.encode()) for text in texts) + (14 if "Time" in entry else 0)


def refuse(cloud: "Cloud", entry: dict[str, Any]) -> tuple[str, str] | None:
    """Why this entry alone fails, as AWS words it."""
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            return "InvalidArgument", f"Parameter {name} is not valid. Reason: {name} is a required argument."
    try:
        detail = json.loads(entry["Detail"])
    except ValueError:
        detail = None
    if not isinstance(detail, dict):
        return "MalformedDetail", "Detail is malformed."
    if entry["Source"].startswith("aws."):
        return "NotAuthorizedForSourceException", "Not authorized for the source."
    if not cloud.store.query("select 1 from event_bus where name = ?", (bus_name(entry),)):
        return "ResourceNotFoundException", f"Event bus {bus_name(entry)} does not exist."
    return None


def make_event(cloud: "Cloud", request: Request, entry: dict[str, Any], index: int) -> dict[str, Any]:
    if request.attempt is None:
        event_id = uuid.uuid4()
    else:
        event_id = uuid.uuid5(uuid.NAMESPACE_OID, f"{request.attempt}/{index}")
    at = entry.get("Time") or datetime.fromtimestamp(cloud.clock.time(), UTC)
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return {
        "version": "0",
        "id": str(event_id),
        "detail-type": entry["DetailType"],
        "source": entry["Source"],
        "account": cloud.account,
        "time": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": cloud.region,
        "resources": entry.get("Resources", []),
        "detail": json.loads(entry["Detail"]),
    }


@SERVICE.operation("TestEventPattern")
def check_pattern(_cloud: "Cloud", request: Request) -> Answer:
    matches = compile_pattern(request.params["EventPattern"])
    try:
        event = json.loads(request.params["Event"])
    except ValueError as error:
        raise AwsError("ValidationException", f"Parameter Event is not valid JSON: {error}") from error
    required = ("id", "account", "source", "time", "region", "resources", "detail-type")
    missing = [name for name in required if not isinstance(event, dict) or name not in event]
    if missing:
        raise AwsError(
            "ValidationException", f"Parameter Event is not valid. Reason: it lacks {', '.join(missing)}"
        )
    return {"Result": matches(event)}


@SERVICE.on_start
def take_emitted(cloud: "Cloud") -> None:
    """What other services emit is put on the default bus."""
    cloud.on_emit = lambda event: accept(cloud, DEFAULT_BUS, event)
