"""SNS's tables, ARNs and look-ups."""

import json
import sqlite3
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import AwsError, Service

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

SCHEMA = """
create table if not exists sns_topic (
  arn text primary key, name text not null, attributes text not null, tags text not null
);
create table if not exists sns_subscription (
  arn text primary key, topic_arn text not null, protocol text not null, endpoint text not null,
  attributes text not null, unique (topic_arn, protocol, endpoint)
);
create table if not exists sns_attempt (
  attempt text primary key, message_id text not null, at_s real not null
);
"""

SERVICE = Service("sns", SCHEMA)
PAGE_LIMIT = 100


def invalid(message: str) -> AwsError:
    return AwsError("InvalidParameter", f"Invalid parameter: {message}")


def topic_arn(cloud: "Cloud", params: dict[str, Any]) -> list[str]:
    """The topic an operation touches, whichever way it names it."""
    if "Name" in params:
        return [cloud.arn("sns", params["Name"])]
    named = params.get("TopicArn") or params.get("TargetArn") or params.get("ResourceArn")
    if named is not None:
        return [named]
    if "SubscriptionArn" in params:
        return [params["SubscriptionArn"].rpartition(":")[0]]
    return ["*"]


def find_topic(cloud: "Cloud", arn: str) -> sqlite3.Row:
    parts = arn.split(":")
    if len(parts) != 6 or parts[:3] != ["arn", "aws", "sns"]:
        raise invalid(f"TopicArn Reason: {arn} is not an SNS topic ARN")
    rows = cloud.store.query("select * from sns_topic where arn = ?", (arn,))
    if not rows:
        raise AwsError("NotFound", f"Topic does not exist: {arn}", 404)
    return rows[0]


def find_subscription(cloud: "Cloud", arn: str) -> sqlite3.Row:
    rows = cloud.store.query("select * from sns_subscription where arn = ?", (arn,))
    if not rows:
        raise AwsError("NotFound", "Subscription does not exist", 404)
    return rows[0]


def attributes_of(row: sqlite3.Row) -> dict[str, str]:
    attributes: dict[str, str] = json.loads(row["attributes"])
    return attributes


def page(rows: list[sqlite3.Row]) -> tuple[list[sqlite3.Row], dict[str, str]]:
    """The first rows, and the token of the rest: the last row's ARN."""
    shown = rows[:PAGE_LIMIT]
    return shown, {"NextToken": shown[-1]["arn"]} if len(rows) > PAGE_LIMIT else {}
