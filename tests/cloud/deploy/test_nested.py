"""Nested stacks, custom resources and SAM: the whole way from local files to what runs."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stepmill.cli.deploy import DeployFailed, configured, deploy
from stepmill.cli.errors import UserError
from stepmill.cloud.cloud import Cloud
from stepmill.cloud.deploy.archive import ArtefactError, zipped
from tests.cloud.deploy.things import physical
from tests.cloud.states.things import ended, start

Aws = Callable[[str], Any]
ROOT = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters: {Word: {Type: String, Default: hello}}
Resources:
  Child:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: child.yaml, Parameters: {Word: !Ref Word}}
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: machine.asl.json
      DefinitionSubstitutions: {SpeakArn: !GetAtt Child.Outputs.SpeakArn}
      Policies: [{LambdaInvokePolicy: {FunctionName: !GetAtt Child.Outputs.SpeakName}}]
Outputs:
  MachineArn: {Value: !Ref Machine}
  Said: {Value: !GetAtt Child.Outputs.Said}
"""
CHILD = """
Transform: AWS::Serverless-2016-10-31
Parameters: {Word: {Type: String}}
Resources:
  Words: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: layer/}}
  Speak:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: speak/
      Handler: handler.handler
      Runtime: python3.13
      Layers: [!Ref Words]
      Environment: {Variables: {WORD: !Ref Word, TIMES: 2}}
  Answer:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: answer/, Handler: handler.handler, Runtime: python3.13, Timeout: 20}
  Said: {Type: Custom::Said, Properties: {ServiceToken: !GetAtt Answer.Arn, Word: !Ref Word}}
Outputs:
  SpeakArn: {Value: !GetAtt Speak.Arn}
  SpeakName: {Value: !Ref Speak}
  Said: {Value: !GetAtt Said.Echo}
"""
SPEAK = """
import os
import words
def handler(event, context):
    return words.louder(os.environ["WORD"]) * int(os.environ["TIMES"])
"""
ANSWER = """
import json, urllib.request
def handler(event, context):
    word = event["ResourceProperties"]["Word"]
    status = "FAILED" if word == "refused" else "SUCCESS"
    answer = {"Status": status, "Reason": "no such word", "PhysicalResourceId": "said-" + word,
              "StackId": event["StackId"], "RequestId": event["RequestId"],
              "LogicalResourceId": event["LogicalResourceId"],
              "Data": {"Echo": event["RequestType"] + " " + word}}
    request = urllib.request.Request(event["ResponseURL"], json.dumps(answer).encode(), method="PUT",
                                     headers={"Content-Type": ""})
    urllib.request.urlopen(request, timeout=10)
"""
MACHINE = {
    "StartAt": "Speak",
    "States": {"Speak": {"Type": "Task", "Resource": "${SpeakArn}", "TimeoutSeconds": 30, "End": True}},
}


def folder(path: Path) -> Path:
    """The template and its artefacts; the root template is given back."""
    files = {
        "template.yaml": ROOT,
        "child.yaml": CHILD,
        "machine.asl.json": json.dumps(MACHINE),
        "speak/handler.py": SPEAK,
        "answer/handler.py": ANSWER,
        "layer/python/words.py": "def louder(word): return word.upper()",
    }
    for name, text in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text)
    return path / "template.yaml"


def test_a_sam_template_with_a_nested_stack_runs_changes_and_goes(
    cloud: Cloud, aws: Aws, tmp_path: Path
) -> None:
    template = folder(tmp_path)
    done = deploy(aws, template, "whole", {}, print)
    assert (done.is_changed, done.outputs["Said"]) == (True, "Create hello")
    assert ended(cloud, start(cloud, done.outputs["MachineArn"]))["output"] == '"HELLOHELLO"'

    assert deploy(aws, template, "whole", {}, print).is_changed is False

    (tmp_path / "layer/python/words.py").write_text("def louder(word): return word.upper() + '!'")
    done = deploy(aws, template, "whole", {"Word": "bye"}, print)
    assert done.outputs["Said"] == "Update bye"
    assert ended(cloud, start(cloud, done.outputs["MachineArn"]))["output"] == '"BYE!BYE!"'

    with pytest.raises(DeployFailed, match="Said: Update failed: no such word"):
        deploy(aws, template, "whole", {"Word": "refused"}, print)
    assert ended(cloud, start(cloud, done.outputs["MachineArn"]))["output"] == '"BYE!BYE!"'

    stacks = cloud.call("cloudformation", "DescribeStacks")["Stacks"]
    whole = next(one for one in stacks if one["StackName"] == "whole")
    child = physical(cloud, whole)["Child"]
    cloud.call("cloudformation", "DeleteStack", {"StackName": "whole"})
    aws("cloudformation").get_waiter("stack_delete_complete").wait(
        StackName=whole["StackId"], WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    gone = cloud.call("cloudformation", "DescribeStacks", {"StackName": child})["Stacks"][0]
    assert gone["StackStatus"] == "DELETE_COMPLETE"
    assert cloud.call("lambda", "ListFunctions")["Functions"] == []


def test_tells_what_is_wrong_inside_a_nested_template_before_anything_is_made(
    aws: Aws, tmp_path: Path
) -> None:
    template = folder(tmp_path)
    (tmp_path / "child.yaml").write_text("Resources: {A: {Type: 'AWS::Nothing'}}")
    with pytest.raises(UserError) as refused:
        deploy(aws, template, "wrong-child", {}, print)
    assert str(refused.value).startswith(
        f"{template}: Child: Parameters.Word: is not declared by the template"
    )


def test_names_every_artefact_that_is_missing(aws: Aws, tmp_path: Path) -> None:
    template = folder(tmp_path)
    for name in ("machine.asl.json", "speak/handler.py"):
        (tmp_path / name).unlink()
    (tmp_path / "layer/python/words.py").rename(tmp_path / "layer/words.py")
    (tmp_path / "layer/python").rmdir()
    with pytest.raises(UserError) as refused:
        deploy(aws, template, "missing", {}, print)
    child = f"{template}: Child.TemplateURL: {tmp_path}/child.yaml"
    assert str(refused.value).splitlines() == [
        f"{child}: Words.ContentUri: {tmp_path}/layer has modules but no python/; "
        "a layer's modules stand under python/",
        f"{child}: Speak.CodeUri: {tmp_path}/speak: holds no file to package",
        f"{template}: Machine.DefinitionUri: {tmp_path}/machine.asl.json is not there",
    ]


def test_the_same_folder_gives_the_same_archive(tmp_path: Path) -> None:
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__/a.pyc").write_bytes(b"1")
    (tmp_path / "a.py").write_text("a")
    first = zipped(tmp_path)
    (tmp_path / "__pycache__/a.pyc").write_bytes(b"2")
    (tmp_path / "a.py").touch()
    assert zipped(tmp_path) == first
    assert zipfile.ZipFile(io.BytesIO(first)).namelist() == ["a.py"]


def test_refuses_a_link_that_leads_out_of_the_folder(tmp_path: Path) -> None:
    inside = tmp_path / "code"
    inside.mkdir()
    (inside / "secret").symlink_to("/etc/hostname")
    with pytest.raises(ArtefactError, match="leads out of"):
        zipped(inside)


def test_reads_the_parameters_of_a_stage_from_samconfig(tmp_path: Path) -> None:
    config = '[dev.deploy.parameters]\nparameter_overrides = "Stage=dev Text=\\"two words\\""\n'
    (tmp_path / "samconfig.toml").write_text(config)
    assert configured(tmp_path / "template.yaml", "dev") == {"Stage": "dev", "Text": "two words"}
    with pytest.raises(UserError, match=r"^--config-env is 'prod'; .* has dev$"):
        configured(tmp_path / "template.yaml", "prod")
    assert configured(tmp_path / "nowhere" / "template.yaml", "dev") == {}
