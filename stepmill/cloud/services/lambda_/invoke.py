"""Invoke: synchronous calls answer with the handler's result, asynchronous ones are queued (see `later`)."""

import base64
import json
import math
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.lambda_.service import SERVICE, Function, find, function_resource, split_name
from stepmill.cloud.services.lambda_.worker import Died, TimedOut, Worker
from stepmill.cloud.services.lambda_.workers import Workers

# Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MOST_SYNCHRONOUS_BYTES = 6_291_456
MOST_ASYNCHRONOUS_BYTES = 1_048_576
TAIL_BYTES = 4096


@dataclass(frozen=True)
class Outcome:
    """`error` is None, or `Unhandled`; `payload` is JSON."""

    payload: str
    error: str | None
    log: list[str]


@SERVICE.operation("Invoke", action="lambda:InvokeFunction", resources=function_resource)
def invoke(cloud: Cloud, request: Request) -> Answer:
    params = request.params
    kind = params.get("InvocationType", "RequestResponse")
    name, qualifier = split_name(params["FunctionName"], params.get("Qualifier"))
    function = find(cloud, name, qualifier)
    most = MOST_ASYNCHRONOUS_BYTES if kind == "Event" else MOST_SYNCHRONOUS_BYTES
    payload = read_payload(request, most)
    if kind == "DryRun":
        return {"StatusCode": 204, "Payload": b""}
    if kind == "Event":
        from stepmill.cloud.services.lambda_.later import enqueue

        enqueue(cloud, function, payload, request.attempt)
        return {"StatusCode": 202, "Payload": b""}
    outcome = run(cloud, function, payload, str(uuid.uuid4()), client_context(params), arn_of(cloud, request))
    answer: Answer = {
        "StatusCode": 200,
        "Payload": outcome.payload.encode(),
        "ExecutedVersion": function.version,
    }
    if outcome.error:
        answer["FunctionError"] = outcome.error
    if params.get("LogType") == "Tail":
        tail = "".join(f"{line}\n" for line in outcome.log).encode()[-TAIL_BYTES:]
        answer["LogResult"] = base64.b64encode(tail).decode()
    return answer


def arn_of(cloud: Cloud, request: Request) -> str:
    return function_resource(cloud, request.params)[0]


def client_context(params: dict[str, Any]) -> Any:
    if "ClientContext" not in params:
        return None
    try:
        return json.loads(base64.b64decode(params["ClientContext"]))
    except ValueError:
        raise AwsError(
            "InvalidRequestContentException", "Client context must be base64-encoded JSON"
        ) from None


def read_payload(request: Request, most_bytes: int) -> str:
    data = request.body.read(most_bytes + 1) if request.body is not None else b""
    if len(data) > most_bytes:
        raise AwsError(
            "RequestTooLargeException",
            f"Request must be smaller than {most_bytes} bytes for the {request.operation} operation",
            413,
            Type="User",
        )
    if not data:
        return "{}"
    try:
        text = data.decode()
        json.loads(text)
    except ValueError as error:
        raise AwsError(
            "InvalidRequestContentException",
            f"Could not parse request body into json: {error}",
            400,
            Type="User",
        ) from None
    return text


def run(cloud: Cloud, function: Function, payload: str, request_id: str, context: Any, arn: str) -> Outcome:
    """One attempt, logged. Raises: AwsError TooManyRequestsException beyond the concurrency limit."""
    workers = cloud.state(Workers)
    timeout_s = float(function.config["Timeout"])
    started_s = time.perf_counter()
    lines: list[str] = []
    worker, init_ms = None, None
    try:
        worker, is_new = workers.take(function)
        if is_new:
            init_ms = worker.init_ms
            lines += worker.init_log
        lines.append(f"START RequestId: {request_id} Version: {function.version}")
        started_s = time.perf_counter()
        if worker.init_error is not None:
            outcome = Outcome(json.dumps(worker.init_error, ensure_ascii=False), "Unhandled", lines)
        else:
            frame = worker.invoke(request_id, arn, payload, timeout_s, context)
            lines += worker.take_log()
            outcome = Outcome(frame["body"], None if frame["kind"] == "result" else "Unhandled", lines)
    except TimedOut:
        lines += worker.take_log() if worker else []
        now = datetime.fromtimestamp(cloud.clock.time(), UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        message = f"{now} {request_id} Task timed out after {timeout_s:.2f} seconds"
        lines.append(message)
        outcome = failure("Sandbox.Timedout", message, lines)
    except Died as died:
        lines += worker.take_log() if worker else []
        message = f"RequestId: {request_id} Error: Runtime exited with error: {died}"
        lines.append(message)
        outcome = failure("Runtime.ExitError", message, lines)
    finally:
        if worker is not None:
            usable = worker.init_error is None and worker.process.poll() is None
            workers.give_back(worker, is_reusable=usable and is_current(cloud, function))
    lines += report(function, request_id, (time.perf_counter() - started_s) * 1000, init_ms, worker)
    stream = worker.log_stream if worker else f"init-{request_id}"
    cloud.log(function.config["LoggingConfig"]["LogGroup"], stream, lines)
    return outcome


def is_current(cloud: Cloud, function: Function) -> bool:
    rows = cloud.store.query(
        "select 1 from lambda_function where name = ? and version = ? and json_extract(record, "
        "'$.RevisionId') = ?",
        (function.name, function.version, function.config["RevisionId"]),
    )
    return bool(rows)


def failure(kind: str, message: str, lines: list[str]) -> Outcome:
    return Outcome(json.dumps({"errorType": kind, "errorMessage": message}), "Unhandled", lines)


def report(
    function: Function, request_id: str, took_ms: float, init_ms: float | None, worker: Worker | None
) -> list[str]:
    memory_mb = min(math.ceil((worker.memory_kib if worker else 0) / 1024), function.config["MemorySize"])
    line = (
        f"REPORT RequestId: {request_id}\tDuration: {took_ms:.2f} ms\tBilled Duration: {math.ceil(took_ms)} "
        f"ms\t"
        f"Memory Size: {function.config['MemorySize']} MB\tMax Memory Used: {memory_mb} MB\t"
    )
    if init_ms is not None:
        line += f"Init Duration: {init_ms:.2f} ms\t"
    return [f"END RequestId: {request_id}", line]
