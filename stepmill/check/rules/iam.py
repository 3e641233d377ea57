"""Permissions: what a machine's role allows, held against what the machine needs."""

from __future__ import annotations

from typing import Any

from stepmill.check.rule import FAILURE, WARNING, Example, Rule, one_state

_GUIDE = "https://docs.aws.amazon.com/step-functions/latest/dg"
_IAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide"
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
_TOPIC = {"Ref": "Topic"}
_PUBLISH = one_state(
    {
        "Type": "Task",
        "Resource": "arn:aws:states:::sns:publish",
        "Parameters": {"TopicArn": "${TopicArn}", "Message": "done"},
        "End": True,
    }
)
_TRAIN = one_state(
    {
        "Type": "Task",
        "Resource": "arn:aws:states:::sagemaker:createModel",
        "Parameters": {
            "ModelName.$": "$.model",
            "ExecutionRoleArn": "arn:aws:iam::123456789012:role/models",
            "PrimaryContainer": {
                "Image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/cars:1",
                "ModelDataUrl": "s3://cars/model.tar.gz",
            },
        },
        "End": True,
    }
)
_MODEL = {
    "Effect": "Allow",
    "Action": "sagemaker:CreateModel",
    "Resource": {"Fn::Sub": "arn:${AWS::Partition}:sagemaker:${AWS::Region}:${AWS::AccountId}:model/*"},
}


def _allow(action: Any, resource: Any = None) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource or _TOPIC}


def _role(*statements: dict[str, Any], trust: Any = None) -> dict[str, Any]:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": trust or _TRUST,
            "Policies": [{"PolicyName": "Work", "PolicyDocument": document}],
        },
    }


def _template(role: dict[str, Any], definition: Any = None) -> Example:
    properties: dict[str, Any] = {
        "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
        "Definition": definition or _PUBLISH,
    }
    if definition is None:
        properties["DefinitionSubstitutions"] = {"TopicArn": _TOPIC}
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}
    resources = {"Topic": {"Type": "AWS::SNS::Topic"}, "Role": role, "Machine": machine}
    return Example({"Resources": resources}, is_template=True)


def _sam(**properties: Any) -> Example:
    machine = {
        "Type": "AWS::Serverless::StateMachine",
        "Properties": {
            "Definition": _PUBLISH,
            "DefinitionSubstitutions": {"TopicArn": _TOPIC},
            **properties,
        },
    }
    resources = {"Topic": {"Type": "AWS::SNS::Topic"}, "Machine": machine}
    return Example({"Transform": "AWS::Serverless-2016-10-31", "Resources": resources}, is_template=True)


_PUBLISHES = _template(_role(_allow("sns:Publish")))

PERMISSION_MISSING = Rule(
    "permission-missing",
    "iam",
    FAILURE,
    "The role lacks a permission that a state needs.",
    "Step Functions calls services with the machine's role, so a missing permission ends the execution with "
    "States.TaskFailed, or keeps the machine from being deployed. `.sync` needs more than the call: the "
    "EventBridge rule of the service and what describes the work, for Step Functions hears of its end by "
    "events and asks for it as well; for SageMaker's jobs also sagemaker:AddTags, for it sends the tag "
    "MANAGED_BY_AWS with them, which is refused without. `stepmill policy` prints all. What stops the work "
    "is only a warning, since only an execution that is aborted or times out needs it; so are traces.",
    f"{_GUIDE}/service-integration-iam-templates.html",
    _template(_role()),
    _PUBLISHES,
)

PERMISSION_UNNEEDED = Rule(
    "permission-unneeded",
    "iam",
    WARNING,
    "The role allows what no state needs.",
    "Every action and every resource of a statement should serve some state. What is left over from an older "
    "definition only helps who breaks in. Take it away, or move it to the role that needs it.",
    f"{_IAM}/best-practices.html#grant-least-privilege",
    _template(_role(_allow(["sns:Publish", "sns:DeleteTopic"]))),
    _PUBLISHES,
)

PERMISSION_WILDCARD = Rule(
    "permission-wildcard",
    "iam",
    WARNING,
    "A permission is open to all resources or actions though the exact ones are known.",
    "`*` is right only for actions that IAM knows no resource types for, such as log delivery. Elsewhere it "
    "lets the machine touch what belongs to others. Name the resources; `stepmill policy` prints them.",
    f"{_IAM}/best-practices.html#grant-least-privilege",
    _template(_role(_allow("sns:Publish", "*"))),
    _PUBLISHES,
)

PASS_ROLE_OPEN = Rule(
    "pass-role-open",
    "iam",
    WARNING,
    "iam:PassRole is allowed without saying to which service.",
    "Who may pass a role to any service can run code with it. Add the condition StringEquals "
    "iam:PassedToService with the one service that gets the role.",
    f"{_IAM}/id_roles_use_passrole.html",
    _template(
        _role(_MODEL, _allow("iam:PassRole", "arn:aws:iam::123456789012:role/models")),
        _TRAIN,
    ),
    _template(
        _role(
            _MODEL,
            {
                **_allow("iam:PassRole", "arn:aws:iam::123456789012:role/models"),
                "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
            },
        ),
        _TRAIN,
    ),
)

TRUST_MISSING = Rule(
    "trust-missing",
    "iam",
    FAILURE,
    "The role does not let Step Functions assume it, or the service that a state passes it to.",
    "A machine's role must trust the principal states.amazonaws.com with sts:AssumeRole; with a condition on "
    "aws:SourceArn, that must match the machine. Otherwise the machine cannot be created or started. So must "
    "a role that a state passes to SageMaker, Glue, Lambda, EventBridge Scheduler or another machine trust "
    "that service, or the call is refused.",
    f"{_GUIDE}/procedure-create-iam-role.html",
    _template(
        _role(
            _allow("sns:Publish"),
            trust={
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "lambda.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                    }
                ],
            },
        )
    ),
    _PUBLISHES,
)

ROLE_MISSING = Rule(
    "role-missing",
    "iam",
    WARNING,
    "The machine has neither a role nor policies though its states need permissions.",
    "SAM makes a role for a machine without Role, with the permissions in Policies and no others. Give the "
    "machine Role or Policies; `stepmill policy` prints what it needs.",
    "https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/"
    "sam-resource-statemachine.html",
    _sam(),
    _sam(Policies=[{"SNSPublishMessagePolicy": {"TopicName": {"Fn::GetAtt": ["Topic", "TopicName"]}}}]),
)
