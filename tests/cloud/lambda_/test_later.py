"""Asynchronous events: handled, tried again, passed on, and never lost, whatever ends in between."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.engine.clock import VirtualClock
from tests.cloud.lambda_.packages import create

START_S = 1_800_000_000.0


@pytest.fixture(scope="module")
def clock() -> VirtualClock:
    return VirtualClock(START_S)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory, clock: VirtualClock) -> Iterator[Cloud]:
    cloud = Cloud.start(tmp_path_factory.mktemp("later") / "root", port=0, clock=clock)
    yield cloud
    cloud.close()


COUNTING = """
    import json, os
    def handler(event, context):
        with open(event["file"], "a") as file:
            file.write("x")
        if os.path.getsize(event["file"]) <= event["failures"]:
            raise ValueError("not yet")
        return {"tries": os.path.getsize(event["file"])}
"""


def send(cloud: Cloud, name: str, event: Any, attempt: str | None = None) -> None:
    params = {"FunctionName": name, "InvocationType": "Event", "Payload": json.dumps(event).encode()}
    assert cloud.call("lambda", "Invoke", params, attempt=attempt)["StatusCode"] == 202


def wait_for(condition: Callable[[], Any], timeout_s: float = 20) -> Any:
    deadline = time.monotonic() + timeout_s
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
    return found


def tries(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def rows(cloud: Cloud, name: str) -> list[tuple[int, float]]:
    found = cloud.store.query("select attempts, due_s from lambda_event where name = ?", (name,))
    return [(row["attempts"], row["due_s"]) for row in found]


def move(cloud: Cloud, clock: VirtualClock, seconds: float) -> None:
    clock.advance(seconds)
    cloud.scheduler.wake()


def queue(cloud: Cloud, name: str) -> tuple[str, str]:
    url = cloud.call("sqs", "CreateQueue", {"QueueName": name})["QueueUrl"]
    return url, f"arn:aws:sqs:{cloud.region}:{cloud.account}:{name}"


def receive(cloud: Cloud, url: str) -> list[dict[str, Any]]:
    params = {"QueueUrl": url, "MessageAttributeNames": ["All"], "MaxNumberOfMessages": 10}
    messages: list[dict[str, Any]] = cloud.call("sqs", "ReceiveMessage", params).get("Messages", [])
    return messages


def test_a_good_event_is_handled_once_and_forgotten(cloud: Cloud, tmp_path: Path) -> None:
    create(cloud, "good", COUNTING)
    send(cloud, "good", {"file": str(tmp_path / "f"), "failures": 0})
    wait_for(lambda: tries(tmp_path / "f") == 1 and not rows(cloud, "good"))


def test_the_same_attempt_is_taken_in_once(cloud: Cloud, tmp_path: Path) -> None:
    create(cloud, "once", COUNTING)
    for _ in range(2):
        send(cloud, "once", {"file": str(tmp_path / "f"), "failures": 9}, attempt="token-1")
    wait_for(lambda: [attempts for attempts, _ in rows(cloud, "once")] == [1])
    assert tries(tmp_path / "f") == 1


def test_a_failing_event_is_tried_after_one_and_two_minutes_then_dead_lettered(
    cloud: Cloud, clock: VirtualClock, tmp_path: Path
) -> None:
    url, arn = queue(cloud, "dead")
    create(cloud, "fails", COUNTING, DeadLetterConfig={"TargetArn": arn})
    event = {"file": str(tmp_path / "f"), "failures": 9}
    send(cloud, "fails", event)
    wait_for(lambda: rows(cloud, "fails") == [(1, clock.time() + 60)])
    move(cloud, clock, 59)
    move(cloud, clock, 2)
    wait_for(lambda: rows(cloud, "fails") == [(2, clock.time() + 120)])
    assert receive(cloud, url) == []
    move(cloud, clock, 121)
    wait_for(lambda: rows(cloud, "fails") == [])
    (message,) = receive(cloud, url)
    assert (tries(tmp_path / "f"), json.loads(message["Body"])) == (3, event)
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert (attributes["ErrorMessage"], attributes["ErrorCode"]) == ("not yet", "200")


def test_outcomes_go_to_their_destinations(cloud: Cloud, clock: VirtualClock, tmp_path: Path) -> None:
    (good_url, good), (bad_url, bad) = queue(cloud, "succeeded"), queue(cloud, "failed")
    create(cloud, "routed", COUNTING)
    destinations = {"OnSuccess": {"Destination": good}, "OnFailure": {"Destination": bad}}
    config = {"FunctionName": "routed", "MaximumRetryAttempts": 0, "DestinationConfig": destinations}
    cloud.call("lambda", "PutFunctionEventInvokeConfig", config)
    send(cloud, "routed", {"file": str(tmp_path / "good"), "failures": 0})
    send(cloud, "routed", {"file": str(tmp_path / "bad"), "failures": 9})
    wait_for(lambda: tries(tmp_path / "good") and tries(tmp_path / "bad") and not rows(cloud, "routed"))
    (success,), (failure,) = receive(cloud, good_url), receive(cloud, bad_url)
    told = json.loads(success["Body"])
    assert (told["requestContext"]["condition"], told["responsePayload"]) == ("Success", {"tries": 1})
    told = json.loads(failure["Body"])
    assert told["requestPayload"] == {"file": str(tmp_path / "bad"), "failures": 9}
    assert told["responsePayload"]["errorType"] == "ValueError"
    assert told["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }
    context = told["requestContext"]
    assert (context["condition"], context["approximateInvokeCount"]) == ("RetriesExhausted", 1)
    assert context["functionArn"].endswith("function:routed:$LATEST")


def test_an_outcome_that_cannot_be_delivered_is_kept_and_tried_again(
    cloud: Cloud, clock: VirtualClock, tmp_path: Path
) -> None:
    arn = f"arn:aws:sqs:{cloud.region}:{cloud.account}:made-later"
    create(cloud, "undelivered", COUNTING)
    config = {"FunctionName": "undelivered", "DestinationConfig": {"OnSuccess": {"Destination": arn}}}
    cloud.call("lambda", "PutFunctionEventInvokeConfig", config)
    send(cloud, "undelivered", {"file": str(tmp_path / "f"), "failures": 0})
    wait_for(lambda: rows(cloud, "undelivered") == [(1, clock.time() + 60)])
    url, _ = queue(cloud, "made-later")
    move(cloud, clock, 61)
    wait_for(lambda: rows(cloud, "undelivered") == [])
    assert (tries(tmp_path / "f"), len(receive(cloud, url))) == (1, 1)


def test_a_throttled_event_waits_for_its_turn(cloud: Cloud, clock: VirtualClock, tmp_path: Path) -> None:
    create(cloud, "throttled", COUNTING)
    reserved = {"FunctionName": "throttled", "ReservedConcurrentExecutions": 0}
    cloud.call("lambda", "PutFunctionConcurrency", reserved)
    send(cloud, "throttled", {"file": str(tmp_path / "f"), "failures": 0})
    wait_for(lambda: rows(cloud, "throttled") == [(0, clock.time() + 1)])
    cloud.call("lambda", "DeleteFunctionConcurrency", {"FunctionName": "throttled"})
    move(cloud, clock, 2)
    wait_for(lambda: tries(tmp_path / "f") == 1 and not rows(cloud, "throttled"))


def test_a_deleted_function_takes_its_events_along(cloud: Cloud, clock: VirtualClock, tmp_path: Path) -> None:
    create(cloud, "gone", COUNTING)
    send(cloud, "gone", {"file": str(tmp_path / "f"), "failures": 9})
    wait_for(lambda: rows(cloud, "gone") == [(1, clock.time() + 60)])
    cloud.call("lambda", "DeleteFunction", {"FunctionName": "gone"})
    assert rows(cloud, "gone") == []


KILLED = """
import pathlib, sys, time
import json
from stepmill.cloud.cloud import Cloud
sys.path.insert(0, sys.argv[3])
from packages import create
root, file = pathlib.Path(sys.argv[1]), sys.argv[2]
cloud = Cloud.start(root, port=0)
slow = "import os, time\\ndef handler(event, context):\\n"
slow += " open(event['file'], 'a').write(str(os.getpid()) + ' ')\\n"
slow += " time.sleep(event['sleep'] if len(open(event['file']).read().split()) == 1 else 0)"
create(cloud, "slow", slow, Timeout=60)
event = json.dumps({"file": file, "sleep": 50}).encode()
cloud.call("lambda", "Invoke", {"FunctionName": "slow", "InvocationType": "Event", "Payload": event})
print("sent", flush=True)
time.sleep(60)
"""


def test_an_event_survives_the_death_of_the_cloud_and_its_worker_does_not(tmp_path: Path) -> None:
    """kill -9 in the middle of a handler: the child dies too, the next start handles the event again."""
    root, file = tmp_path / "root", tmp_path / "pids"
    argv = [sys.executable, "-c", KILLED, str(root), str(file), str(Path(__file__).parent)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"sent\n"
            wait_for(lambda: file.exists() and file.read_text())
        finally:
            process.send_signal(signal.SIGKILL)
    first = int(file.read_text().split()[0])
    wait_for(lambda: not Path(f"/proc/{first}").exists())
    cloud = Cloud.start(root, port=0)
    try:
        cloud.call("iam", "ListRoles")
        wait_for(lambda: len(file.read_text().split()) == 2 and not rows(cloud, "slow"))
    finally:
        cloud.close()
    assert list((root / "lambda" / "homes").iterdir()) == []  # neither the killed worker's nor the second's
