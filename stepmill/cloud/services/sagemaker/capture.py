"""Data capture: what an endpoint was asked and what it answered, as JSON lines in S3.

Each captured call is one object; AWS puts several lines into one. Readers of the format see no difference.
Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
"""

import base64
import io
import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import Principal
from stepmill.cloud.services.sagemaker.service import split_s3_uri
from stepmill.cloud.services.sagemaker.transfer import s3

AS_TEXT = {"text/csv": "CSV", "application/json": "JSON"}


@dataclass(frozen=True)
class Call:
    """One answered call of an endpoint."""

    endpoint: str
    variant: str
    event_id: str
    inference_id: str | None
    request: bytes
    request_type: str
    answer: bytes
    answer_type: str


def is_wanted(config: dict[str, Any] | None, draw: random.Random) -> bool:
    """Whether this call falls into the sample."""
    if not config or not config.get("EnableCapture"):
        return False
    return draw.random() * 100 < float(config["InitialSamplingPercentage"])


def write(cloud: Cloud, principal: Principal, config: dict[str, Any], call: Call) -> None:
    """Raises: AwsError when the role may not write there."""
    now = datetime.fromtimestamp(cloud.clock.time(), UTC)
    modes = {option["CaptureMode"] for option in config["CaptureOptions"]}
    headers = config.get("CaptureContentTypeHeader", {})
    data: dict[str, Any] = {}
    if modes & {"Input", "InputAndOutput"}:
        data["endpointInput"] = captured("INPUT", call.request, call.request_type, headers)
    if modes & {"Output", "InputAndOutput"}:
        data["endpointOutput"] = captured("OUTPUT", call.answer, call.answer_type, headers)
    meta = {"eventId": call.event_id, "inferenceTime": now.strftime("%Y-%m-%dT%H:%M:%SZ")}
    if call.inference_id:
        meta["inferenceId"] = call.inference_id
    line = json.dumps({"captureData": data, "eventMetadata": meta, "eventVersion": "0"}) + "\n"
    bucket, prefix = split_s3_uri(config["DestinationS3Uri"])
    name = f"{now:%M-%S}-{now.microsecond // 1000:03d}-{call.event_id}.jsonl"
    key = "/".join(
        filter(None, [prefix.rstrip("/"), call.endpoint, call.variant, f"{now:%Y/%m/%d/%H}", name])
    )
    s3(cloud, principal, "PutObject", {"Bucket": bucket, "Key": key, "Body": io.BytesIO(line.encode())})


def captured(mode: str, body: bytes, kind: str, headers: dict[str, list[str]]) -> dict[str, Any]:
    """As text where AWS knows the type or is told so, else in base64."""
    base = kind.split(";")[0].strip().lower()
    encoding = AS_TEXT.get(base)
    if base in headers.get("CsvContentTypes", []):
        encoding = "CSV"
    if base in headers.get("JsonContentTypes", []):
        encoding = "JSON"
    if encoding is not None:
        try:
            return {"observedContentType": kind, "mode": mode, "data": body.decode(), "encoding": encoding}
        except UnicodeDecodeError:
            pass  # not what its type says: kept byte by byte
    return {
        "observedContentType": kind,
        "mode": mode,
        "data": base64.b64encode(body).decode(),
        "encoding": "BASE64",
    }
