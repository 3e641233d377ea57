"""Topics: made, described, listed, tagged, deleted."""

import json
import re
from typing import TYPE_CHECKING

from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.sns.tables import SERVICE, attributes_of, find_topic, invalid, page, topic_arn

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

TOPIC_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")
SETTABLE = (
    "DisplayName",
    "Policy",
    "KmsMasterKeyId",
    "SignatureVersion",
    "TracingConfig",
    "DeliveryPolicy",
    "DataProtectionPolicy",
)


@SERVICE.operation("CreateTopic", resources=topic_arn)
def create_topic(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    name = params["Name"]
    if name.endswith(".fifo"):
        raise invalid(f"Topic Name Reason: {name} is a FIFO topic, which the embedded cloud does not have")
    if not TOPIC_NAME.fullmatch(name):
        raise invalid("Topic Name")
    attributes = params.get("Attributes", {})
    for attribute in attributes:
        check_attribute(attribute)
    arn = cloud.arn("sns", name)
    with cloud.store.transaction() as conn:
        known = cloud.store.query("select * from sns_topic where arn = ?", (arn,))
        if known:
            if any(attributes_of(known[0]).get(key) != value for key, value in attributes.items()):
                raise invalid("Attributes Reason: Topic already exists with different attributes")
            return {"TopicArn": arn}
        conn.execute(
            "insert into sns_topic values (?, ?, ?, ?)",
            (arn, name, json.dumps(attributes), json.dumps(params.get("Tags", []))),
        )
    return {"TopicArn": arn}


def check_attribute(name: str) -> None:
    if name in ("FifoTopic", "ContentBasedDeduplication"):
        raise invalid(f"Attributes Reason: {name}: the embedded cloud has no FIFO topics")
    if name not in SETTABLE:
        raise invalid(f"AttributeName Reason: {name}; allowed: {', '.join(SETTABLE)}")


@SERVICE.operation("DeleteTopic", resources=topic_arn)
def delete_topic(cloud: "Cloud", request: Request) -> Answer:
    """With its subscriptions; deleting a topic that is not there is success, as on AWS."""
    with cloud.store.transaction() as conn:
        conn.execute("delete from sns_subscription where topic_arn = ?", (request.params["TopicArn"],))
        conn.execute("delete from sns_topic where arn = ?", (request.params["TopicArn"],))
    return {}


@SERVICE.operation("ListTopics")
def list_topics(cloud: "Cloud", request: Request) -> Answer:
    after = request.params.get("NextToken", "")
    shown, token = page(cloud.store.query("select arn from sns_topic where arn > ? order by arn", (after,)))
    return {"Topics": [{"TopicArn": row["arn"]} for row in shown], **token}


@SERVICE.operation("GetTopicAttributes", resources=topic_arn)
def get_topic_attributes(cloud: "Cloud", request: Request) -> Answer:
    arn = request.params["TopicArn"]
    kept = attributes_of(find_topic(cloud, arn))
    count = cloud.store.query("select count(*) as n from sns_subscription where topic_arn = ?", (arn,))[0][
        "n"
    ]
    return {
        "Attributes": {
            "TopicArn": arn,
            "Owner": cloud.account,
            "Policy": default_policy(cloud, arn),
            "DisplayName": "",
            "SubscriptionsConfirmed": str(count),
            "SubscriptionsPending": "0",
            "SubscriptionsDeleted": "0",
            **kept,
        }
    }


def default_policy(cloud: "Cloud", arn: str) -> str:
    """The account may do what it likes; a service needs a statement of its own."""
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": ["SNS:Publish", "SNS:Subscribe", "SNS:GetTopicAttributes", "SNS:SetTopicAttributes"],
        "Resource": arn,
        "Condition": {"StringEquals": {"AWS:SourceOwner": cloud.account}},
    }
    return json.dumps({"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]})


@SERVICE.operation("SetTopicAttributes", resources=topic_arn)
def set_topic_attributes(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    check_attribute(params["AttributeName"])
    with cloud.store.transaction() as conn:
        kept = attributes_of(find_topic(cloud, params["TopicArn"]))
        kept[params["AttributeName"]] = params.get("AttributeValue", "")
        # An emptied policy is the default one again.
        if params["AttributeName"] == "Policy" and not kept["Policy"]:
            del kept["Policy"]
        conn.execute(
            "update sns_topic set attributes = ? where arn = ?", (json.dumps(kept), params["TopicArn"])
        )
    return {}


def change_tags(cloud: "Cloud", arn: str, added: list[dict[str, str]], removed: list[str]) -> Answer:
    with cloud.store.transaction() as conn:
        rows = cloud.store.query("select tags from sns_topic where arn = ?", (arn,))
        if not rows:
            raise AwsError("ResourceNotFound", "Resource does not exist", 404)
        tags = {tag["Key"]: tag["Value"] for tag in [*json.loads(rows[0]["tags"]), *added]}
        kept = [{"Key": key, "Value": value} for key, value in tags.items() if key not in removed]
        conn.execute("update sns_topic set tags = ? where arn = ?", (json.dumps(kept), arn))
    return {}


@SERVICE.operation("TagResource", resources=topic_arn)
def tag_resource(cloud: "Cloud", request: Request) -> Answer:
    return change_tags(cloud, request.params["ResourceArn"], request.params["Tags"], [])


@SERVICE.operation("UntagResource", resources=topic_arn)
def untag_resource(cloud: "Cloud", request: Request) -> Answer:
    return change_tags(cloud, request.params["ResourceArn"], [], request.params["TagKeys"])


@SERVICE.operation("ListTagsForResource", resources=topic_arn)
def list_tags_for_resource(cloud: "Cloud", request: Request) -> Answer:
    return {"Tags": json.loads(find_topic(cloud, request.params["ResourceArn"])["tags"])}
