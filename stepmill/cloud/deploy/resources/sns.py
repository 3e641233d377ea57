"""AWS::SNS::Topic, TopicPolicy and Subscription."""

import json
from typing import Any

from stepmill.cloud.deploy.kind import Aws, Kind, Props, tag_list
from stepmill.cloud.deploy.scope import Made

_TOPIC = ("DisplayName", "KmsMasterKeyId", "TracingConfig", "SignatureVersion", "FifoTopic")
_SUBSCRIPTION = ("DeliveryPolicy", "FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy")


def _text(value: Any) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


class Topic(Kind):
    type = "AWS::SNS::Topic"
    properties = frozenset({"TopicName", "Subscription", "Tags", *_TOPIC})
    replaces = frozenset({"TopicName", "FifoTopic"})
    name_property = "TopicName"
    name_limit = 256

    def create(self, aws: Aws, name: str, wanted: Props) -> Made:
        attributes = {key: _text(wanted[key]) for key in _TOPIC if key in wanted}
        tags = tag_list(wanted.get("Tags")) or None
        arn = aws("sns", "CreateTopic", Name=name, Attributes=attributes or None, Tags=tags)["TopicArn"]
        made = Made(arn, {"TopicArn": arn, "TopicName": name})
        aws.partly = made
        self._subscribe(aws, arn, {}, wanted)
        return made

    def update(self, aws: Aws, made: Made, before: Props, wanted: Props) -> Made:
        for key in _TOPIC:
            if wanted.get(key) != before.get(key):
                change = {"AttributeName": key, "AttributeValue": _text(wanted.get(key, ""))}
                aws("sns", "SetTopicAttributes", TopicArn=made.physical_id, **change)
        self._subscribe(aws, made.physical_id, before, wanted)
        return made

    def delete(self, aws: Aws, made: Made, _props: Props) -> None:
        aws.quietly("sns", "DeleteTopic", "NotFound", "NotFoundException", TopicArn=made.physical_id)

    @staticmethod
    def _subscribe(aws: Aws, arn: str, before: Props, wanted: Props) -> None:
        old = [(one["Protocol"], one["Endpoint"]) for one in before.get("Subscription", [])]
        new = [(one["Protocol"], one["Endpoint"]) for one in wanted.get("Subscription", [])]
        for protocol, endpoint in new:
            if (protocol, endpoint) not in old:
                aws("sns", "Subscribe", TopicArn=arn, Protocol=protocol, Endpoint=endpoint)
        gone = set(old) - set(new)
        if gone:
            for one in aws("sns", "ListSubscriptionsByTopic", TopicArn=arn)["Subscriptions"]:
                if (one["Protocol"], one["Endpoint"]) in gone:
                    aws("sns", "Unsubscribe", SubscriptionArn=one["SubscriptionArn"])


class TopicPolicy(Kind):
    type = "AWS::SNS::TopicPolicy"
    properties = frozenset({"Topics", "PolicyDocument"})

    def create(self, aws: Aws, name: str, wanted: Props) -> Made:
        return self.update(aws, Made(name, {"Id": name}), {}, wanted)

    def update(self, aws: Aws, made: Made, _before: Props, wanted: Props) -> Made:
        policy = _text(wanted["PolicyDocument"])
        for topic in wanted["Topics"]:
            aws("sns", "SetTopicAttributes", TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
        return made

    def delete(self, aws: Aws, _made: Made, props: Props) -> None:
        for topic in props["Topics"]:
            empty = '{"Version":"2012-10-17","Statement":[]}'
            change = {"TopicArn": topic, "AttributeName": "Policy", "AttributeValue": empty}
            aws.quietly("sns", "SetTopicAttributes", "NotFound", "NotFoundException", **change)


class Subscription(Kind):
    type = "AWS::SNS::Subscription"
    properties = frozenset({"TopicArn", "Protocol", "Endpoint", "Region", *_SUBSCRIPTION})
    replaces = frozenset({"TopicArn", "Protocol", "Endpoint"})

    def create(self, aws: Aws, _name: str, wanted: Props) -> Made:
        attributes = {key: _text(wanted[key]) for key in _SUBSCRIPTION if key in wanted}
        arn = aws(
            "sns",
            "Subscribe",
            TopicArn=wanted["TopicArn"],
            Protocol=wanted["Protocol"],
            Endpoint=wanted.get("Endpoint"),
            Attributes=attributes or None,
            ReturnSubscriptionArn=True,
        )["SubscriptionArn"]
        return Made(arn, {"Arn": arn})

    def update(self, aws: Aws, made: Made, before: Props, wanted: Props) -> Made:
        for key in _SUBSCRIPTION:
            if wanted.get(key) != before.get(key):
                value = _text(wanted[key]) if key in wanted else "{}"
                attribute = {"AttributeName": key, "AttributeValue": value}
                aws("sns", "SetSubscriptionAttributes", SubscriptionArn=made.physical_id, **attribute)
        return made

    def delete(self, aws: Aws, made: Made, _props: Props) -> None:
        gone = ("NotFound", "NotFoundException")
        aws.quietly("sns", "Unsubscribe", *gone, SubscriptionArn=made.physical_id)


KINDS = (Topic(), TopicPolicy(), Subscription())
