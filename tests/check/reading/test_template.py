"""State machines out of templates."""

import json
from pathlib import Path
from typing import Any

import pytest

from stepmill.check.finding import Findings
from stepmill.check.reading.template import Machine, Template
from stepmill.check.reading.template_functions import resolve
from stepmill.check.reading.template_values import UNRESOLVED, Either
from stepmill.check.reading.text import read_text
from stepmill.check.run import is_template
from stepmill.check.shapes.shape import Number, Piece, String, of_value

ROOT = Path(__file__).parents[3]
ASL = {"StartAt": "Only", "States": {"Only": {"Type": "Succeed"}}}
HERE = "${AWS::Region}:${AWS::AccountId}"


def template(text: str, file: Path = Path("template.yaml")) -> Template:
    findings = Findings()
    document = read_text(text, file.name, findings)
    assert findings.found == []
    return Template(file, document)


def of_resources(resources: dict[str, Any], **more: Any) -> Template:
    return Template(Path("template.json"), {"Resources": resources, **more})


def only(found: Template) -> Machine:
    [machine] = found.machines
    return machine


def sam(**properties: Any) -> Template:
    return of_resources({"M": {"Type": "AWS::Serverless::StateMachine", "Properties": properties}})


def plain(**properties: Any) -> Template:
    return of_resources({"M": {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}})


def test_a_bare_machine_is_no_template() -> None:
    assert not is_template(ASL)
    assert not is_template({"Resources": []})
    assert not is_template([])
    assert is_template({"Resources": {}})


def test_an_inline_definition_is_found_through_its_resource() -> None:
    subject = only(sam(Definition=ASL, Type="EXPRESS")).subject
    assert subject is not None
    assert (subject.file, subject.name, subject.pointer) == (
        "template.json",
        "M",
        "/Resources/M/Properties/Definition",
    )
    assert (subject.definition, subject.kind, subject.substitutions) == (ASL, "EXPRESS", {})


@pytest.mark.parametrize(
    "told",
    [
        json.dumps(ASL),
        {"Fn::Sub": json.dumps(ASL)},
        {"Fn::Join": ["\n", json.dumps(ASL, indent=1).split("\n")]},
        {"Fn::If": ["Small", {"Fn::Sub": json.dumps(ASL)}, "{}"]},
    ],
    ids=["text", "sub", "join", "if"],
)
def test_a_definition_in_a_text_is_read(told: Any) -> None:
    subject = only(plain(DefinitionString=told, StateMachineType="EXPRESS")).subject
    assert subject is not None
    assert (subject.definition, subject.pointer) == (ASL, "/Resources/M/Properties/DefinitionString")
    assert subject.kind == "EXPRESS"


def test_a_definition_that_is_no_json_is_told_at_its_property() -> None:
    machine = only(plain(DefinitionString="{"))
    assert machine.subject is None
    [finding] = machine.problems.found
    assert (finding.rule, finding.pointer) == ("file-unreadable", "/Resources/M/Properties/DefinitionString")


@pytest.mark.parametrize("told", [None, 3, [], {"Ref": "Text"}, {"Fn::Sub": 7}, {"Bucket": "b", "Key": "k"}])
def test_a_definition_that_cannot_be_known_is_none(told: Any) -> None:
    for key in ("DefinitionS3Location", "DefinitionUri"):
        machine = only(plain(**{key: told}))
        assert machine.subject is None
        assert machine.problems.found == []


def test_a_file_beside_the_template_is_read_with_its_own_pointers(tmp_path: Path) -> None:
    (tmp_path / "m.asl.json").write_text(json.dumps(ASL))
    text = "Resources: {M: {Type: AWS::Serverless::StateMachine, Properties: {DefinitionUri: ./m.asl.json}}}"
    machine = only(template(text, tmp_path / "template.yaml"))
    assert machine.subject is not None
    assert (machine.subject.file, machine.subject.pointer) == (str(tmp_path / "m.asl.json"), "")
    assert machine.definition_file == tmp_path / "m.asl.json"
    gone = only(template(text, tmp_path / "elsewhere" / "template.yaml"))
    assert (gone.subject, gone.definition_file) == (None, tmp_path / "elsewhere" / "m.asl.json")


def test_an_included_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text(json.dumps(ASL))
    include = {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "m.json"}}}
    resource = {"Type": "AWS::Serverless::StateMachine", "Properties": {"Definition": include}}
    subject = only(Template(tmp_path / "template.json", {"Resources": {"M": resource}})).subject
    assert subject is not None
    assert (subject.file, subject.definition) == (str(tmp_path / "m.json"), ASL)


def test_tokens_may_stand_for_numbers_in_a_definition_file(tmp_path: Path) -> None:
    (tmp_path / "m.asl.json").write_text(
        '{"TimeoutSeconds": ${Wait}, "States": {"A": ${Any}, "b": "${Wait}"}}'
    )
    properties = {"DefinitionUri": "m.asl.json", "DefinitionSubstitutions": {"Wait": 30, "Any": {"Ref": "P"}}}
    resource = {"Type": "AWS::Serverless::StateMachine", "Properties": properties}
    subject = only(Template(tmp_path / "template.json", {"Resources": {"M": resource}})).subject
    assert subject is not None
    assert subject.definition == {"TimeoutSeconds": 30, "States": {"A": "${Any}", "b": "${Wait}"}}


def test_functions_within_a_definition_become_tokens() -> None:
    task = {"Type": "Task", "Resource": {"Fn::GetAtt": ["F", "Arn"]}, "End": True}
    resources = {
        "F": {"Type": "AWS::Serverless::Function", "Properties": {"FunctionName": {"Fn::Sub": "${P}-f"}}},
        "M": {
            "Type": "AWS::Serverless::StateMachine",
            "Properties": {"Definition": {"StartAt": {"Ref": "P"}, "States": {"A": task}}},
        },
    }
    subject = only(of_resources(resources, Parameters={"P": {"Type": "String", "MaxLength": 5}})).subject
    assert subject is not None
    assert subject.definition["StartAt"] == "${P}"
    function = f"arn:${{AWS::Partition}}:lambda:{HERE}:function:${{P}}-f"
    assert subject.definition["States"]["A"]["Resource"] == function
    assert subject.substitutions is not None
    assert sorted(subject.substitutions) == ["AWS::AccountId", "AWS::Partition", "AWS::Region", "P"]
    assert subject.substitutions["P"] == String(max_length=5, pieces=(Piece(max_length=5, token="${P}"),))


def test_what_is_known_of_a_parameter_is_known_of_its_token() -> None:
    parameters = {
        "Stage": {"Type": "String", "Default": "dev", "AllowedValues": ["dev", "prod"]},
        "Project": {"Type": "String", "AllowedPattern": "^[a-z][a-z0-9]{1,7}$"},
        "Limit": {"Type": "Number", "Default": 3, "MinValue": 1},
    }
    substitutions = {
        "Stage": {"Ref": "Stage"},
        "Prefix": {"Fn::Sub": "${Project}-${Stage}"},
        "Limit": {"Ref": "Limit"},
        "Text": "plain",
        "Count": 4,
    }
    resource = {
        "Type": "AWS::Serverless::StateMachine",
        "Properties": {"Definition": ASL, "DefinitionSubstitutions": substitutions},
    }
    subject = only(of_resources({"M": resource}, Parameters=parameters)).subject
    assert subject is not None
    assert subject.substitutions == {
        "Stage": String(
            frozenset(["dev", "prod"]), pieces=(Piece(min_length=3, max_length=4, token="${Stage}"),)
        ),
        "Prefix": String(
            min_length=6,
            max_length=13,
            pieces=(
                Piece(min_length=2, max_length=8, token="${Project}"),
                "-",
                Piece(min_length=3, max_length=4, token="${Stage}"),
            ),
        ),
        "Limit": String(format="json", parsed=Number(minimum=1), pieces=(Piece(token="${Limit}"),)),
        "Text": of_value("plain"),
        "Count": String(frozenset(["4"]), format="json", pieces=("4",), parsed=of_value(4)),
    }


def test_a_nested_stack_sees_what_its_parent_hands_down() -> None:
    document = read_text((ROOT / "template.yaml").read_text(), "template.yaml", Findings())
    training = Template(ROOT / "template.yaml", document).machine("Training")
    assert training is not None
    assert training.subject is not None
    assert training.subject.file == str(ROOT / "statemachines/compiled/training.asl.json")
    assert training.value("DefinitionSubstitutions")["AcquireLockArn"] == (
        f"arn:${{AWS::Partition}}:lambda:{HERE}:function:${{Project}}-${{Stage}}-acquire-lock"
    )
    assert training.value("Role").endswith(":role/${Tabular/TrainingRole}")


FUNCTIONS = [
    ({"Fn::Sub": "a-${!Kept}-${AWS::Region}"}, "a-${Kept}-${AWS::Region}"),
    ({"Fn::Sub": ["${A}/${Queue.QueueName}", {"A": "x"}]}, "x/${Queue.QueueName}"),
    ({"Fn::Join": ["-", ["a", {"Ref": "P"}]]}, "a-${P}"),
    ({"Fn::Join": ["-", {"Fn::Split": [":", "a:${P}"]}]}, "a-${P}"),
    ({"Fn::Select": ["1", {"Fn::Split": ["/", "a/b"]}]}, "b"),
    ({"Fn::Select": [3, ["a"]]}, UNRESOLVED),
    ({"Fn::If": ["C", "a", "b"]}, Either(("a", "b"))),
    ({"Fn::If": ["C", "a", "a"]}, "a"),
    ({"Fn::Sub": ["s-${X}", {"X": {"Fn::If": ["C", 1, 2]}}]}, Either(("s-1", "s-2"))),
    ({"Fn::FindInMap": ["Sizes", "small", "cpu"]}, 1),
    ({"Fn::FindInMap": ["Sizes", {"Ref": "P"}, "cpu"]}, Either((1, 2))),
    ({"Fn::FindInMap": ["Gone", "a", "b"]}, UNRESOLVED),
    ({"Fn::ImportValue": {"Fn::Sub": "${P}-out"}}, "${import P-out}"),
    ("{{resolve:ssm:/a}}", "${resolve:ssm:/a}"),
    ({"Ref": "Queue"}, "https://sqs.${AWS::Region}.${AWS::URLSuffix}/${AWS::AccountId}/${Queue.QueueName}"),
    ({"Fn::GetAtt": "Queue.Arn"}, f"arn:${{AWS::Partition}}:sqs:{HERE}:${{Queue.QueueName}}"),
    ({"Fn::GetAtt": ["Custom", "Out"]}, "${Custom.Out}"),
    ({"Ref": "Gone"}, UNRESOLVED),
    ({"Ref": []}, UNRESOLVED),
    ({"Fn::Cidr": ["10.0.0.0/16", 1, 8]}, UNRESOLVED),
    ({"a": {"Ref": "AWS::NoValue"}, "b": [{"Ref": "AWS::NoValue"}, 1]}, {"b": [1]}),
    ({"Ref": "Loop"}, "${Loop}"),
]


@pytest.mark.parametrize(("told", "wanted"), FUNCTIONS, ids=[f"{n}" for n in range(len(FUNCTIONS))])
def test_a_function_gives_what_the_template_tells(told: Any, wanted: Any) -> None:
    found = of_resources(
        {
            "Queue": {"Type": "AWS::SQS::Queue"},
            "Custom": {"Type": "Custom::Thing"},
            "Loop": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Ref": "Loop"}}},
        },
        Parameters={"P": {"Type": "String"}},
        Mappings={"Sizes": {"small": {"cpu": 1}, "large": {"cpu": 2}}},
    )
    assert resolve(told, found.root) == wanted


def test_sam_globals_lie_below_a_resource_of_their_type() -> None:
    found = of_resources(
        {
            "F": {
                "Type": "AWS::Serverless::Function",
                "Properties": {"Layers": ["b"], "Environment": {"B": 2}},
            }
        },
        Globals={"Function": {"Timeout": 5, "Layers": ["a"], "Environment": {"A": 1}}},
    )
    assert found.root.properties("F") == {"Timeout": 5, "Layers": ["a", "b"], "Environment": {"A": 1, "B": 2}}


@pytest.mark.parametrize(
    "resources", [None, [], {"M": None}, {"M": {"Type": 3}}, {"M": {"Type": "AWS::S3::Bucket"}}]
)
def test_a_template_without_machines_has_none(resources: Any) -> None:
    assert of_resources(resources).machines == []


def test_the_functions_of_a_definition_text_are_no_tokens_to_fill() -> None:
    text = '{"StartAt": "${Fn.Arn}", "States": {"a": "${!Token}", "b": ${Wait}}}'
    resources = {
        "Fn": {"Type": "AWS::Lambda::Function"},
        "M": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {"DefinitionString": {"Fn::Sub": text}},
        },
    }
    subject = only(of_resources(resources, Parameters={"Wait": {"Type": "Number"}})).subject
    assert subject is not None
    assert subject.definition["States"] == {"a": "${Token}", "b": "${Wait}"}
    assert sorted(subject.substitutions or ()) == [
        "AWS::AccountId",
        "AWS::Partition",
        "AWS::Region",
        "Fn",
        "Wait",
    ]


def test_a_plain_definition_text_is_not_substituted() -> None:
    text = '{"StartAt": "arn:aws:lambda:${AWS::Region}:1:function:f"}'
    subject = only(plain(DefinitionString=text)).subject
    assert subject is not None
    assert subject.substitutions == {}
