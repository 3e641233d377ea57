"""A lock that executions of a state machine hold, in a DynamoDB table with the key `name`.

A holder whose execution no longer runs is superseded, so a crash cannot lock others out. The fencing token
grows with every new holder; the item stays when the lock is free, so a token is never given twice.
"""

from __future__ import annotations

from typing import Any, NamedTuple

ALIVE = ("RUNNING", "PENDING_REDRIVE")


class Hold(NamedTuple):
    """`holder` is the execution that has the lock now, empty when it is free."""

    acquired: bool
    holder: str
    fencing_token: int


def acquire(dynamodb: Any, states: Any, *, table: str, name: str, execution_arn: str) -> Hold:
    """Take the lock for an execution. Asked twice by its holder, the answer is the same hold."""
    refused = _take(dynamodb, table, name, execution_arn, "attribute_not_exists(holder)", {})
    if isinstance(refused, int):
        return Hold(True, execution_arn, refused)
    holder, token = refused["holder"]["S"], refused["fencing_token"]
    if holder == execution_arn:
        return Hold(True, holder, int(token["N"]))
    if _is_running(states, holder):
        return Hold(False, holder, int(token["N"]))
    values = {":old": {"S": holder}, ":token": token}
    refused = _take(dynamodb, table, name, execution_arn, "holder = :old AND fencing_token = :token", values)
    if isinstance(refused, int):
        return Hold(True, execution_arn, refused)
    return Hold(False, _holder(refused), int(refused["fencing_token"]["N"]))


def release(dynamodb: Any, *, table: str, name: str, execution_arn: str) -> Hold:
    """Give the lock back. Only its holder's call has an effect; a second call has none."""
    try:
        item = dynamodb.update_item(
            TableName=table,
            Key={"name": {"S": name}},
            UpdateExpression="REMOVE holder",
            ConditionExpression="holder = :me",
            ExpressionAttributeValues={":me": {"S": execution_arn}},
            ReturnValues="ALL_NEW",
        )["Attributes"]
    except dynamodb.exceptions.ConditionalCheckFailedException:
        found = dynamodb.get_item(TableName=table, Key={"name": {"S": name}}, ConsistentRead=True)
        item = found.get("Item", {})
    return Hold(False, _holder(item), int(item.get("fencing_token", {"N": "0"})["N"]))


def _take(
    dynamodb: Any, table: str, name: str, me: str, condition: str, values: dict[str, Any]
) -> int | dict[str, Any]:
    """The new fencing token, or the item as it is when the condition does not hold."""
    try:
        answer = dynamodb.update_item(
            TableName=table,
            Key={"name": {"S": name}},
            UpdateExpression="SET holder = :me ADD fencing_token :one",
            ConditionExpression=condition,
            ExpressionAttributeValues={":me": {"S": me}, ":one": {"N": "1"}, **values},
            ReturnValues="UPDATED_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except dynamodb.exceptions.ConditionalCheckFailedException as refused:
        item: dict[str, Any] = refused.response["Item"]
        return item
    return int(answer["Attributes"]["fencing_token"]["N"])


def _is_running(states: Any, execution_arn: str) -> bool:
    try:
        status = states.describe_execution(executionArn=execution_arn)["status"]
    except states.exceptions.ExecutionDoesNotExist:
        return False
    return status in ALIVE


def _holder(item: dict[str, Any]) -> str:
    holder: str = item.get("holder", {"S": ""})["S"]
    return holder
