"""Parameters against what the calls take: the faults."""

from __future__ import annotations

from typing import Any

import pytest

from stepmill.check.shapes.shape import NULL, Boolean, Number, Piece, Shape, String, Union, of_value
from tests.check.services.conftest import Check

TOPIC = "arn:aws:sns:eu-west-1:123456789012:alerts"
ROLE = "arn:aws:iam::123456789012:role/train"
AT = "/States/Only/Parameters"


def training(**changes: Any) -> dict[str, Any]:
    given = {
        "TrainingJobName.$": "$.name",
        "AlgorithmSpecification": {"TrainingImage.$": "$.image", "TrainingInputMode": "File"},
        "RoleArn": ROLE,
        "OutputDataConfig": {"S3OutputPath": "s3://models/"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    }
    return {name: value for name, value in (given | changes).items() if value is not ...}


def resources(**changes: Any) -> dict[str, Any]:
    given = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30, **changes}
    return {"ResourceConfig": {name: value for name, value in given.items() if value is not ...}}


TRAIN = "sagemaker:createTrainingJob.sync"
FAULTS = {
    "unknown-member": (TRAIN, training(Hyperparameters={}), "parameter-unknown", "/Hyperparameters"),
    "unknown-member-inside": (
        TRAIN,
        training(**resources(InstanceTyp="ml.m5.large")),
        "parameter-unknown",
        "/ResourceConfig/InstanceTyp",
    ),
    "unknown-member-by-path": (
        "sns:publish",
        {"TopicArn": TOPIC, "Message": "x", "Titel.$": "$.t"},
        "parameter-unknown",
        "/Titel.$",
    ),
    "small-first-letter": (
        "sns:publish",
        {"topicArn": TOPIC, "TopicArn": TOPIC, "Message": "x"},
        "parameter-unknown",
        "/topicArn",
    ),
    "missing": (TRAIN, training(RoleArn=...), "parameter-missing", ""),
    "missing-inside": (
        TRAIN,
        training(OutputDataConfig={"KmsKeyId": "key"}),
        "parameter-missing",
        "/OutputDataConfig",
    ),
    "missing-in-a-list": (
        "aws-sdk:ssm:addTagsToResource",
        {"ResourceType": "Parameter", "ResourceId": "x", "Tags": [{"Key": "team"}]},
        "parameter-missing",
        "/Tags/0",
    ),
    "text-for-number": (
        TRAIN,
        training(**resources(InstanceCount="1")),
        "parameter-type",
        "/ResourceConfig/InstanceCount",
    ),
    "number-for-text": (
        TRAIN,
        training(HyperParameters={"depth": 6}),
        "parameter-type",
        "/HyperParameters/depth",
    ),
    "fraction-for-integer": (
        TRAIN,
        training(**resources(InstanceCount=1.5)),
        "parameter-type",
        "/ResourceConfig/InstanceCount",
    ),
    "object-for-array": (
        "aws-sdk:eventbridge:putEvents",
        {"Entries": {"Source": "x"}},
        "parameter-type",
        "/Entries",
    ),
    "object-for-text": (
        "aws-sdk:sfn:startExecution",
        {"StateMachineArn.$": "$.arn", "Input": {"a": 1}},
        "parameter-type",
        "/Input",
    ),
    "number-for-a-dynamodb-number": (
        "dynamodb:putItem",
        {"TableName": "t", "Item": {"n": {"N": 1}}},
        "parameter-type",
        "/Item/n/N",
    ),
    "enum": (
        TRAIN,
        training(AlgorithmSpecification={"TrainingImage.$": "$.i", "TrainingInputMode": "file"}),
        "parameter-value",
        "/AlgorithmSpecification/TrainingInputMode",
    ),
    "instance-size": (
        TRAIN,
        training(**resources(InstanceType="ml.m5.lage")),
        "parameter-value",
        "/ResourceConfig/InstanceType",
    ),
    "instance-without-prefix": (
        TRAIN,
        training(**resources(InstanceType="m5.large")),
        "parameter-value",
        "/ResourceConfig/InstanceType",
    ),
    "pattern": (TRAIN, training(RoleArn="train"), "parameter-length", "/RoleArn"),
    "pattern-of-arn": (
        TRAIN,
        training(RoleArn="role/train-the-model-of-today"),
        "parameter-pattern",
        "/RoleArn",
    ),
    "too-long": (
        "aws-sdk:ssm:getParameter",
        {"Name": "/x" * 1100},
        "parameter-length",
        "/Name",
    ),
    "range": (
        TRAIN,
        training(StoppingCondition={"MaxRuntimeInSeconds": 0}),
        "parameter-range",
        "/StoppingCondition/MaxRuntimeInSeconds",
    ),
    "too-many-items": (
        "aws-sdk:ssm:getParameters",
        {"Names": [f"/{number}" for number in range(11)]},
        "parameter-length",
        "/Names",
    ),
    "empty-list": ("aws-sdk:ssm:getParameters", {"Names": []}, "parameter-length", "/Names"),
    "none-of": (
        TRAIN,
        training(AlgorithmSpecification={"TrainingInputMode": "File"}),
        "parameter-one-of",
        "/AlgorithmSpecification",
    ),
    "two-of": (
        "sns:publish",
        {"TopicArn": TOPIC, "PhoneNumber": "+4912345", "Message": "x"},
        "parameter-one-of",
        "",
    ),
    "no-instances": (
        TRAIN,
        training(**resources(InstanceType=..., InstanceCount=...)),
        "parameter-one-of",
        "/ResourceConfig",
    ),
    "two-types-of-one-value": (
        "dynamodb:getItem",
        {"TableName": "t", "Key": {"id": {"S": "a", "N": "1"}}},
        "parameter-one-of",
        "/Key/id",
    ),
    "unknown-type-of-a-value": (
        "dynamodb:getItem",
        {"TableName": "t", "Key": {"id": {"String": "a"}}},
        "parameter-unknown",
        "/Key/id/String",
    ),
    "model-without-container": (
        "sagemaker:createModel",
        {"ModelName.$": "$.n", "ExecutionRoleArn": ROLE},
        "parameter-one-of",
        "",
    ),
    "http-method": (
        "http:invoke",
        {"ApiEndpoint": "https://x.com", "Method": "get", "Authentication": {"ConnectionArn": "c"}},
        "parameter-value",
        "/Method",
    ),
    "http-without-connection": (
        "http:invoke",
        {"ApiEndpoint": "https://x.com", "Method": "GET"},
        "parameter-one-of",
        "",
    ),
    "emr-step-list": (
        "elasticmapreduce:addStep.sync",
        {"ClusterId": "j-1", "Step": {"Name": "s", "HadoopJarStep": {"Jar": "x"}}, "Steps": []},
        "parameter-unknown",
        "/Steps",
    ),
    "ecs-two-capacities": (
        "ecs:runTask.sync",
        {
            "TaskDefinition": "t",
            "LaunchType": "FARGATE",
            "CapacityProviderStrategy": [{"CapacityProvider": "x"}],
        },
        "parameter-one-of",
        "",
    ),
    "botocore-spelling-of-rds": (
        "aws-sdk:rds:describeDBInstances",
        {"Dbinstanceidentifier": "x"},
        "parameter-unknown",
        "/Dbinstanceidentifier",
    ),
    "no-parameters-at-all": (
        "aws-sdk:sts:getCallerIdentity",
        {"Account": "1"},
        "parameter-unknown",
        "/Account",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_tells_the_fault_at_its_place_and_nothing_else(check: Check, name: str) -> None:
    resource, parameters, rule, pointer = FAULTS[name]
    assert [(it.rule, it.pointer) for it in check(resource, parameters)] == [(rule, AT + pointer)]


def test_a_misspelt_member_is_not_told_as_missing_too(check: Check) -> None:
    found = check("aws-sdk:ssm:getParameter", {"Nme": "/model"})
    assert [(it.rule, it.pointer) for it in found] == [("parameter-unknown", f"{AT}/Nme")]


def test_a_message_says_where_what_and_what_to_do(check: Check) -> None:
    (found,) = check("sns:publish", {"TopicArn": TOPIC, "Message": "x", "subject": "y"})
    assert (found.message, found.suggestion) == (
        "States.Only: Parameters.subject does not exist; did you mean Subject?",
        "Subject",
    )


@pytest.mark.parametrize(
    ("shape", "rules"),
    [
        (String(), []),
        (String(frozenset(["String", "text"])), []),
        (String(frozenset(["string", "text"])), ["parameter-value"]),
        (String(pieces=("Secure", Piece())), []),
        (String(pieces=("secure", Piece())), ["parameter-value"]),
        (Union((String(), Number())), []),
        (Union((Number(), Boolean())), ["parameter-type"]),
        (Union((Number(), NULL)), []),
        (Number(), ["parameter-type"]),
        (NULL, []),
    ],
)
def test_only_what_is_wrong_for_certain_is_told(check: Check, shape: Shape, rules: list[str]) -> None:
    given = {"Name": "/model", "Value": "m", "Type.$": "$.type"}
    found = check("aws-sdk:ssm:putParameter", given, known={"$.type": shape})
    assert [(it.rule, it.pointer) for it in found] == [(rule, f"{AT}/Type.$") for rule in rules]


@pytest.mark.parametrize(
    ("shape", "rules"),
    [
        (String(pieces=("/models/" * 300, Piece())), ["parameter-length"]),
        (String(pieces=("/models/", Piece(max_length=5000))), []),
        (String(min_length=3000), ["parameter-length"]),
        (String(max_length=0), ["parameter-length"]),
    ],
)
def test_a_text_put_together_counts_by_its_parts(check: Check, shape: Shape, rules: list[str]) -> None:
    found = check("aws-sdk:ssm:getParameter", {"Name.$": "$.name"}, known={"$.name": shape})
    assert [it.rule for it in found] == rules


def test_a_fault_inside_what_a_path_gives_is_told_at_the_path(check: Check) -> None:
    given = of_value({"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": -1})
    found = check(TRAIN, training(**{"ResourceConfig": ..., "ResourceConfig.$": "$.r"}), known={"$.r": given})
    assert [(it.rule, it.pointer) for it in found] == [("parameter-range", f"{AT}/ResourceConfig.$")]


def test_arguments_in_jsonata_are_checked_alike(check: Check) -> None:
    given = {"TopicArn": TOPIC, "Message": "{% $states.input %}", "Subjects": "x"}
    found = check("sns:publish", given, field="Arguments")
    assert [(it.rule, it.pointer) for it in found] == [
        ("parameter-unknown", "/States/Only/Arguments/Subjects")
    ]


@pytest.mark.parametrize(
    "raw", [None, 5, "text", [1], {"Key": {"id": 3}}, {"TableName": {"x": []}, "Key": [None]}]
)
def test_malformed_parameters_raise_nothing(check: Check, raw: Any) -> None:
    check("dynamodb:getItem", raw)
