"""Condition operators, one by one."""

from typing import Any

import pytest

from stepmill.cloud.iam.conditions import are_met

CONTEXT = {
    "aws:SourceAccount": "123456789012",
    "aws:SourceArn": "arn:aws:states:us-east-1:123456789012:stateMachine:training",
    "iam:PassedToService": "sagemaker.amazonaws.com",
    "aws:SecureTransport": "true",
    "s3:max-keys": "10",
    "aws:CurrentTime": "2026-05-01T00:00:00+00:00",
}


@pytest.mark.parametrize(
    ("condition", "is_met"),
    [
        ({}, True),
        ({"StringEquals": {"aws:SourceAccount": "123456789012"}}, True),
        ({"StringEquals": {"AWS:sourceaccount": ["1", "123456789012"]}}, True),
        ({"StringEquals": {"aws:SourceAccount": "210987654321"}}, False),
        ({"StringEquals": {"aws:Absent": "x"}}, False),
        ({"StringEqualsIfExists": {"aws:Absent": "x"}}, True),
        ({"StringEqualsIgnoreCase": {"iam:PassedToService": "SageMaker.amazonaws.com"}}, True),
        ({"StringNotEquals": {"aws:SourceAccount": "123456789012"}}, False),
        ({"StringNotEquals": {"aws:Absent": "x"}}, True),
        ({"StringLike": {"iam:PassedToService": "sage*.amazonaws.com"}}, True),
        ({"StringLike": {"iam:PassedToService": "[s]agemaker*"}}, False),
        ({"StringNotLike": {"iam:PassedToService": "lambda*"}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:states:*:123456789012:stateMachine:*"}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:*:training"}}, False),
        ({"ArnEquals": {"aws:SourceArn": "arn:aws:states:us-east-1:123456789012:stateMachine:other"}}, False),
        ({"ArnNotLike": {"aws:SourceArn": "arn:aws:lambda:*:*:*"}}, True),
        ({"Bool": {"aws:SecureTransport": True}}, True),
        ({"Bool": {"aws:SecureTransport": "false"}}, False),
        ({"Null": {"aws:Absent": "true"}}, True),
        ({"Null": {"aws:SourceAccount": "true"}}, False),
        ({"NumericLessThanEquals": {"s3:max-keys": "10"}}, True),
        ({"NumericGreaterThan": {"s3:max-keys": 10}}, False),
        ({"NumericLessThan": {"s3:max-keys": "many"}}, False),
        ({"DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}, True),
        ({"ForAnyValue:StringEquals": {"aws:Absent": "x"}}, False),
        ({"ForAllValues:StringEquals": {"aws:Absent": "x"}}, True),
        ({"ForAllValues:StringEquals": {"aws:SourceAccount": "1"}}, False),
        (
            {
                "StringEquals": {"aws:SourceAccount": "123456789012"},
                "ArnLike": {"aws:SourceArn": "arn:aws:lambda:*:*:*"},
            },
            False,
        ),
    ],
)
def test_every_condition_must_be_met(condition: dict[str, Any], is_met: bool) -> None:
    assert are_met(condition, CONTEXT, unknown=False) is is_met


@pytest.mark.parametrize("answer", [True, False])
def test_an_unknown_operator_is_left_to_the_effect(answer: bool) -> None:
    assert are_met({"IpAddress": {"aws:SourceAccount": "10.0.0.0/8"}}, CONTEXT, unknown=answer) is answer
