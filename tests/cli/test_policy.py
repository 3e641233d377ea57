"""stepmill policy."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from stepmill.cli import main

ROOT = Path(__file__).parents[2]
PUBLISH = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sns:publish",
    "Parameters": {"TopicArn": "${TopicArn}", "Message": "done"},
    "End": True,
}
ASL = {"StartAt": "Tell", "States": {"Tell": PUBLISH}}
MACHINE = {
    "Type": "AWS::Serverless::StateMachine",
    "Properties": {
        "Definition": ASL,
        "DefinitionSubstitutions": {"TopicArn": {"Ref": "Topic"}},
        "Tracing": {"Enabled": True},
    },
}
TEMPLATE = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}, "Teller": MACHINE}}


def policy(resource: str) -> dict[str, Any]:
    statement = {"Sid": "SnsPublish", "Effect": "Allow", "Action": ["sns:Publish"], "Resource": [resource]}
    return {"Version": "2012-10-17", "Statement": [statement]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    compiled = tmp_path / "statemachines" / "compiled"
    compiled.mkdir(parents=True)
    (compiled / "teller.asl.json").write_text(json.dumps(ASL))
    (tmp_path / "template.json").write_text(json.dumps(TEMPLATE))
    return tmp_path


def test_prints_the_policy_of_a_machine_with_its_tokens(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["policy", "teller", "--root", str(folder)]) == 0
    by_name = capsys.readouterr()
    assert json.loads(by_name.out) == policy("${TopicArn}")
    assert by_name.err == ""
    file = folder / "statemachines" / "compiled" / "teller.asl.json"
    assert main(["policy", str(file), "--format", "yaml"]) == 0
    assert yaml.safe_load(capsys.readouterr().out) == policy("${TopicArn}")


def test_a_template_gives_names_and_tracing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    template = folder / "template.json"
    ways = [
        [f"{template}:Teller"],
        [str(template)],
        ["Teller", "--template", str(template)],
    ]
    printed = []
    for way in ways:
        assert main(["policy", *way]) == 0
        printed.append(json.loads(capsys.readouterr().out))
    topic = "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:${Topic.TopicName}"
    [publish, traces] = printed[0]["Statement"]
    assert [publish] == policy(topic)["Statement"]
    assert (traces["Sid"], traces["Resource"]) == ("XrayEverywhere", ["*"])
    assert printed == [printed[0]] * 3


def test_a_token_may_be_named_like_the_resource_whose_arn_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    file = ROOT / "tests/accepted_templates/tokens_named_like_their_resources/template.yaml"
    assert main(["policy", f"{file}:Nightly"]) == 0
    statements = json.loads(capsys.readouterr().out)["Statement"]
    here = "${AWS::Region}:${AWS::AccountId}"
    resources = {one for statement in statements for one in statement["Resource"]}
    assert resources == {
        f"arn:${{AWS::Partition}}:events:{here}:rule/StepFunctionsGetEventsForSageMakerTrainingJobsRule",
        "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${JobRole}",
        f"arn:${{AWS::Partition}}:lambda:{here}:function:${{Judge}}",
        f"arn:${{AWS::Partition}}:sagemaker:{here}:training-job/nightly-*",
        f"arn:${{AWS::Partition}}:sqs:{here}:${{Done.QueueName}}",
        f"arn:${{AWS::Partition}}:states:{here}:stateMachine:${{Report.Name}}",
    }


def test_says_what_cannot_be_derived(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    query = {**PUBLISH, "Resource": "arn:aws:states:::aws-sdk:dynamodb:executeStatement", "Parameters": {}}
    file = folder / "query.json"
    file.write_text(json.dumps({"StartAt": "Ask", "States": {"Ask": query}}))
    assert main(["policy", str(file)]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out) == {"Version": "2012-10-17", "Statement": []}
    assert told.err == f"stepmill policy: {file} may need more of dynamodb:*; look at its states\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["tellr"], "did you mean 'teller'"),
        (["{}/template.json:Tellr"], "did you mean 'Teller'"),
        (["{}/statemachines/compiled/teller.asl.json:X"], "is no SAM or CloudFormation template"),
        (["{}/gone.yaml:X"], "gone.yaml"),
    ],
)
def test_a_machine_that_is_not_there_is_exit_2(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    assert main(["policy", *(word.format(folder) for word in words), "--root", str(folder)]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("words", [["machine.json"], ["broken.json:Teller"]])
def test_a_machine_that_cannot_be_followed_is_exit_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    definition = {"StartAt": "Tel", "States": {"Tell": PUBLISH}}
    (tmp_path / "machine.json").write_text(json.dumps(definition))
    machine = {"Type": MACHINE["Type"], "Properties": {"Definition": definition}}
    (tmp_path / "broken.json").write_text(json.dumps({"Resources": {"Teller": machine}}))
    assert main(["policy", *(f"{tmp_path}/{word}" for word in words)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    file = f"{tmp_path}/{words[0].partition(':')[0]}"
    assert 'StartAt is "Tel"' in told.err
    assert told.err.rstrip().endswith(f"run `stepmill check {file}` first")


def test_the_training_machine_has_a_policy_without_needless_stars(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "training", "--root", str(ROOT)]) == 0
    statements = json.loads(capsys.readouterr().out)["Statement"]
    assert len({statement["Sid"] for statement in statements}) == len(statements)
    assert [statement["Sid"] for statement in statements if "*" in statement["Resource"]] == []
