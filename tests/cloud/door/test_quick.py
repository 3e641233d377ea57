"""What the door's own thread answers, and that it waits for nobody."""

import io
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.dispatch import QUICK_BYTES, Dispatcher
from stepmill.cloud.gate import Signed
from stepmill.cloud.protocol.messages import HttpRequest
from stepmill.cloud.service import ROOT, Answer, AwsError, Later, Operation, Principal, Request
from tests.cloud.states.things import PASS, machine

Aws = Callable[[str], Any]
SIGNED = Signed("key", "us-east-1", "states", {})


def request(operation: str, size_bytes: int) -> HttpRequest:
    headers = {"x-amz-target": f"AWSStepFunctions.{operation}"}
    return HttpRequest("POST", "/", "", headers, io.BytesIO(b"x" * size_bytes))


@dataclass
class Work:
    """What another thread does for an answer; the test is that thread."""

    done: "Future[Answer]" = field(default_factory=Future)
    is_asked: threading.Event = field(default_factory=threading.Event)

    def handle(self, _cloud: Cloud, _asked: Request) -> Later:
        self.is_asked.set()
        return Later(self.done, self.done.result)


@pytest.fixture
def work(cloud: Cloud) -> Iterator[Work]:
    """Answers ListActivities."""
    work = Work()
    operations = cloud.services["stepfunctions"].operations
    operations["ListActivities"] = Operation("ListActivities", work.handle, is_quick=True)
    yield work
    del operations["ListActivities"]


@pytest.mark.parametrize(
    ("operation", "size_bytes", "principal", "is_quick"),
    [
        ("StartExecution", QUICK_BYTES, ROOT, True),
        ("StartExecution", QUICK_BYTES + 1, ROOT, False),
        ("StartExecution", 2, Principal("arn:aws:iam::123456789012:role/r", "s"), False),
        ("GetExecutionHistory", 2, ROOT, False),
        ("Unheard", 2, ROOT, False),
    ],
)
def test_only_the_owners_small_requests_are_answered_by_the_door_itself(
    cloud: Cloud, operation: str, size_bytes: int, principal: Principal, is_quick: bool
) -> None:
    asked = request(operation, size_bytes)
    assert (Dispatcher(cloud).is_quick(SIGNED, principal, asked), asked.body.tell()) == (is_quick, 0)


def test_others_are_served_while_an_answer_is_worked_on(cloud: Cloud, aws: Aws, work: Work) -> None:
    arn = machine(cloud, "meanwhile", PASS)
    states = aws("stepfunctions")
    with ThreadPoolExecutor(2) as clients:
        waiting = clients.submit(states.list_activities)
        assert work.is_asked.wait(timeout=10)
        other = clients.submit(states.start_execution, stateMachineArn=arn, name="meanwhile")
        try:
            started = other.result(timeout=10)["executionArn"].rpartition(":")[2]
            assert (started, waiting.done()) == ("meanwhile", False)
        finally:
            work.done.set_result({"activities": []})
        assert waiting.result(timeout=10)["activities"] == []


def test_a_later_refusal_is_worded_by_the_service(aws: Aws, work: Work) -> None:
    work.done.set_exception(AwsError("InvalidToken", "Invalid Token: 'x'"))
    with pytest.raises(ClientError) as caught:
        aws("stepfunctions").list_activities()
    assert caught.value.response["Error"] == {"Code": "InvalidToken", "Message": "Invalid Token: 'x'"}


def test_a_later_failure_is_a_500(aws: Aws, work: Work) -> None:
    work.done.set_exception(RuntimeError("broken inside"))
    with pytest.raises(ClientError) as caught:
        aws("stepfunctions").list_activities()
    assert caught.value.response["Error"] == {
        "Code": "InternalFailure",
        "Message": "The embedded cloud failed; see its log",
    }
