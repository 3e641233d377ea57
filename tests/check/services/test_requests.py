"""Parameters against what the calls take: the faults."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stepmill.check.shapes.shape import (
    NEVER,
    NULL,
    UNKNOWN,
    Array,
    Boolean,
    Member,
    Number,
    Object,
    Piece,
    Presence,
    Shape,
    String,
    Union,
    of_value,
)
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


TRAIN = "sagemaker:createTrainingJob.sync"
FAULTS: dict[str, dict[str, Any]] = json.loads(
    Path(__file__).with_name("faulty_tasks.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", FAULTS)
def test_tells_the_fault_at_its_place_and_nothing_else(check: Check, name: str) -> None:
    fault = FAULTS[name]
    found = check(fault["resource"], fault["parameters"])
    assert [(it.rule, it.pointer, it.severity) for it in found] == [
        (fault["rule"], AT + fault["pointer"], "failure")
    ]


@pytest.mark.parametrize(
    ("resource", "parameters", "told"),
    [
        ("sqs:sendMessage", {"DelaySeconds": "5"}, [("/DelaySeconds", "failure")]),
        ("aws-sdk:sqs:sendMessage", {"DelaySeconds": "5"}, [("/DelaySeconds", "warning")]),
        ("sqs:sendMessage", {"MessageGroupId": 5}, [("/MessageGroupId", "failure")]),
        ("aws-sdk:sqs:sendMessage", {"MessageGroupId": 5}, [("/MessageGroupId", "warning")]),
        ("aws-sdk:sqs:sendMessage", {"MessageGroupId": {"a": 1}}, []),
        ("aws-sdk:sqs:sendMessage", {"MessageAttributes": "a"}, [("/MessageAttributes", "failure")]),
        ("aws-sdk:sqs:sendMessage", {"DelaySeconds": [5]}, [("/DelaySeconds", "failure")]),
    ],
)
def test_of_mixed_up_scalars_behind_the_sdk_a_warning_is_given(
    check: Check, resource: str, parameters: dict[str, Any], told: list[tuple[str, str]]
) -> None:
    found = check(resource, {"QueueUrl": "q", "MessageBody": "b", **parameters})
    assert [(it.rule, it.pointer, it.severity) for it in found] == [
        ("parameter-type", AT + pointer, severity) for pointer, severity in told
    ]


@pytest.mark.parametrize(
    ("resource", "parameters", "told"),
    [
        (
            "batch:submitJob",
            {"ContainerOverrides": {"Environment": [{"name": "A", "Value": "b"}]}},
            [("/ContainerOverrides/Environment/0/name", "warning", "Name")],
        ),
        ("batch:submitJob", {"RetryStrategy": {"attempts": 5}}, []),
        ("batch:submitJob", {"RetryStrategy": {"Attempts": 5}}, []),
        (
            "batch:submitJob",
            {"Timeout": {"attemptDurationSeconds": "1"}},
            [
                ("/Timeout/attemptDurationSeconds", "warning", "AttemptDurationSeconds"),
                ("/Timeout/attemptDurationSeconds", "failure", ""),
            ],
        ),
        ("batch:submitJob", {"timeout": {}}, [("/timeout", "failure", "Timeout")]),
    ],
)
def test_the_services_own_spelling_is_refused_where_that_is_known(
    check: Check, resource: str, parameters: dict[str, Any], told: list[tuple[str, str, str]]
) -> None:
    found = check(resource, {"JobName": "j", "JobQueue": "q", "JobDefinition": "d", **parameters})
    assert [(it.pointer, it.severity, it.suggestion) for it in found] == [
        (AT + pointer, severity, meant) for pointer, severity, meant in told
    ]


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


@pytest.mark.parametrize(
    "shape",
    [
        Object({"metric": Member(Union((Number(frozenset([7])), String())))}),
        Union((of_value({"metric": 7}), of_value({"metric": "rmse"}))),
    ],
    ids=["member", "object"],
)
def test_a_type_that_is_wrong_in_some_runs_is_a_warning(check: Check, shape: Shape) -> None:
    given = training(**{"HyperParameters.$": "$.h"})
    found = check(TRAIN, given, known={"$.h": shape})
    assert [(it.rule, it.pointer, it.severity, it.message) for it in found] == [
        (
            "parameter-type",
            f"{AT}/HyperParameters.$",
            "warning",
            "States.Only: Parameters.HyperParameters.metric is the number 7 in some runs; "
            "the service takes a text",
        )
    ]


@pytest.mark.parametrize(
    ("member", "told"),
    [
        ({"Value": "b"}, ("parameter-missing", "lacks Key in some runs; the call requires it")),
        (
            {"Keyz": "a", "Value": "b"},
            ("parameter-unknown", "Keyz does not exist in some runs; did you mean Key?"),
        ),
    ],
    ids=["missing", "unknown"],
)
def test_a_member_of_one_alternative_that_lacks_or_is_not_known_is_a_warning(
    check: Check, member: dict[str, str], told: tuple[str, str]
) -> None:
    given = {"ResourceType": "Parameter", "ResourceId": "x", "Tags.$": "States.Array($.tag)"}
    tag = Union((of_value({"Key": "a", "Value": "b"}), of_value(member)))
    known = {"States.Array($.tag)": Array(NEVER, (tag,), 1, 1)}
    found = check("aws-sdk:ssm:addTagsToResource", given, known=known)
    assert [(it.rule, it.severity, it.pointer) for it in found] == [(told[0], "warning", f"{AT}/Tags.$")]
    assert found[0].message.endswith(told[1])


def test_a_type_that_is_wrong_in_all_runs_is_a_failure(check: Check) -> None:
    shape = Union((of_value({"metric": 7}), of_value({"metric": 8})))
    found = check(TRAIN, training(**{"HyperParameters.$": "$.h"}), known={"$.h": shape})
    assert [(it.rule, it.severity) for it in found] == [("parameter-type", "failure")]


def test_a_fault_inside_what_a_path_gives_is_told_at_the_path(check: Check) -> None:
    given = of_value({"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": -1})
    found = check(TRAIN, training(**{"ResourceConfig": ..., "ResourceConfig.$": "$.r"}), known={"$.r": given})
    assert [(it.rule, it.pointer) for it in found] == [("parameter-range", f"{AT}/ResourceConfig.$")]


def test_what_may_be_in_an_object_by_path_is_not_told(check: Check) -> None:
    members = {"Key": Member(of_value("team")), "Extra": Member(of_value(1), Presence.MAYBE)}
    given = {"ResourceType": "Parameter", "ResourceId": "x", "Tags": [{"Key": "a", "Value": "b"}]}
    add = "aws-sdk:ssm:addTagsToResource"
    by_path = {**given, "Tags.$": "States.Array($.tag)"}
    del by_path["Tags"]
    for rest, rules in {UNKNOWN: [], None: ["parameter-missing"]}.items():
        known = {"States.Array($.tag)": Array(NEVER, (Object(members, rest),), 1, 1)}
        assert [it.rule for it in check(add, by_path, known=known)] == rules
    assert check(add, given) == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"Text": "q"}, []),
        ({}, [("parameter-one-of", f"{AT}/Messages/0/Content/0")]),
        (
            {"Text": "q", "Image": {"Format": "png", "Source": {"Bytes": "x"}}},
            [("parameter-one-of", f"{AT}/Messages/0/Content/0")],
        ),
    ],
)
def test_of_a_union_one_member_is_given(
    check: Check, content: dict[str, Any], told: list[tuple[str, str]]
) -> None:
    given = {"ModelId": "m", "Messages": [{"Role": "user", "Content": [content]}]}
    found = check("aws-sdk:bedrockruntime:converse", given)
    assert [(it.rule, it.pointer) for it in found] == told


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


GROUPS = [{"InstanceType": "ml.m5.large", "InstanceCount": 1, "InstanceGroupName": "g"}]


@pytest.mark.parametrize(
    ("given", "rules"),
    [
        ({"InstanceGroups": GROUPS}, []),
        ({"InstanceGroups": GROUPS, "InstanceCount": 1}, ["parameter-one-of"]),
        ({"InstanceGroups": GROUPS, "InstanceCount": 1, "InstanceType": "ml.m5.large"}, ["parameter-one-of"]),
        ({"InstancePreferences": [], "InstanceType": "ml.m5.large"}, ["parameter-one-of"]),
        ({"InstanceType": "ml.m5.large"}, []),
    ],
)
def test_instances_are_given_in_one_way(check: Check, given: dict[str, Any], rules: list[str]) -> None:
    found = check(TRAIN, training(ResourceConfig={**given, "VolumeSizeInGB": 30}))
    assert [it.rule for it in found if it.rule != "parameter-length"] == rules


def test_preferred_instances_stand_for_their_type(check: Check) -> None:
    config = {"InstancePreferences.$": "$.types", "InstanceCount": 1, "VolumeSizeInGB": 30}
    assert check(TRAIN, training(ResourceConfig=config)) == []
