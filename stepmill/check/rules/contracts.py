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


def _registry(key: str) -> Example:
    """A machine that registers a model with its error, and one that reads it."""
    name = "cars"
    register = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sagemaker:createModelPackage",
        "Parameters": {"ModelPackageGroupName": name, "CustomerMetadataProperties": {"rmse.$": "$.rmse"}},
        "TimeoutSeconds": 60,
        "End": True,
    }
    describe = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sagemaker:describeModelPackage",
        "Parameters": {"ModelPackageName": name},
        "ResultSelector": {"rmse.$": f"$.CustomerMetadataProperties.{key}"},
        "TimeoutSeconds": 60,
        "End": True,
    }
    machines = {"Register": one_state(register), "Deploy": one_state(describe)}
    resources = {
        name: {
            "Type": "AWS::Serverless::StateMachine",
            "Properties": {"Definition": definition, "Role": "arn:aws:iam::123456789012:role/machines"},
        }
        for name, definition in machines.items()
    }
    transform = {"Transform": "AWS::Serverless-2016-10-31", "Resources": resources}
    return Example(transform, is_template=True)


KEY_NEVER_WRITTEN = Rule(
    "key-never-written",
    "contracts",
    WARNING,
    "A key is read that no machine of the template writes.",
    "A model package keeps the metadata that it was registered with. When the machines of a template write "
    "such keys, each written out, one that is read and that none of them writes is mostly a name changed on "
    "one side only. Whoever registers packages by other means too switches the rule off for that state.",
    "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackage.html",
    _registry("rsme"),
    _registry("rmse"),
)

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
