import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from typing import Any

import pytest
from botocore.exceptions import ClientError

from stepmill.cloud.cloud import Cloud
from tests.cloud.arrivals import Drain, MakeQueue

Mails = Callable[[str], list[EmailMessage]]


@pytest.fixture
def queue(make_queue: MakeQueue, name: str) -> tuple[str, str]:
    return make_queue(name, "sns.amazonaws.com")


def code_of(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def test_every_subscriber_gets_a_mail_of_its_own(sns: Any, topic: str, name: str, mails: Mails) -> None:
    addresses = [f"{each}@{name}.example" for each in ("ann", "bob")]
    for address in addresses:
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=address)
    sns.publish(TopicArn=topic, Subject="Model is live", Message="RMSE 1.5 € – für 3 Autos\nGruß")
    for address in addresses:
        (mail,) = mails(address)
        assert (mail["From"], mail["To"], mail["Subject"]) == (
            "AWS Notifications <no-reply@sns.amazonaws.com>",
            address,
            "Model is live",
        )
        text = mail.get_content().replace("\r\n", "\n")
        assert text.startswith("RMSE 1.5 € – für 3 Autos\nGruß\n")
        assert topic in text
    first, second = (mails(address)[0]["Message-ID"] for address in addresses)
    assert first != second


def test_a_mail_without_subject_has_aws_s(sns: Any, topic: str, name: str, mails: Mails) -> None:
    sns.subscribe(TopicArn=topic, Protocol="email-json", Endpoint=f"json@{name}.example")
    message_id = sns.publish(TopicArn=topic, Message="x")["MessageId"]
    (mail,) = mails(f"json@{name}.example")
    assert mail["Subject"] == "AWS Notification Message"
    assert json.loads(mail.get_content())["MessageId"] == message_id


def test_a_queue_gets_the_envelope(sns: Any, topic: str, queue: tuple[str, str], drain: Drain) -> None:
    url, arn = queue
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    attributes = {"kind": {"DataType": "String", "StringValue": "good"}}
    message_id = sns.publish(TopicArn=topic, Subject="S", Message="M", MessageAttributes=attributes)[
        "MessageId"
    ]
    (note,) = drain(url)
    shown = {
        key: note[key] for key in ("Type", "MessageId", "TopicArn", "Subject", "Message", "MessageAttributes")
    }
    assert shown == {
        "Type": "Notification",
        "MessageId": message_id,
        "TopicArn": topic,
        "Subject": "S",
        "Message": "M",
        "MessageAttributes": {"kind": {"Type": "String", "Value": "good"}},
    }


def test_raw_delivery_gives_the_message_and_its_attributes(
    sns: Any, sqs: Any, topic: str, queue: tuple[str, str]
) -> None:
    url, arn = queue
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    attributes = {
        "kind": {"DataType": "String", "StringValue": "good"},
        "blob": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    sns.publish(TopicArn=topic, Message="plain", MessageAttributes=attributes)
    (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10, MessageAttributeNames=["All"])[
        "Messages"
    ]
    assert (message["Body"], message["MessageAttributes"]) == ("plain", attributes)


def test_a_filter_lets_through_what_it_names(
    sns: Any, topic: str, queue: tuple[str, str], drain: Drain
) -> None:
    url, arn = queue
    policy = {"kind": ["good", {"prefix": "very"}], "rmse": [{"numeric": ["<", 2]}]}
    attributes = {"RawMessageDelivery": "true", "FilterPolicy": json.dumps(policy)}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=attributes)
    for number, (kind, rmse) in enumerate([("good", "1.5"), ("good", "3"), ("bad", "1"), ("very good", "0")]):
        sns.publish(
            TopicArn=topic,
            Message=str(number),
            MessageAttributes={
                "kind": {"DataType": "String", "StringValue": kind},
                "rmse": {"DataType": "Number", "StringValue": rmse},
            },
        )
    sns.publish(TopicArn=topic, Message="9")
    assert sorted(drain(url)) == [0, 3]


def test_a_filter_may_look_into_the_body(sns: Any, topic: str, queue: tuple[str, str], drain: Drain) -> None:
    url, arn = queue
    attributes = {
        "RawMessageDelivery": "true",
        "FilterPolicyScope": "MessageBody",
        "FilterPolicy": json.dumps({"model": {"accepted": [True]}}),
    }
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=attributes)
    wanted = {"model": {"accepted": True}}
    for body in (json.dumps(wanted), json.dumps({"model": {"accepted": False}}), "no json"):
        sns.publish(TopicArn=topic, Message=body)
    assert drain(url) == [wanted]


def test_a_message_may_differ_by_protocol(
    sns: Any, topic: str, name: str, queue: tuple[str, str], drain: Drain, mails: Mails
) -> None:
    url, arn = queue
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=f"x@{name}.example")
    sns.publish(
        TopicArn=topic, MessageStructure="json", Message=json.dumps({"default": "1", "email": "for people"})
    )
    assert drain(url) == [1]
    assert mails(f"x@{name}.example")[0].get_content().startswith("for people")


def test_the_same_attempt_publishes_once(
    cloud: Cloud, sns: Any, topic: str, queue: tuple[str, str], drain: Drain, name: str
) -> None:
    url, arn = queue
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})

    def publish(_: int) -> str:
        answer = cloud.call("sns", "Publish", {"TopicArn": topic, "Message": "1"}, attempt=name)
        message_id: str = answer["MessageId"]
        return message_id

    with ThreadPoolExecutor(20) as threads:
        ids = set(threads.map(publish, range(20)))
    assert (len(ids), drain(url)) == (1, [1])


@pytest.mark.parametrize(
    "subject",
    ["", "x" * 101, "two\nlines", "Bcc: x\r\nBcc: evil@example.org", "ümlaut", "tab\there", " leading"],
)
def test_refuses_a_subject_that_no_mail_header_may_have(sns: Any, topic: str, subject: str) -> None:
    with pytest.raises(ClientError) as error:
        sns.publish(TopicArn=topic, Subject=subject, Message="x")
    assert code_of(error) == ("InvalidParameter", "Invalid parameter: Subject")


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"Message": ""}, "Invalid parameter: Empty message"),
        ({"Message": "ü" * 131_073}, "Invalid parameter: Message too long"),
        (
            {"Message": "x", "MessageStructure": "json"},
            "Invalid parameter: Message Structure - JSON message body failed to parse",
        ),
        (
            {"Message": "{}", "MessageStructure": "json"},
            "Invalid parameter: Message Structure - No default entry in JSON message body",
        ),
    ],
)
def test_refuses_a_message_that_cannot_be_sent(
    sns: Any, topic: str, message: dict[str, str], reason: str
) -> None:
    with pytest.raises(ClientError) as error:
        sns.publish(TopicArn=topic, **message)
    assert code_of(error) == ("InvalidParameter", reason)


def test_a_message_of_exactly_256_kib_is_sent(sns: Any, topic: str) -> None:
    assert len(sns.publish(TopicArn=topic, Message="x" * 262_144)["MessageId"]) == 36


def test_a_batch_reports_each_entry(sns: Any, topic: str, queue: tuple[str, str], drain: Drain) -> None:
    url, arn = queue
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    entries = [{"Id": "a", "Message": "1"}, {"Id": "b", "Message": "2", "Subject": "bad\nsubject"}]
    answer = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    assert [each["Id"] for each in answer["Successful"]] == ["a"]
    assert [(each["Id"], each["Code"], each["SenderFault"]) for each in answer["Failed"]] == [
        ("b", "InvalidParameter", True)
    ]
    assert drain(url) == [1]
    with pytest.raises(ClientError) as error:
        sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[{"Id": "a", "Message": "1"}] * 2)
    assert code_of(error)[0] == "BatchEntryIdsNotDistinct"


def test_what_a_queue_refuses_goes_to_the_subscription_s_dead_letter_queue(
    sns: Any, sqs: Any, topic: str, name: str, make_queue: MakeQueue
) -> None:
    _, closed = make_queue(f"{name}-closed", None)
    dead_url, dead_arn = make_queue(f"{name}-dead", "sns.amazonaws.com")
    attributes = {
        "RawMessageDelivery": "true",
        "RedrivePolicy": json.dumps({"deadLetterTargetArn": dead_arn}),
    }
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=closed, Attributes=attributes)
    sns.publish(TopicArn=topic, Message="important")
    (message,) = sqs.receive_message(QueueUrl=dead_url, WaitTimeSeconds=10, MessageAttributeNames=["All"])[
        "Messages"
    ]
    facts = {key: value["StringValue"] for key, value in message["MessageAttributes"].items()}
    assert (message["Body"], facts["ErrorCode"], set(facts)) == (
        "important",
        "NO_PERMISSIONS",
        {"ErrorCode", "ErrorMessage"},
    )


def test_no_log_line_carries_a_message_or_an_address(
    cloud: Cloud, sns: Any, topic: str, name: str, mails: Mails, caplog: pytest.LogCaptureFixture
) -> None:
    address = f"frieda@{name}.example"
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=address)
    with caplog.at_level(logging.DEBUG):
        cloud.call(
            "sns", "Publish", {"TopicArn": topic, "Message": "the secret figure is 42", "Subject": "s"}
        )
        assert len(mails(address)) == 1
    assert not any("secret figure" in line or "frieda" in line for line in map(str, caplog.messages))
