"""Queues and topics of a template."""

from typing import Any

import pytest

from .trees import Short, found, function, resource, short

REDRIVE = {"RedrivePolicy": {"deadLetterTargetArn": "arn:aws:sqs:us-east-1:123456789012:dead"}}
QUEUE_ARN = {"Fn::GetAtt": ["Q", "Arn"]}
PLACE = "/Resources/Q/Properties"


def of_queue(timeout: Any, **queue: Any) -> list[Short]:
    event = {"Type": "SQS", "Properties": {"Queue": QUEUE_ARN}}
    own = {} if timeout is None else {"Timeout": timeout}
    resources = {"F": function(Events={"E": event}, **own), "Q": resource("SQS::Queue", **REDRIVE | queue)}
    return short(found(resources))


VISIBILITY: list[tuple[Any, dict[str, Any], list[Short]]] = [
    (None, {}, []),
    (5, {}, []),
    (6, {}, [("queue-visibility", "warning", PLACE)]),
    (60, {}, [("queue-visibility", "failure", PLACE)]),
    (60, {"VisibilityTimeout": 360}, []),
    (60, {"VisibilityTimeout": 359}, [("queue-visibility", "warning", f"{PLACE}/VisibilityTimeout")]),
    (60, {"VisibilityTimeout": "59"}, [("queue-visibility", "failure", f"{PLACE}/VisibilityTimeout")]),
    (60, {"VisibilityTimeout": {"Ref": "AWS::Region"}}, []),
]


@pytest.mark.parametrize(
    ("timeout", "queue", "wanted"), VISIBILITY, ids=[f"{n}" for n in range(len(VISIBILITY))]
)
def test_a_message_stays_hidden_while_its_function_runs(
    timeout: Any, queue: dict[str, Any], wanted: list[Short]
) -> None:
    assert of_queue(timeout, **queue) == wanted


def test_an_event_source_mapping_counts_and_globals_too() -> None:
    mapping = resource("Lambda::EventSourceMapping", EventSourceArn=QUEUE_ARN, FunctionName={"Ref": "F"})
    resources = {"F": function(), "Q": resource("SQS::Queue", **REDRIVE), "S": mapping}
    assert short(found(resources, Globals={"Function": {"Timeout": 31}})) == [
        ("queue-visibility", "failure", PLACE)
    ]


def test_a_queue_that_feeds_a_function_has_a_place_for_what_fails() -> None:
    event = {"Type": "SQS", "Properties": {"Queue": QUEUE_ARN}}
    resources = {"F": function(Events={"E": event}), "Q": resource("SQS::Queue", QueueName="q")}
    assert short(found(resources)) == [("dead-letter-missing", "warning", PLACE)]


def test_a_rule_has_a_place_for_what_it_cannot_deliver() -> None:
    event = {"Type": "EventBridgeRule", "Properties": {"Pattern": {"source": ["cars"]}}}
    assert short(found({"F": function(Events={"E": event})})) == [
        ("dead-letter-missing", "warning", "/Resources/F/Properties/Events/E/Properties")
    ]


def policy(kind: str, of: Any, **statement: Any) -> dict[str, Any]:
    member = {"SQS::QueuePolicy": "Queues", "SNS::TopicPolicy": "Topics"}[kind]
    told = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    return resource(kind, **{member: [of], "PolicyDocument": {"Statement": [told | statement]}})


POLICIES: list[tuple[dict[str, Any], bool]] = [
    ({}, True),
    ({"Principal": {"Service": ["sns.amazonaws.com", "events.amazonaws.com"]}}, True),
    ({"Principal": "*"}, True),
    ({"Action": ["SQS:SendMessage"]}, True),
    ({"Action": "sqs:*"}, True),
    ({"Effect": "Deny"}, False),
    ({"Principal": {"Service": "s3.amazonaws.com"}}, False),
    ({"Action": "sqs:ReceiveMessage"}, False),
]


@pytest.mark.parametrize(("statement", "lets"), POLICIES, ids=[f"{n}" for n in range(len(POLICIES))])
def test_a_queue_must_let_events_in(statement: dict[str, Any], lets: bool) -> None:
    event = {"Pattern": {"source": ["cars"]}, "DeadLetterConfig": {"Arn": QUEUE_ARN}}
    resources = {
        "F": function(Events={"E": {"Type": "EventBridgeRule", "Properties": event}}),
        "Q": resource("SQS::Queue"),
        "P": policy("SQS::QueuePolicy", {"Ref": "Q"}, **statement),
    }
    place = "/Resources/F/Properties/Events/E/Properties/DeadLetterConfig/Arn"
    assert short(found(resources)) == ([] if lets else [("topic-policy-missing", "failure", place)])


def test_the_policy_of_another_queue_does_not_count() -> None:
    told = {"TopicArn": {"Ref": "T"}, "Protocol": "sqs", "Endpoint": QUEUE_ARN}
    resources = {
        "T": resource("SNS::Topic"),
        "Q": resource("SQS::Queue"),
        "Other": resource("SQS::Queue"),
        "S": resource("SNS::Subscription", **told),
        "P": policy("SQS::QueuePolicy", {"Ref": "Other"}, Principal={"Service": "sns.amazonaws.com"}),
    }
    assert short(found(resources)) == [
        ("topic-policy-missing", "failure", "/Resources/S/Properties/Endpoint")
    ]


def test_a_bucket_that_tells_a_topic_needs_its_policy() -> None:
    told = {"TopicConfigurations": [{"Event": "s3:ObjectCreated:*", "Topic": {"Ref": "T"}}]}
    bucket = resource("S3::Bucket", NotificationConfiguration=told)
    place = "/Resources/B/Properties/NotificationConfiguration/TopicConfigurations/0/Topic"
    assert short(found({"B": bucket, "T": resource("SNS::Topic")})) == [
        ("topic-policy-missing", "failure", place)
    ]
    lets = policy(
        "SNS::TopicPolicy", {"Ref": "T"}, Principal={"Service": "s3.amazonaws.com"}, Action="sns:Publish"
    )
    assert found({"B": bucket, "T": resource("SNS::Topic"), "P": lets}) == []
