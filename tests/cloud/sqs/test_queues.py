import hashlib
import json
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from stepmill.cloud.cloud import Cloud


@pytest.fixture(scope="module")
def sqs(aws: Callable[[str], Any]) -> Any:
    return aws("sqs")


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    return f"t-{uuid.uuid5(uuid.NAMESPACE_OID, request.node.name)}"


@pytest.fixture
def url(sqs: Any, name: str) -> str:
    made: str = sqs.create_queue(QueueName=name)["QueueUrl"]
    return made


def receive(sqs: Any, url: str, **more: Any) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = sqs.receive_message(
        QueueUrl=url, **{"MaxNumberOfMessages": 10, **more}
    ).get("Messages", [])
    return messages


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    code: str = error.value.response["Error"]["Code"]
    return code


def test_a_message_comes_back_with_its_attributes(sqs: Any, url: str) -> None:
    attributes = {
        "text": {"DataType": "String", "StringValue": "ü"},
        "number": {"DataType": "Number", "StringValue": "1.5"},
        "bytes": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    sent = sqs.send_message(QueueUrl=url, MessageBody="Grüße <&>", MessageAttributes=attributes)
    (message,) = receive(sqs, url, MessageAttributeNames=["All"], MessageSystemAttributeNames=["All"])
    assert (message["MessageId"], message["Body"], message["MessageAttributes"]) == (
        sent["MessageId"],
        "Grüße <&>",
        attributes,
    )
    assert message["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"


def test_a_message_attribute_is_hashed_as_aws_documents_it(sqs: Any, url: str) -> None:
    attributes = {"a": {"DataType": "String", "StringValue": "b"}}
    sent = sqs.send_message(QueueUrl=url, MessageBody="x", MessageAttributes=attributes)
    # One attribute: length and text of name, of type, the transport type 1, length and text of the value.
    encoded = b"\0\0\0\1a" + b"\0\0\0\6String" + b"\1" + b"\0\0\0\1b"
    assert sent["MD5OfMessageAttributes"] == hashlib.md5(encoded, usedforsecurity=False).hexdigest()


def test_a_received_message_is_hidden_until_its_time_is_over(sqs: Any, url: str) -> None:
    sqs.send_message(QueueUrl=url, MessageBody="x")
    (first,) = receive(sqs, url, VisibilityTimeout=30)
    assert receive(sqs, url) == []
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"], VisibilityTimeout=0)
    (second,) = receive(sqs, url)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=second["ReceiptHandle"], VisibilityTimeout=0)
    (third,) = receive(sqs, url)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=third["ReceiptHandle"])
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert (counts["ApproximateNumberOfMessages"], counts["ApproximateNumberOfMessagesNotVisible"]) == (
        "0",
        "0",
    )


def test_each_message_goes_to_one_of_twenty_receivers(sqs: Any, url: str) -> None:
    for start in (0, 10):
        entries = [{"Id": str(n), "MessageBody": str(n)} for n in range(start, start + 10)]
        sqs.send_message_batch(QueueUrl=url, Entries=entries)
    with ThreadPoolExecutor(20) as threads:
        found = list(threads.map(lambda _: receive(sqs, url, MaxNumberOfMessages=2), range(20)))
    assert sorted(int(message["Body"]) for messages in found for message in messages) == list(range(20))


def test_a_waiting_receiver_is_woken_by_the_message(sqs: Any, url: str) -> None:
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(receive, sqs, url, WaitTimeSeconds=20)
        time.sleep(0.2)
        begun = time.monotonic()
        sqs.send_message(QueueUrl=url, MessageBody="x")
        assert [message["Body"] for message in waiting.result(timeout=15)] == ["x"]
        assert time.monotonic() - begun < 15


def test_a_batch_with_bad_entries_sends_the_good_ones(sqs: Any, url: str) -> None:
    entries = [{"Id": str(n), "MessageBody": "\x00" if n in (2, 5, 7) else str(n)} for n in range(10)]
    answer = sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert [each["Id"] for each in answer["Failed"]] == ["2", "5", "7"]
    bodies = sorted(message["Body"] for message in receive(sqs, url))
    assert bodies == ["0", "1", "3", "4", "6", "8", "9"]


def test_deleting_a_batch_reports_only_the_ids_that_failed(sqs: Any, url: str) -> None:
    sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": str(n), "MessageBody": str(n)} for n in range(3)])
    entries = [{"Id": m["Body"], "ReceiptHandle": m["ReceiptHandle"]} for m in receive(sqs, url)]
    entries[1]["ReceiptHandle"] = "forged"
    answer = sqs.delete_message_batch(QueueUrl=url, Entries=entries)
    assert [(each["Id"], each["Code"]) for each in answer["Failed"]] == [
        (entries[1]["Id"], "ReceiptHandleIsInvalid")
    ]
    assert sorted(each["Id"] for each in answer["Successful"]) == sorted([entries[0]["Id"], entries[2]["Id"]])


def test_a_poison_message_goes_to_the_dead_letter_queue_and_back_when_it_is_mended(
    cloud: Cloud, sqs: Any, url: str, name: str
) -> None:
    dead = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    dead_arn = cloud.arn("sqs", f"{name}-dead")
    policy = {"deadLetterTargetArn": dead_arn, "maxReceiveCount": "2"}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": json.dumps(policy)})
    sqs.send_message(QueueUrl=url, MessageBody="poison")
    for _ in range(2):
        assert [message["Body"] for message in receive(sqs, url, VisibilityTimeout=0)] == ["poison"]
    sqs.send_message(QueueUrl=url, MessageBody="good")
    (good,) = receive(sqs, url)
    assert good["Body"] == "good"
    sqs.delete_message(QueueUrl=url, ReceiptHandle=good["ReceiptHandle"])
    (letter,) = receive(
        sqs, dead, VisibilityTimeout=0, MessageSystemAttributeNames=["DeadLetterQueueSourceArn"]
    )
    assert (letter["Body"], letter["Attributes"]["DeadLetterQueueSourceArn"]) == (
        "poison",
        cloud.arn("sqs", name),
    )
    assert sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [url]
    sqs.start_message_move_task(SourceArn=dead_arn)
    (task,) = sqs.list_message_move_tasks(SourceArn=dead_arn)["Results"]
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 1)
    assert [message["Body"] for message in receive(sqs, url)] == ["poison"]


def test_a_delayed_message_waits(sqs: Any, url: str) -> None:
    sqs.send_message(QueueUrl=url, MessageBody="x", DelaySeconds=900)
    assert receive(sqs, url) == []
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessagesDelayed"])
    assert counts["Attributes"] == {"ApproximateNumberOfMessagesDelayed": "1"}


def test_the_same_attempt_sends_one_message(cloud: Cloud, sqs: Any, url: str, name: str) -> None:
    asked = {"QueueUrl": url, "MessageBody": "x"}
    answers = [cloud.call("sqs", "SendMessage", asked, attempt=name) for _ in range(2)]
    assert answers[0] == answers[1]
    assert len(receive(sqs, url)) == 1


def test_a_queue_is_made_once_and_found_by_name(sqs: Any, url: str, name: str) -> None:
    assert sqs.create_queue(QueueName=name)["QueueUrl"] == url
    assert sqs.get_queue_url(QueueName=name)["QueueUrl"] == url
    assert sqs.list_queues(QueueNamePrefix=name)["QueueUrls"] == [url]
    with pytest.raises(ClientError) as error:
        sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "31"})
    assert error.value.response["Error"]["Code"].endswith(("QueueAlreadyExists", "QueueNameExists"))


def test_purge_and_delete_take_the_messages_with_them(sqs: Any, url: str, name: str) -> None:
    sqs.send_message(QueueUrl=url, MessageBody="x")
    sqs.purge_queue(QueueUrl=url)
    assert receive(sqs, url) == []
    sqs.delete_queue(QueueUrl=url)
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        sqs.send_message(QueueUrl=url, MessageBody="x")


def test_tags_are_kept(sqs: Any, url: str) -> None:
    sqs.tag_queue(QueueUrl=url, Tags={"a": "1", "b": "2"})
    sqs.untag_queue(QueueUrl=url, TagKeys=["b"])
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"a": "1"}


@pytest.mark.parametrize(
    "asked",
    [
        {"QueueName": "x.fifo", "Attributes": {"FifoQueue": "true"}},
        {"QueueName": "with space"},
        {"QueueName": "x", "Attributes": {"VisibilityTimeout": "43201"}},
        {"QueueName": "x", "Attributes": {"VisibilityTimeout": "soon"}},
        {"QueueName": "x", "Attributes": {"Colour": "red"}},
        {"QueueName": "x", "Attributes": {"RedrivePolicy": "{}"}},
        {"QueueName": "x", "Attributes": {"Policy": "{"}},
    ],
    ids=str,
)
def test_refuses_a_queue_that_it_cannot_be(sqs: Any, asked: dict[str, Any]) -> None:
    with pytest.raises(ClientError):
        sqs.create_queue(**asked)
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix=asked["QueueName"])


def test_refuses_a_message_above_the_queue_s_limit(sqs: Any, url: str) -> None:
    sqs.send_message(QueueUrl=url, MessageBody="x" * 262_144)
    with pytest.raises(ClientError, match="must be shorter than 262144 bytes"):
        sqs.send_message(QueueUrl=url, MessageBody="x" * 262_145)
