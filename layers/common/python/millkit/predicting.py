"""One request for predictions, from the proxy event of API Gateway to its answer.

The answer is given only when its record is kept: in S3, or if S3 does not take it, in the dead-letter queue.
Logged are names, counts and times, never a row.
"""

from __future__ import annotations

import base64
import binascii
import json
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any, NamedTuple

from millkit import asked_rows, log, rules, storage
from millkit.asked_rows import Fault, RequestInvalid
from millkit.asking import Answers, Asker

RETRY_AFTER_S = 5


class Kept(NamedTuple):
    """Where answered requests are recorded: `realtime/<name>/` of a bucket, or else a queue.

    `connect` gives the client of SQS, which is made when S3 has failed only.
    """

    s3: Any
    connect: Callable[[], Any]
    bucket: str
    name: str
    queue_url: str


class NotKept(Exception):
    """Neither S3 nor the queue took the record."""


def answer(event: Mapping[str, Any], request_id: str, asker: Asker, rule: str, kept: Kept) -> dict[str, Any]:
    """The proxy answer: 200 with predictions, 4xx with faults, 503 when no endpoint answered."""
    begin_s = time.monotonic()
    columns, reasons = asker.columns()
    if not columns:
        return _unavailable(request_id, reasons)
    try:
        rows = asked_rows.read(_body(event), _content_type(event), columns)
        answers = asker.ask(rows, columns, request_id, reasons)
    except RequestInvalid as invalid:
        log.info(
            "predict_refused", inference_id=request_id, status=invalid.status, faults=len(invalid.faults)
        )
        return _refused(request_id, invalid)
    if not answers.by:
        return _unavailable(request_id, answers.reasons)
    record = {
        "inference_id": request_id,
        "time": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "rows": answers.rows,
        "predictions": rules.combine(rule, list(answers.by.values())),
        "by": answers.by,
        "rule": rule,
        "degraded": bool(answers.reasons),
    }
    try:
        keep(kept, record)
    except NotKept as failed:
        log.error("predict_not_kept", inference_id=request_id, reason=str(failed))
        return _unavailable(request_id, {kept.bucket: "the answer could not be recorded"})
    took_ms = round((time.monotonic() - begin_s) * 1000, 1)
    log.info("predict", inference_id=request_id, rows=len(rows), reasons=answers.reasons, took_ms=took_ms)
    return _answered(record, answers)


def keep(kept: Kept, record: Mapping[str, Any]) -> None:
    """Write the record, once for each inference id. Raises: NotKept."""
    text = json.dumps(record, separators=(",", ":"), ensure_ascii=False)
    key = f"realtime/{kept.name}/dt={record['time'][:10]}/{record['inference_id']}.json"
    place = storage.Place(kept.bucket, key)
    try:
        storage.write_once(kept.s3, place, text.encode(), "application/json")
        return
    except Exception as failed:  # noqa: BLE001  whatever S3's reason is, the queue takes the record
        log.error(
            "record_goes_to_the_queue", inference_id=record["inference_id"], reason=type(failed).__name__
        )
    message = json.dumps({"bucket": place.bucket, "key": place.key, "record": record})
    try:
        kept.connect().send_message(QueueUrl=kept.queue_url, MessageBody=message)
    except Exception as failed:
        raise NotKept(f"S3 and the queue failed ({type(failed).__name__})") from failed


def _body(event: Mapping[str, Any]) -> bytes:
    """Raises: RequestInvalid."""
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body).encode()
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error:
        raise RequestInvalid([Fault("is no base64")]) from None


def _content_type(event: Mapping[str, Any]) -> str:
    headers = event.get("headers") or {}
    return next((str(value) for name, value in headers.items() if name.lower() == "content-type"), "")


def _answered(record: Mapping[str, Any], answers: Answers) -> dict[str, Any]:
    shown = {key: record[key] for key in ("inference_id", "predictions", "by", "rule", "degraded")}
    return _response(200, {**shown, "reasons": answers.reasons} if answers.reasons else shown)


def _refused(request_id: str, invalid: RequestInvalid) -> dict[str, Any]:
    errors = [
        {key: value for key, value in fault._asdict().items() if value is not None}
        for fault in invalid.faults
    ]
    told = {"message": str(invalid.faults[0]), "errors": errors, "inference_id": request_id}
    return _response(invalid.status, told)


def _unavailable(request_id: str, reasons: Mapping[str, str]) -> dict[str, Any]:
    log.error("predict_unavailable", inference_id=request_id, reasons=dict(reasons))
    told = {
        "message": "No endpoint answered; try again",
        "reasons": dict(reasons),
        "inference_id": request_id,
    }
    return _response(503, told, {"retry-after": str(RETRY_AFTER_S)})


def _response(
    status: int, document: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json", "cache-control": "no-store", **(headers or {})},
        "body": json.dumps(document, ensure_ascii=False),
    }
