"""Whether the service that a machine passes a role to may assume it."""

import json
from pathlib import Path
from typing import Any

import pytest

from stepmill.check.reading.context import parse_context
from stepmill.check.run import check_files

ARN = "arn:${AWS::Partition}:sagemaker:${AWS::Region}:${AWS::AccountId}:model/*"
PASSED = {"Fn::GetAtt": ["Models", "Arn"]}
CREATE = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sagemaker:createModel",
    "Parameters": {
        "ModelName.$": "$.name",
        "ExecutionRoleArn": "${Models}",
        "PrimaryContainer": {"Image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/cars:1"},
    },
    "End": True,
}
MACHINE = {
    "Type": "AWS::StepFunctions::StateMachine",
    "Properties": {
        "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
        "Definition": {"StartAt": "Create", "States": {"Create": CREATE}},
        "DefinitionSubstitutions": {"Models": PASSED},
    },
}
STATEMENTS = [
    {"Effect": "Allow", "Action": "sagemaker:CreateModel", "Resource": {"Fn::Sub": ARN}},
    {
        "Effect": "Allow",
        "Action": "iam:PassRole",
        "Resource": PASSED,
        "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
    },
]


def trust(service: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def role(trusted: Any, *statements: Any) -> dict[str, Any]:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    policies = [{"PolicyName": "Work", "PolicyDocument": document}] if statements else []
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": trusted, "Policies": policies},
    }


TRUSTS: dict[str, tuple[Any, int]] = {
    "the service": (trust("sagemaker.amazonaws.com"), 0),
    "the service among others": (trust(["lambda.amazonaws.com", "sagemaker.amazonaws.com"]), 0),
    "a parameter": (trust({"Ref": "Service"}), 0),
    "a document of elsewhere": ({"Ref": "Service"}, 0),
    "another service": (trust("lambda.amazonaws.com"), 1),
    "Step Functions": (trust("states.amazonaws.com"), 1),
}


@pytest.mark.parametrize(("told", "count"), TRUSTS.values(), ids=TRUSTS)
def test_a_role_that_two_machines_pass_to_a_service_must_trust_it(
    tmp_path: Path, told: Any, count: int
) -> None:
    own = role(trust("states.amazonaws.com"), *STATEMENTS)
    resources = {"Models": role(told), "Role": own, "First": MACHINE, "Second": MACHINE}
    file = tmp_path / "template.json"
    parameters = {"Service": {"Type": "String"}}
    file.write_text(json.dumps({"Parameters": parameters, "Resources": resources}))
    found = [one for one in check_files([file], parse_context({})).findings if one.rule != "parameter-unused"]
    place = "/Resources/Models/Properties/AssumeRolePolicyDocument"
    assert [(one.rule, one.severity, one.pointer) for one in found] == [
        ("trust-missing", "failure", place)
    ] * count
    for one in found:
        assert one.message == (
            "Models: does not let sagemaker.amazonaws.com assume it, to which state Create passes it; "
            "allow sts:AssumeRole to the principal {Service: sagemaker.amazonaws.com}"
        )
