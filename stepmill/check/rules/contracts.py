"""Contracts: what a machine sends to a Lambda function against what the function takes."""

from __future__ import annotations

from typing import Any

from stepmill.check.rule import FAILURE, WARNING, Example, Rule, one_state

_LAMBDA = "https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html"
_FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:judge"
_EVENT = {
    "type": "object",
    "properties": {"rmse": {"type": "number"}, "limit": {"type": "number"}},
    "required": ["rmse", "limit"],
    "additionalProperties": False,
}


def _judge(payload: dict[str, Any]) -> Example:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": _FUNCTION, "Payload": payload},
        "TimeoutSeconds": 60,
        "End": True,
    }
    return Example(one_state(state), {"lambdas": {_FUNCTION: {"event": _EVENT}}})


HANDLER_INPUT_MISSING = Rule(
    "handler-input-missing",
    "contracts",
    FAILURE,
    "A function is called without something that it requires.",
    "The handler's typed signature, or the schema given with --context, says what its event must hold.",
    _LAMBDA,
    _judge({"rmse.$": "$.rmse"}),
    _judge({"rmse.$": "$.rmse", "limit": 2000}),
)

HANDLER_INPUT_TYPE = Rule(
    "handler-input-type",
    "contracts",
    FAILURE,
    "A function is given another type than it takes.",
    "The handler would fail, or compare a text with a number.",
    _LAMBDA,
    _judge({"rmse.$": "$.rmse", "limit": "2000"}),
    _judge({"rmse.$": "$.rmse", "limit": 2000}),
)

HANDLER_INPUT_UNKNOWN = Rule(
    "handler-input-unknown",
    "contracts",
    WARNING,
    "A function is given something that it does not know.",
    "It is written out in the template, so somebody means it to be read; the handler does not.",
    _LAMBDA,
    _judge({"rmse.$": "$.rmse", "limit": 2000, "unit": "USD"}),
    _judge({"rmse.$": "$.rmse", "limit": 2000}),
)
