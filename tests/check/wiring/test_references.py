"""Names in a template against what it has."""

from pathlib import Path
from typing import Any

import pytest

from stepmill.check.finding import Finding

from .trees import PASS, function, machine, resource, short, written
from .trees import found as found_in

QUEUE = resource("SQS::Queue")
STAGE = {"Parameters": {"Stage": {"Type": "String"}}}
NAME = "/Resources/M/Properties/Name"


def found(told: Any, **sections: Any) -> list[Finding]:
    resources = {"M": machine(Name=told), "Queue": QUEUE, "F": function()}
    return found_in(resources, **sections)


def test_an_unknown_name_is_told_with_what_is_there() -> None:
    assert found({"Ref": "Que"}) == [
        Finding(
            rule="reference-unknown",
            severity="failure",
            pointer=NAME,
            message="M: Ref names 'Que', which is not in this template; name what is there",
            available=("F", "M", "Queue"),
            suggestion="Queue",
            file="template.json",
        )
    ]


UNKNOWN: list[tuple[Any, str]] = [
    ({"Fn::GetAtt": ["Gone", "Arn"]}, NAME),
    ({"Fn::GetAtt": "Gone.Arn"}, NAME),
    ({"Fn::GetAtt": ["Queue", "QueueNam"]}, NAME),
    ({"Fn::Sub": "a-${Gone}"}, NAME),
    ({"Fn::Sub": "${Queue.Gone}"}, NAME),
    ({"Fn::Sub": ["${A}-${B}", {"A": "x"}]}, NAME),
    ({"Fn::Join": ["-", ["a", {"Ref": "Gone"}]]}, f"{NAME}/Fn::Join/1/1"),
    ({"Ref": "AWS::Accountid"}, NAME),
]


@pytest.mark.parametrize(("told", "place"), UNKNOWN, ids=[f"{n}" for n in range(len(UNKNOWN))])
def test_a_name_that_is_not_there_is_a_failure(told: Any, place: str) -> None:
    assert short(found(told)) == [("reference-unknown", "failure", place)]


KNOWN: list[Any] = [
    {"Ref": "Queue"},
    {"Ref": "AWS::Region"},
    {"Fn::GetAtt": ["Queue", "QueueName"]},
    {"Fn::GetAtt": ["FRole", "Arn"]},
    {"Ref": "ServerlessRestApi"},
    {"Ref": "F.Version"},
    {"Fn::Sub": ["${A}-${!Literal}-${Queue.Arn}", {"A": "x"}]},
    {"Ref": []},
    {"Fn::GetAtt": [1]},
]


@pytest.mark.parametrize("told", KNOWN, ids=[f"{n}" for n in range(len(KNOWN))])
def test_a_name_that_is_there_or_that_sam_makes_is_none(told: Any) -> None:
    assert found(told) == []


MADE = [
    "FRole",
    "FOrders",
    "FOrdersPermission",
    "FVersion0a1b2c3d4e",
    "FAliaslive",
    "FUrl",
    "FDeploymentGroup",
]


@pytest.mark.parametrize("name", [*MADE, "MRole", "MNightlyRole", "ApiStage", "CodeDeployServiceRole"])
def test_what_sam_makes_of_a_resource_is_there(name: str) -> None:
    events = {"Orders": {"Type": "SNS"}}
    nightly = {"Nightly": {"Type": "Schedule"}}
    resources = {
        "F": function(Events=events),
        "M": machine(Events=nightly),
        "Api": resource("Serverless::Api", StageName="v1"),
    }
    assert found_in({**resources, "Last": {**QUEUE, "DependsOn": [name]}}) == []


@pytest.mark.parametrize("name", ["FCandidate", "FPermission", "FRoleArn", "MDead", "QueueRole"])
def test_a_name_that_merely_begins_like_a_resources_is_unknown(name: str) -> None:
    resources = {"F": function(Events={"Orders": {"Type": "SNS"}}), "M": machine(), "Queue": QUEUE}
    told = short(found_in({**resources, "Last": {**QUEUE, "DependsOn": [name]}}))
    assert told == [("reference-unknown", "failure", "/Resources/Last/DependsOn/0")]


def test_a_connector_makes_resources_of_any_name() -> None:
    judge = {**function(), "Connectors": {"Save": {}}}
    assert found_in({"F": judge, "Last": {**QUEUE, "DependsOn": ["FSavePolicy"]}}) == []


def test_events_that_a_macro_writes_may_have_any_name() -> None:
    judge = function(Events={"Fn::Transform": {"Name": "OurEvents"}})
    assert found_in({"F": judge, "Last": {**QUEUE, "DependsOn": ["FOrders"]}}) == []


def test_a_condition_that_decides_must_be_there() -> None:
    told = {"Fn::If": ["IsProd", "a", "b"]}
    assert short(found(told)) == [("reference-unknown", "failure", NAME)]
    assert found(told, Conditions={"IsProd": {"Fn::Equals": ["a", "a"]}}) == []


def test_a_macro_may_add_what_is_not_seen() -> None:
    assert found({"Ref": "Gone"}, Transform=["AWS::Serverless-2016-10-31", "OurMacro"]) == []


def test_depends_on_and_condition_name_what_is_there() -> None:
    resources = {
        "A": {**QUEUE, "DependsOn": ["B", "Gone"], "Condition": "IsProd"},
        "B": {**QUEUE, "DependsOn": "AnE"},
    }
    assert short(found_in(resources, Conditions={"IsTest": True})) == [
        ("reference-unknown", "failure", "/Resources/A/DependsOn/1"),
        ("reference-unknown", "failure", "/Resources/A/Condition"),
        ("reference-unknown", "failure", "/Resources/B/DependsOn"),
    ]


def test_a_parameter_that_nothing_uses_is_a_warning() -> None:
    assert short(found("x", **STAGE)) == [("parameter-unused", "warning", "/Parameters/Stage")]
    assert found({"Ref": "Stage"}, **STAGE) == []


def test_a_misspelt_parameter_is_told_once() -> None:
    assert short(found({"Ref": "Stag"}, **STAGE)) == [("reference-unknown", "failure", NAME)]


def test_a_nested_stack_gets_the_parameters_that_it_has(tmp_path: Path) -> None:
    child = {
        "Parameters": {"Stage": {"Type": "String"}, "Size": {"Type": "Number", "Default": 1}},
        "Resources": {"Q": resource("SQS::Queue", QueueName={"Fn::Sub": "${Stage}-${Size}"})},
        "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Q", "Arn"]}}},
    }
    written(tmp_path, {"child.json": child})

    def of(parameters: Any, output: str = "Arn") -> list[tuple[str, str, str]]:
        nested = resource("CloudFormation::Stack", TemplateURL="child.json", Parameters=parameters)
        told = {"Fn::GetAtt": ["Child", f"Outputs.{output}"]}
        return short(found_in({"Child": nested, "M": machine(Name=told)}, tmp_path))

    given = "/Resources/Child/Properties/Parameters"
    assert of({"Stage": "dev"}) == []
    assert of({"Stage": "dev", "Sise": 1}) == [("parameter-undefined", "failure", f"{given}/Sise")]
    assert of({"Size": 1}) == [("parameter-undefined", "failure", given)]
    assert of({"Stage": "dev"}, "Ars") == [("reference-unknown", "failure", NAME)]


def test_every_token_has_a_value_and_every_value_a_token(tmp_path: Path) -> None:
    said = {
        "StartAt": "A",
        "States": {"A": {"Type": "Pass", "Result": ["${Bucket}", "${HOME}"], "End": True}},
    }
    written(tmp_path, {"m.asl.json": said})

    def of(substitutions: Any) -> list[tuple[str, str, str]]:
        own = {"DefinitionUri": "m.asl.json", "DefinitionSubstitutions": substitutions}
        one = {"Type": "AWS::Serverless::StateMachine", "Properties": own}
        return short(found_in({"M": one}, tmp_path))

    assert of({"Bucket": "b"}) == []
    assert of({"Fn::Transform": {}}) == []
    assert of({"bucket": "b"}) == [("substitution-missing", "failure", "/States/A/Result/0")]
    assert of({"DataBucket": "b"}) == [("substitution-missing", "failure", "/States/A/Result/0")]
    assert of({"Topic": "b"}) == [
        ("substitution-missing", "failure", "/States/A/Result/0"),
        ("substitution-unused", "warning", "/Resources/M/Properties/DefinitionSubstitutions/Topic"),
    ]
    assert of({"Bucket": "b", "Topic": "t"}) == [
        ("substitution-unused", "warning", "/Resources/M/Properties/DefinitionSubstitutions/Topic")
    ]


def test_a_function_of_the_template_in_a_definition_is_no_token() -> None:
    own = {"StartAt": "A", "States": {"A": {**PASS["States"]["Only"], "Comment": {"Ref": "Queue"}}}}  # type: ignore[index]
    assert found_in({"M": machine(Definition=own), "Queue": QUEUE}) == []


def test_what_other_tokens_stand_for_is_no_token() -> None:
    said = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": "${AWS::Region}", "End": True}}}
    tokens = {"QueueArn": {"Fn::GetAtt": ["Queue", "Arn"]}}
    resources = {"M": machine(Definition=said, DefinitionSubstitutions=tokens), "Queue": QUEUE}
    place = "/Resources/M/Properties"
    assert short(found_in(resources)) == [
        ("substitution-missing", "failure", f"{place}/Definition/States/A/Result"),
        ("substitution-unused", "warning", f"{place}/DefinitionSubstitutions/QueueArn"),
    ]


@pytest.mark.parametrize(
    ("value", "is_told"),
    [
        ("${T}", True),
        ({"${T}": 1}, True),
        ([{"Name": "${T}"}], True),
        ("echo ${T}", False),
        (["sh", "-c", "${T}"], False),
        (["echo ${T}", {"Name": "${T}"}], True),
    ],
    ids=["whole", "name", "member-in-list", "longer", "item", "item-then-whole"],
)
def test_a_token_in_capitals_is_the_shells_only_within_a_command(value: Any, is_told: bool) -> None:
    said = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": value, "End": True}}}
    told = [finding.rule for finding in found_in({"M": machine(Definition=said)})]
    assert told == (["substitution-missing"] if is_told else [])
