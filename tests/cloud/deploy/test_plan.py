"""What is refused before anything is made, and how functions resolve."""

from typing import Any

import pytest

from stepmill.cloud.deploy import intrinsics, parameters
from stepmill.cloud.deploy.errors import TemplateError
from stepmill.cloud.deploy.plan import Plan, make_plan
from stepmill.cloud.deploy.scope import Made, Scope, pseudo_parameters
from stepmill.cloud.deploy.template import parse

KNOWN = {"T": frozenset({"Value", "Other"}), "Custom::": None}


def scope(template: dict[str, Any], **given: str) -> Scope:
    return Scope(
        parameters.resolve(template.get("Parameters", {}), given),
        pseudo_parameters("123456789012", "eu-west-1", "stack-id", "stack-name"),
        template.get("Mappings", {}),
        template.get("Conditions", {}),
    )


def plan(text: str, **given: str) -> tuple[Plan, Scope]:
    template = parse(text)
    around = scope(template, **given)
    return make_plan(template, around, KNOWN), around


def problems(text: str, **given: str) -> list[str]:
    with pytest.raises(TemplateError) as refused:
        plan(text, **given)
    return refused.value.problems


def test_tells_everything_that_is_wrong_at_once() -> None:
    text = """
    Parametres: {}
    Resources:
      A: {Type: TT, Properties: {Value: 1}}
      B: {Type: T, Properties: {Valeu: !Ref Nothing}}
      C: {Type: T, Properties: {Value: !Cidr [a, b, c]}, DependsOn: Z}
      D: {Type: T, Properties: {Value: !GetAtt BB.Arn}, UpdatePolicy: {}}
    """
    assert problems(text) == [
        "template: section 'Parametres' is not known; allowed: AWSTemplateFormatVersion, Conditions, "
        "Description, Mappings, Metadata, Outputs, Parameters, Resources, Rules",
        "Resources.A: Type 'TT' is not known here; remove it or spell it as AWS does",
        "Resources.B: property 'Valeu' of T is not known here; did you mean Value?",
        "Resources.C.Value: Fn::Cidr is not known here; write the address blocks out",
        "Resources.C: DependsOn names 'Z', which is no resource here",
        "Resources.D: attribute 'UpdatePolicy' is not known here; remove it",
        "Resources.B.Valeu: refers to 'Nothing', which is not known here; remove it or spell it as AWS does",
        "Resources.D.Value: refers to 'BB', which is not known here; remove it or spell it as AWS does",
    ]


def test_refuses_resources_that_need_each_other() -> None:
    text = "Resources: {A: {Type: T, Properties: {Value: !Ref B}}, B: {Type: T, DependsOn: A}}"
    assert problems(text) == ["Resources: A, B need each other; break the circle"]


def test_refuses_what_a_condition_leaves_out() -> None:
    text = """
    Conditions: {Never: !Equals [a, b]}
    Resources: {A: {Type: T, Condition: Never}, B: {Type: T, Properties: {Value: !Ref A}}}
    """
    assert problems(text) == ["Resources.B.Value: refers to A, which its Condition leaves out"]


def test_a_branch_that_does_not_count_is_not_looked_at() -> None:
    text = """
    Parameters: {Stage: {Type: String, Default: dev}}
    Conditions: {Prod: !Equals [!Ref Stage, prod], Other: !Not [!Condition Prod]}
    Resources:
      A: {Type: T, Condition: Prod}
      B: {Type: T, Properties: {Value: !If [Prod, !Ref A, dev], Other: !If [Other, x, !Ref "AWS::NoValue"]}}
    """
    made, _ = plan(text)
    assert {name: one.properties for name, one in made.resources.items()} == {
        "B": {"Value": "dev", "Other": "x"}
    }
    made, _ = plan(text, Stage="prod")
    assert made.resources["B"].properties == {"Value": {"Ref": "A"}, "Other": {"Ref": "AWS::NoValue"}}
    assert made.resources["B"].needs == {"A"}


@pytest.mark.parametrize(
    ("written", "given"),
    [
        ("!Ref 'AWS::Region'", "eu-west-1"),
        ("!Sub 'arn:${AWS::Partition}:s3:::${AWS::StackName}-${!kept}'", "arn:aws:s3:::stack-name-${kept}"),
        ("!Sub ['${a}-${Made}-${Made.Arn}', {a: !Join ['', [x, y]]}]", "xy-made-id-made-arn"),
        ("!Join [',', !Ref List]", "a,b"),
        ("!Select [1, !Split ['-', 'p-q-r']]", "q"),
        ("!FindInMap [Regions, !Ref 'AWS::Region', Image]", "image-1"),
        ("!FindInMap [Regions, nowhere, Image, {DefaultValue: none}]", "none"),
        ("!If [IsOn, 1, 2]", 1),
        ("!Base64 text", "dGV4dA=="),
        ("[1, !Ref 'AWS::NoValue', 2]", [1, 2]),
        ("{a: !Ref 'AWS::NoValue', b: 1}", {"b": 1}),
        ("!GetAtt Made.Arn", "made-arn"),
    ],
)
def test_functions_give_what_cloudformation_gives(written: str, given: Any) -> None:
    text = f"""
    Parameters: {{List: {{Type: CommaDelimitedList, Default: "a, b"}}}}
    Mappings: {{Regions: {{eu-west-1: {{Image: image-1}}}}}}
    Conditions: {{IsOn: !Or [!Equals [a, b], !And [!Equals [1, "1"], !Equals ["true", true]]]}}
    Resources: {{Made: {{Type: T}}, A: {{Type: T, Properties: {{Value: {written}}}}}}}
    """
    made, around = plan(text)
    around.made["Made"] = Made("made-id", {"Arn": "made-arn"})
    assert intrinsics.resolve(made.resources["A"].properties, around, "A") == {"Value": given}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"Fn::Select": [3, ["a"]]}, "A: Fn::Select 3 is outside the list of 1"),
        ({"Fn::FindInMap": ["M", "k", "l"]}, "A: Fn::FindInMap M.k.l: no 'k'; available: j"),
        ({"Fn::GetAtt": ["Made", "Url"]}, "A: GetAtt Made.Url does not exist; available: Arn"),
        ({"Fn::ImportValue": "x"}, "A: Fn::ImportValue 'x': no stack exports it"),
        ("{{resolve:secretsmanager:x}}", "A: {{resolve:secretsmanager:...}} is not known here; only ssm is"),
    ],
)
def test_tells_what_could_not_be_resolved(value: Any, message: str) -> None:
    around = Scope({}, {}, {"M": {"j": {}}}, made={"Made": Made("id", {"Arn": "arn"})})
    with pytest.raises(TemplateError) as refused:
        intrinsics.resolve(value, around, "A")
    assert refused.value.problems == [message]


def test_parameters_are_checked_all_at_once() -> None:
    declared = {
        "Stage": {"Type": "String", "AllowedValues": ["dev", "prod"]},
        "Days": {"Type": "Number", "Default": 7, "MaxValue": 30},
        "Email": {
            "Type": "String",
            "AllowedPattern": ".+@.+",
            "ConstraintDescription": "give an address",
        },
        "Secret": {"Type": "String", "NoEcho": True, "MinLength": 9},
        "Kind": {"Type": "Map"},
    }
    given = {"Stage": "tset", "Days": "x", "Email": "me", "Secret": "short", "Stagee": "dev", "Kind": "a"}
    with pytest.raises(TemplateError) as refused:
        parameters.resolve(declared, given)
    assert refused.value.problems == [
        "Parameters.Stagee: is not declared by the template; did you mean Stage?",
        "Parameters.Stage: value 'tset' is not allowed; allowed: dev, prod",
        "Parameters.Days: value 'x' is not a number",
        "Parameters.Email: value 'me' does not match .+@.+; give an address",
        "Parameters.Secret: value '****' is shorter than 9 characters",
        "Parameters.Kind: Type 'Map' is not known; allowed: String, Number, CommaDelimitedList, "
        "List<Number>, List<String>",
    ]
    assert parameters.resolve({"Days": declared["Days"]}, {}) == {"Days": "7"}
