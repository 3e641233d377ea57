"""DynamoDB: one item at a time. Attribute values are typed as in the API: `{"S": path("$.name")}`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stepmill.asl.integrations.call import call

if TYPE_CHECKING:
    from typing import Unpack

    from stepmill.asl.expressions import Dynamic, Object
    from stepmill.asl.fields import TaskOptions
    from stepmill.asl.states import Task


def get_item(
    state_id: str,
    *,
    table_name: str | Dynamic,
    key: Object | Dynamic,
    consistent_read: bool | Dynamic | None = None,
    projection_expression: str | Dynamic | None = None,
    expression_attribute_names: Object | Dynamic | None = None,
    **options: Unpack[TaskOptions],
) -> Task:
    """Read an item. Result: {"Item": {...}}; no Item when there is none: test with ChoiceRule.IsPresent."""
    parameters = {
        "TableName": table_name, "Key": key, "ConsistentRead": consistent_read,
        "ProjectionExpression": projection_expression, "ExpressionAttributeNames": expression_attribute_names,
    }  # fmt: skip
    return call(state_id, "dynamodb:getItem", parameters, options, required=("TableName", "Key"))


def put_item(
    state_id: str,
    *,
    table_name: str | Dynamic,
    item: Object | Dynamic,
    condition_expression: str | Dynamic | None = None,
    expression_attribute_names: Object | Dynamic | None = None,
    expression_attribute_values: Object | Dynamic | None = None,
    return_values: str | Dynamic | None = None,
    **options: Unpack[TaskOptions],
) -> Task:
    """Write an item over the old one, if the condition holds.

    Else the error DynamoDB.ConditionalCheckFailedException.
    """
    parameters = {
        "TableName": table_name, "Item": item, "ConditionExpression": condition_expression,
        "ExpressionAttributeNames": expression_attribute_names,
        "ExpressionAttributeValues": expression_attribute_values, "ReturnValues": return_values,
    }  # fmt: skip
    return call(state_id, "dynamodb:putItem", parameters, options, required=("TableName", "Item"))


def update_item(
    state_id: str,
    *,
    table_name: str | Dynamic,
    key: Object | Dynamic,
    update_expression: str | Dynamic,
    condition_expression: str | Dynamic | None = None,
    expression_attribute_names: Object | Dynamic | None = None,
    expression_attribute_values: Object | Dynamic | None = None,
    return_values: str | Dynamic | None = None,
    **options: Unpack[TaskOptions],
) -> Task:
    """Change attributes of an item. Result: {"Attributes": {...}} as return_values asks ("ALL_NEW", ...)."""
    parameters = {
        "TableName": table_name, "Key": key, "UpdateExpression": update_expression,
        "ConditionExpression": condition_expression, "ExpressionAttributeNames": expression_attribute_names,
        "ExpressionAttributeValues": expression_attribute_values, "ReturnValues": return_values,
    }  # fmt: skip
    required = ("TableName", "Key", "UpdateExpression")
    return call(state_id, "dynamodb:updateItem", parameters, options, required=required)


def delete_item(
    state_id: str,
    *,
    table_name: str | Dynamic,
    key: Object | Dynamic,
    condition_expression: str | Dynamic | None = None,
    expression_attribute_names: Object | Dynamic | None = None,
    expression_attribute_values: Object | Dynamic | None = None,
    return_values: str | Dynamic | None = None,
    **options: Unpack[TaskOptions],
) -> Task:
    """Delete an item, if the condition holds. One that is not there is no error."""
    parameters = {
        "TableName": table_name, "Key": key, "ConditionExpression": condition_expression,
        "ExpressionAttributeNames": expression_attribute_names,
        "ExpressionAttributeValues": expression_attribute_values, "ReturnValues": return_values,
    }  # fmt: skip
    return call(state_id, "dynamodb:deleteItem", parameters, options, required=("TableName", "Key"))
