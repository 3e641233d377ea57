"""Calls that IAM allows by method and path."""

from typing import Any

import pytest

from .needs import of_task

CALLS: list[tuple[str, dict[str, Any], set[tuple[str, ...]]]] = [
    (
        "aws-sdk:apigateway:getRestApis",
        {},
        {("apigateway:GET", "apigateway:${AWS::Region}::/restapis")},
    ),
    (
        "aws-sdk:apigateway:updateStage",
        {"RestApiId": "${Api}", "StageName.$": "$.stage"},
        {("apigateway:PATCH", "apigateway:${AWS::Region}::/restapis/${Api}/stages/*")},
    ),
    (
        "aws-sdk:apigateway:tagResource",
        {"ResourceArn": "arn:aws:apigateway:eu-west-1::/restapis/abc", "Tags": {"a": "b"}},
        {("apigateway:PUT", "apigateway:${AWS::Region}::/tags/*")},
    ),
    (
        "aws-sdk:apigatewayv2:deleteRoute",
        {"ApiId": "abc", "RouteId": "r"},
        {("apigateway:DELETE", "apigateway:${AWS::Region}::/apis/abc/routes/r")},
    ),
    (
        "aws-sdk:apigatewayv2:createPortal",
        {},
        {("apigateway:CreatePortal", "apigateway:/portals/*")},
    ),
    ("aws-sdk:apigateway:dance", {}, {("unknown", "apigateway")}),
]


@pytest.mark.parametrize(("call", "parameters", "wanted"), CALLS, ids=[call[0] for call in CALLS])
def test_management_of_apis_needs_a_method_on_a_path(
    call: str, parameters: dict[str, Any], wanted: set[tuple[str, ...]]
) -> None:
    assert of_task(call, parameters) == wanted
