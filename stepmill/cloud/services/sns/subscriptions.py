"""Subscriptions: e-mail addresses, queues and functions.

An e-mail subscription is confirmed at once: nobody but the account's owner can read the local mailbox,
so the round trip through a confirmation mail would prove nothing.
"""

import json
import re
import sqlite3
import uuid
from typing import TYPE_CHECKING

from stepmill.cloud.service import Answer, Request
from stepmill.cloud.services.sns.filtering import check_filter
from stepmill.cloud.services.sns.tables import (
    SERVICE,
    attributes_of,
    find_subscription,
    find_topic,
    invalid,
    page,
    topic_arn,
)

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

PROTOCOLS = ("email", "email-json", "sqs", "lambda")
SETTABLE = ("FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy")
EMAIL_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}")


@SERVICE.operation("Subscribe", resources=topic_arn)
def subscribe(cloud: "Cloud", request: Request) -> Answer:
    """Subscribing the same endpoint again answers the subscription that is there."""
    params = request.params
    protocol, endpoint, attributes = (
        params["Protocol"],
        params.get("Endpoint", ""),
        params.get("Attributes", {}),
    )
    check_endpoint(protocol, endpoint)
    check_attributes(attributes)
    with cloud.store.transaction() as conn:
        find_topic(cloud, params["TopicArn"])
        known = cloud.store.query(
            "select * from sns_subscription where topic_arn = ? and protocol = ? and endpoint = ?",
            (params["TopicArn"], protocol, endpoint),
        )
        if known:
            if attributes and attributes_of(known[0]) != attributes:
                raise invalid("Attributes Reason: Subscription already exists with different attributes")
            return {"SubscriptionArn": known[0]["arn"]}
        arn = f"{params['TopicArn']}:{uuid.uuid4()}"
        row = (arn, params["TopicArn"], protocol, endpoint, json.dumps(attributes))
        conn.execute("insert into sns_subscription values (?, ?, ?, ?, ?)", row)
    return {"SubscriptionArn": arn}


def check_endpoint(protocol: str, endpoint: str) -> None:
    if protocol not in PROTOCOLS:
        raise invalid(
            f"Protocol Reason: {protocol} is not delivered by the embedded cloud; "
            f"allowed: {', '.join(PROTOCOLS)}"
        )
    if protocol.startswith("email"):
        if not EMAIL_ADDRESS.fullmatch(endpoint):
            raise invalid(f"Endpoint Reason: {endpoint!r} is not an e-mail address")
    elif not re.fullmatch(rf"arn:[a-z-]+:{protocol}:[a-z0-9-]+:\d{{12}}:\S+", endpoint):
        raise invalid(f"Endpoint Reason: {endpoint!r} is not the ARN of a target of protocol {protocol}")
    elif endpoint.endswith(".fifo"):
        raise invalid("Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics")


def check_attributes(attributes: dict[str, str]) -> None:
    for name, value in attributes.items():
        if name not in SETTABLE:
            raise invalid(f"AttributeName Reason: {name}; allowed: {', '.join(SETTABLE)}")
        if name == "RawMessageDelivery" and value.lower() not in ("true", "false"):
            raise invalid(f"Attributes Reason: RawMessageDelivery: {value}; allowed: true, false")
        if name == "RedrivePolicy" and value:
            check_redrive_policy(value)
    check_filter(attributes)


def check_redrive_policy(text: str) -> None:
    try:
        arn = json.loads(text)["deadLetterTargetArn"]
        is_queue = arn.split(":")[2] == "sqs"
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        is_queue = False
    if not is_queue:
        raise invalid("RedrivePolicy: deadLetterTargetArn must be the ARN of an SQS queue")


@SERVICE.operation("ConfirmSubscription", resources=topic_arn)
def confirm_subscription(cloud: "Cloud", request: Request) -> Answer:
    """There is never a token to confirm with."""
    find_topic(cloud, request.params["TopicArn"])
    raise invalid("Token")


@SERVICE.operation("Unsubscribe", resources=topic_arn)
def unsubscribe(cloud: "Cloud", request: Request) -> Answer:
    """Deliveries that were accepted already still arrive."""
    with cloud.store.transaction() as conn:
        conn.execute("delete from sns_subscription where arn = ?", (request.params["SubscriptionArn"],))
    return {}


def describe(cloud: "Cloud", row: sqlite3.Row) -> dict[str, str]:
    return {
        "SubscriptionArn": row["arn"],
        "Owner": cloud.account,
        "Protocol": row["protocol"],
        "Endpoint": row["endpoint"],
        "TopicArn": row["topic_arn"],
    }


@SERVICE.operation("ListSubscriptions")
def list_subscriptions(cloud: "Cloud", request: Request) -> Answer:
    after = request.params.get("NextToken", "")
    shown, token = page(
        cloud.store.query("select * from sns_subscription where arn > ? order by arn", (after,))
    )
    return {"Subscriptions": [describe(cloud, row) for row in shown], **token}


@SERVICE.operation("ListSubscriptionsByTopic", resources=topic_arn)
def list_subscriptions_by_topic(cloud: "Cloud", request: Request) -> Answer:
    arn = request.params["TopicArn"]
    find_topic(cloud, arn)
    rows = cloud.store.query(
        "select * from sns_subscription where topic_arn = ? and arn > ? order by arn",
        (arn, request.params.get("NextToken", "")),
    )
    shown, token = page(rows)
    return {"Subscriptions": [describe(cloud, row) for row in shown], **token}


@SERVICE.operation("GetSubscriptionAttributes", resources=topic_arn)
def get_subscription_attributes(cloud: "Cloud", request: Request) -> Answer:
    row = find_subscription(cloud, request.params["SubscriptionArn"])
    return {
        "Attributes": {
            **describe(cloud, row),
            "PendingConfirmation": "false",
            "ConfirmationWasAuthenticated": "true",
            "RawMessageDelivery": "false",
            **attributes_of(row),
        }
    }


@SERVICE.operation("SetSubscriptionAttributes", resources=topic_arn)
def set_subscription_attributes(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    with cloud.store.transaction() as conn:
        row = find_subscription(cloud, params["SubscriptionArn"])
        attributes = {**attributes_of(row), params["AttributeName"]: params.get("AttributeValue", "")}
        check_attributes(attributes)
        kept = (json.dumps(attributes), row["arn"])
        conn.execute("update sns_subscription set attributes = ? where arn = ?", kept)
    return {}
