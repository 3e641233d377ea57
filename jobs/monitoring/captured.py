"""SageMaker's data capture: what an endpoint was asked and what it answered.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
"""

from __future__ import annotations

import base64
import binascii
import csv
import io
import json
from typing import Any, NamedTuple

from millkit import predictions
from millkit.errors import MillError

MAX_SHOWN = 60


class LineBroken(MillError):
    """A line of a monitored file that cannot be used; the message says why."""


class Call(NamedTuple):
    """`rows` are the features as texts, in the model's order; `answers` one for each row, or none at all."""

    id: str
    time: str
    rows: list[list[str]]
    answers: list[Any]


def read(line: bytes) -> Call:
    """Raises: LineBroken."""
    try:
        document = json.loads(line)
        data, meta = document["captureData"], document["eventMetadata"]
        asked, answered = data["endpointInput"], data.get("endpointOutput")
        call_id = str(meta.get("inferenceId") or meta["eventId"])
        time = str(meta["inferenceTime"])
        rows = _rows(_text(asked), str(asked.get("observedContentType", "")))
        answers = _answers(_text(answered)) if answered else []
    except MillError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError) as wrong:
        raise LineBroken(f"is no captured call ({type(wrong).__name__}: {wrong})"[:300]) from wrong
    if answers and len(answers) != len(rows):
        raise LineBroken(f"has {len(rows)} rows and {len(answers)} answers")
    return Call(call_id, time, rows, answers)


def _text(part: dict[str, Any]) -> str:
    data = part["data"]
    if part.get("encoding") != "BASE64":
        return data if isinstance(data, str) else json.dumps(data)
    try:
        return base64.b64decode(data, validate=True).decode("utf-8-sig")
    except (binascii.Error, UnicodeDecodeError) as wrong:
        raise LineBroken(f"has data that is no text in base64 ({wrong})") from wrong


def _rows(text: str, kind: str) -> list[list[str]]:
    if "json" in kind or text.lstrip()[:1] in ("{", "["):
        return [[_cell(value) for value in row] for row in _json_rows(text)]
    rows = [row for row in csv.reader(io.StringIO(text)) if row]
    if not rows:
        raise LineBroken("has no row")
    return rows


def _json_rows(text: str) -> list[Any]:
    """SageMaker's forms: {"instances": [{"features": []}]}, lines of {"features": []}, lists of lists."""
    try:
        documents = [json.loads(text)]
    except ValueError:
        documents = [json.loads(line) for line in text.splitlines() if line.strip()]
    rows: list[Any] = []
    for document in documents:
        if isinstance(document, dict):
            found = document.get("instances", [document])
        else:
            found = document if document and isinstance(document[0], (list, dict)) else [document]
        rows += [one["features"] if isinstance(one, dict) else one for one in found]
    if not rows or not all(isinstance(row, list) for row in rows):
        raise LineBroken(f"asks with {text[:MAX_SHOWN]!r}, which holds no rows of features")
    return rows


def _answers(text: str) -> list[Any]:
    """Numbers where all are numbers, else the classes as texts."""
    labels = _labels(text)
    if labels is not None:
        return labels
    try:
        return list(predictions.numbers(text.encode().splitlines(), "answer"))
    except MillError as wrong:
        cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
        if not cells or text.lstrip()[:1] in ("{", "["):
            raise LineBroken(str(wrong)) from wrong
        return cells


def _labels(text: str) -> list[Any] | None:
    """The classes of a multiclass answer in JSON, which has no score of one number."""
    if text.lstrip()[:1] != "{" or "predicted_label" not in text:
        return None
    answers = json.loads(text)["predictions"]
    if any(isinstance(one.get("score"), (int, float)) for one in answers):
        return None
    return [one["predicted_label"] for one in answers]


def _cell(value: Any) -> str:
    return "" if value is None else str(value)
