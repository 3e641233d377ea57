"""Files that a template names."""

from pathlib import Path
from typing import Any

import pytest

from .trees import Short, found, resource, short, written

HANDLER = "/Resources/F/Properties/Handler"


def of_function(folder: Path, **properties: Any) -> list[Short]:
    own = {"Runtime": "python3.13", **properties}
    return short(found({"F": resource("Serverless::Function", **own)}, folder))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    app = "from elsewhere import taken\n\nif True:\n    def handler(event, context): ...\nmade = taken\n"
    return written(
        tmp_path, {"code/app.py": app, "code/inner/deep.py": app, "code/all.py": "from x import *"}
    )


@pytest.mark.parametrize(
    "handler", ["app.handler", "app.made", "app.taken", "inner.deep.handler", "inner/deep.handler", "all.any"]
)
def test_a_handler_that_is_there_is_none(folder: Path, handler: str) -> None:
    assert of_function(folder, CodeUri="code/", Handler=handler) == []


@pytest.mark.parametrize("handler", ["app.gone", "gone.handler", "inner.gone.handler"])
def test_a_handler_that_is_not_there_is_a_failure(folder: Path, handler: str) -> None:
    assert of_function(folder, CodeUri="code/", Handler=handler) == [("handler-missing", "failure", HANDLER)]


def test_what_a_build_makes_is_not_looked_for(folder: Path) -> None:
    for code in ("target/app.jar", "build/", "s3://bucket/key", "../dist/app"):
        assert of_function(folder, CodeUri=code, Handler="app.handler") == []
    assert of_function(folder, CodeUri="code/", Handler="app.gone", Runtime="nodejs22.x") == []


def test_code_layers_and_definitions_are_looked_for(folder: Path) -> None:
    resources = {
        "F": resource("Serverless::Function", Runtime="python3.13", CodeUri="cod/", Handler="app.handler"),
        "L": resource("Serverless::LayerVersion", ContentUri="layer/"),
        "M": resource("Serverless::StateMachine", DefinitionUri="m.asl.json"),
        "N": resource("CloudFormation::Stack", TemplateURL="child.yaml"),
        "There": resource("Serverless::LayerVersion", ContentUri="code/"),
    }
    assert short(found(resources, folder)) == [
        ("code-missing", "failure", "/Resources/F/Properties/CodeUri"),
        ("layer-missing", "failure", "/Resources/L/Properties/ContentUri"),
        ("definition-missing", "failure", "/Resources/M/Properties/DefinitionUri"),
        ("definition-missing", "failure", "/Resources/N/Properties/TemplateURL"),
    ]


def test_a_template_away_from_all_its_files_is_not_held_against_the_disk(tmp_path: Path) -> None:
    resources = {
        "F": resource("Serverless::Function", Runtime="python3.13", CodeUri="code/", Handler="app.handler"),
        "M": resource("Serverless::StateMachine", DefinitionUri="m.asl.json"),
    }
    assert found(resources, tmp_path) == []


def test_a_definition_that_cannot_be_read_is_told_in_its_file(tmp_path: Path) -> None:
    written(tmp_path, {"m.asl.json": "{"})
    machine = resource("Serverless::StateMachine", DefinitionUri="m.asl.json")
    [finding] = found({"M": machine}, tmp_path)
    assert (finding.rule, finding.file) == ("file-unreadable", str(tmp_path / "m.asl.json"))


MACHINE = "/Resources/M"
NO_DEFINITION: list[tuple[Any, str]] = [
    (None, MACHINE),
    ({"Role": "arn:aws:iam::123456789012:role/x"}, MACHINE),
    ({"DefinitionUri": None}, MACHINE),
    ({"DefinitionString": {"Fn::Sub": ["x", 3]}}, f"{MACHINE}/Properties/DefinitionString"),
    ({"DefinitionString": {"Fn::Join": "x"}}, f"{MACHINE}/Properties/DefinitionString"),
    ({"Definition": [1]}, f"{MACHINE}/Properties/Definition"),
    ({"DefinitionS3Location": {"Bucket": "b"}}, f"{MACHINE}/Properties/DefinitionS3Location"),
]


@pytest.mark.parametrize("kind", ["Serverless", "StepFunctions"])
@pytest.mark.parametrize(
    ("properties", "place"), NO_DEFINITION, ids=[f"{n}" for n in range(len(NO_DEFINITION))]
)
def test_a_machine_that_has_no_definition_is_a_failure(properties: Any, place: str, kind: str) -> None:
    machine = {"Type": f"AWS::{kind}::StateMachine", "Properties": properties}
    assert short(found({"M": machine})) == [("definition-missing", "failure", place)]


def test_a_definition_may_come_from_a_parameter_or_a_macro() -> None:
    of_parameter = resource("StepFunctions::StateMachine", DefinitionString={"Ref": "Said"})
    declared = {"Said": {"Type": "String"}}
    assert short(found({"M": of_parameter}, Parameters=declared)) == []
    assert short(found({"M": resource("Serverless::StateMachine")}, Transform=["Macro"])) == []
