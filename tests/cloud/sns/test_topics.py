import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from stepmill.cloud.cloud import Cloud
from tests.cloud.arrivals import MakeQueue


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    code: str = error.value.response["Error"]["Code"]
    return code


def test_a_topic_is_made_once_and_described(cloud: Cloud, sns: Any, topic: str, name: str) -> None:
    assert sns.create_topic(Name=name)["TopicArn"] == topic
    sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="Models")
    attributes = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    del attributes["Policy"]
    assert attributes == {
        "TopicArn": topic,
        "Owner": cloud.account,
        "DisplayName": "Models",
        "SubscriptionsConfirmed": "0",
        "SubscriptionsPending": "0",
        "SubscriptionsDeleted": "0",
    }
    assert topic in [each["TopicArn"] for each in sns.list_topics()["Topics"]]


@pytest.mark.parametrize("name", ["with space", "x.fifo", "ü", "x" * 257])
def test_refuses_a_topic_name(sns: Any, name: str) -> None:
    with pytest.raises(ClientError) as error:
        sns.create_topic(Name=name)
    assert code_of(error) == "InvalidParameter"


def test_tags_are_merged_and_removed(sns: Any, topic: str) -> None:
    sns.tag_resource(ResourceArn=topic, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    sns.tag_resource(ResourceArn=topic, Tags=[{"Key": "a", "Value": "3"}])
    sns.untag_resource(ResourceArn=topic, TagKeys=["b"])
    assert sns.list_tags_for_resource(ResourceArn=topic)["Tags"] == [{"Key": "a", "Value": "3"}]


def test_a_subscription_lives_until_it_is_ended(sns: Any, topic: str) -> None:
    asked = {"TopicArn": topic, "Protocol": "email", "Endpoint": "ann@example.org"}
    arn = sns.subscribe(**asked)["SubscriptionArn"]
    assert sns.subscribe(**asked)["SubscriptionArn"] == arn
    listed = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [(each["SubscriptionArn"], each["Endpoint"]) for each in listed] == [(arn, "ann@example.org")]
    sns.set_subscription_attributes(
        SubscriptionArn=arn, AttributeName="FilterPolicy", AttributeValue='{"kind": ["x"]}'
    )
    attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert (attributes["FilterPolicy"], attributes["PendingConfirmation"]) == ('{"kind": ["x"]}', "false")
    sns.unsubscribe(SubscriptionArn=arn)
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []
    with pytest.raises(ClientError) as error:
        sns.get_subscription_attributes(SubscriptionArn=arn)
    assert code_of(error) == "NotFound"


@pytest.mark.parametrize(
    ("protocol", "endpoint", "reason"),
    [
        ("https", "https://example.org", "https is not delivered by the embedded cloud"),
        ("sms", "+4912345", "sms is not delivered by the embedded cloud"),
        ("email", "no address", "is not an e-mail address"),
        ("email", "a@example.org\nBcc: b@example.org", "is not an e-mail address"),
        ("email", "a@example.org,b@example.org", "is not an e-mail address"),
        ("sqs", "https://queue", "is not the ARN of a target of protocol sqs"),
        (
            "sqs",
            "arn:aws:lambda:us-east-1:123456789012:function:x",
            "is not the ARN of a target of protocol sqs",
        ),
    ],
)
def test_refuses_a_subscriber_that_it_could_not_reach(
    sns: Any, topic: str, protocol: str, endpoint: str, reason: str
) -> None:
    with pytest.raises(ClientError, match=reason) as error:
        sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint)
    assert code_of(error) == "InvalidParameter"


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ({"FilterPolicy": "{"}, "FilterPolicy: failed to parse JSON"),
        ({"FilterPolicy": json.dumps({"a": "x"})}, "must be an object or an array"),
        ({"FilterPolicy": json.dumps({"a": {"b": ["x"]}})}, "does not support nested"),
        ({"FilterPolicyScope": "Elsewhere"}, "FilterPolicyScope"),
        ({"RawMessageDelivery": "maybe"}, "RawMessageDelivery: maybe"),
        ({"RedrivePolicy": "{}"}, "deadLetterTargetArn must be"),
        ({"Colour": "red"}, "AttributeName Reason: Colour"),
    ],
)
def test_refuses_attributes_that_mean_nothing(
    sns: Any, topic: str, make_queue: MakeQueue, attributes: dict[str, str], reason: str
) -> None:
    with pytest.raises(ClientError, match=reason):
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.org", Attributes=attributes)


def test_a_deleted_topic_takes_its_subscriptions_with_it(sns: Any, topic: str) -> None:
    arn = sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.org")["SubscriptionArn"]
    sns.delete_topic(TopicArn=topic)
    assert arn not in [each["SubscriptionArn"] for each in sns.list_subscriptions()["Subscriptions"]]
    with pytest.raises(ClientError) as error:
        sns.publish(TopicArn=topic, Message="x")
    assert code_of(error) == "NotFound"
