import json
from collections.abc import Callable
from typing import Any

import pytest
from millkit import environment, letters

from functions.notify.handler import handler

EVENT: dict[str, Any] = {
    "region": "eu-west-1",
    "detail": {
        "executionArn": "arn:aws:states:eu-west-1:123456789012:execution:training:cars-1f",
        "stateMachineArn": "arn:aws:states:eu-west-1:123456789012:stateMachine:training",
        "name": "cars-1f",
        "status": "FAILED",
        "startDate": 1_700_000_000_000,
        "stopDate": 1_700_000_005_000,
        "input": json.dumps({"data_uri": "s3://cars/cars.csv", "secret": "hush"}),
        "output": None,
        "error": "States.TaskFailed",
        "cause": json.dumps({"ExitMessage": "cars.csv: is empty; upload a file"}),
    },
}


@pytest.fixture
def inbox(client: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[Any]]:
    """What has arrived through the topic: (subject, body) of each message."""
    topic_arn = client("sns").create_topic(Name="alerts")["TopicArn"]
    monkeypatch.setenv("TOPIC_ARN", topic_arn)
    queue_url = client("sqs").create_queue(QueueName="inbox")["QueueUrl"]
    attributes = client("sqs").get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])
    queue_arn = attributes["Attributes"]["QueueArn"]
    client("sns").subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=queue_arn)

    def read() -> list[Any]:
        answer = client("sqs").receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10)
        bodies = [json.loads(message["Body"]) for message in answer.get("Messages", [])]
        return [(body["MessageId"], body["Subject"], body["Message"]) for body in bodies]

    return read


def test_sends_the_letter_about_the_execution(inbox: Callable[[], list[Any]]) -> None:
    answer = handler(EVENT, None)
    letter = letters.letter(EVENT)
    assert inbox() == [(answer["message_id"], letter.subject, letter.body)]
    assert letter.subject == "training failed: cars.csv"


def test_data_in_a_folder_are_named_by_the_folder() -> None:
    event = {"detail": EVENT["detail"] | {"input": json.dumps({"data_uri": "s3://cars/data/"})}}
    assert letters.letter(event).subject == "training failed: data"


def test_an_event_that_comes_twice_sends_the_same_words_twice(inbox: Callable[[], list[Any]]) -> None:
    handler(EVENT, None)
    handler(EVENT, None)
    assert [words[1:] for words in inbox()] == [letters.letter(EVENT)] * 2


def test_no_input_is_logged(inbox: Callable[[], list[Any]], capsys: pytest.CaptureFixture[str]) -> None:
    answer = handler(EVENT, None)
    line = {
        "level": "INFO",
        "event": "notify",
        "execution_arn": EVENT["detail"]["executionArn"],
        "message_id": answer["message_id"],
    }
    assert [json.loads(text) for text in capsys.readouterr().out.splitlines()] == [line]


def test_a_missing_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOPIC_ARN", raising=False)
    said = "^environment lacks TOPIC_ARN; set them in stacks/foundation.yaml$"
    with pytest.raises(environment.EnvironmentIncomplete, match=said):
        handler(EVENT, None)


@pytest.mark.parametrize(
    ("status", "output", "is_told"),
    [
        ("SUCCEEDED", {"outcome": "nothing new", "quiet": True}, False),
        ("SUCCEEDED", {"outcome": "drift, not in CloudWatch", "quiet": False}, True),
        ("SUCCEEDED", None, True),
        ("FAILED", {"quiet": True}, True),
    ],
    ids=["quiet", "not_quiet", "no_output", "failed"],
)
def test_a_good_end_of_which_nobody_needs_to_hear_is_not_told(
    inbox: Callable[[], list[Any]], status: str, output: Any, is_told: bool
) -> None:
    detail = EVENT["detail"] | {"status": status, "output": json.dumps(output)}
    answer = handler(EVENT | {"detail": detail}, None)
    assert (len(inbox()), bool(answer["message_id"])) == (is_told, is_told)
