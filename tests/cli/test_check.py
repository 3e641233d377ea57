"""`stepmill check`: what it prints and how it ends."""

import json
from pathlib import Path
from typing import Any

import pytest

from stepmill.cli import main

ROOT = Path(__file__).parents[2]
PASS = {"Type": "Pass", "End": True}
WRONG = {"StartAt": "One", "States": {"One": {"Type": "Pass", "Next": "Tran"}, "Train": PASS}}
SLOW = {
    "StartAt": "Ask",
    "States": {
        "Ask": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {
                "QueueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/people",
                "MessageBody": {"token.$": "$$.Task.Token"},
            },
            "End": True,
        }
    },
}


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)

    def write(document: Any, name: str = "m.asl.json") -> str:
        (tmp_path / name).write_text(
            document if isinstance(document, str) else json.dumps(document, indent=1)
        )
        return name

    return write


def test_a_correct_machine_is_said_to_be_correct(file: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", file({"StartAt": "A", "States": {"A": PASS}})]) == 0
    assert capsys.readouterr().out == "1 machine checked: 0 failures, 0 warnings\n"


def test_a_failure_is_told_with_line_rule_and_what_was_meant(
    file: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", file(WRONG)]) == 1
    first, *rest = capsys.readouterr().out.splitlines()
    assert first == "m.asl.json:6: failure next-unknown"
    assert "  did you mean Train?" in rest
    assert "  at /States/One/Next" in rest
    assert rest[-1] == "1 machine checked: 1 failure, 0 warnings"


@pytest.mark.parametrize("indent", [None, 1], ids=["one-line", "lines"])
def test_findings_stand_in_the_order_of_their_file(
    file: Any, capsys: pytest.CaptureFixture[str], indent: int | None
) -> None:
    wait = {"Type": "Wait", "Seconds": "soon", "Next": "Tran"}
    said = {"StartAt": "A", "States": {"A": WRONG["States"]["One"], "B": wait, "C": {"Type": "Pas"}}}  # type: ignore[index]
    name = file(json.dumps(said, indent=indent))
    assert main(["check", name]) == 1
    places = [line for line in capsys.readouterr().out.splitlines() if line.startswith("  at ")]
    states = [place.split("/")[2] for place in places]
    assert states == sorted(states)
    assert set(states) == {"A", "B", "C"}


def test_json_has_every_member_of_a_finding(file: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", file(WRONG), "--format", "json"]) == 1
    told = json.loads(capsys.readouterr().out)
    [finding] = told["findings"]
    assert {name: value for name, value in finding.items() if name != "message"} == {
        "rule": "next-unknown",
        "severity": "failure",
        "file": "m.asl.json",
        "pointer": "/States/One/Next",
        "state": "One",
        "available": ["One", "Train"],
        "suggestion": "Train",
        "line": 6,
    }
    assert told["summary"] == {"failures": 1, "warnings": 0, "machines": ["m.asl.json"], "not_read": []}


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("Serverless", {"DefinitionUri": "s3://bucket/key"}),
        ("StepFunctions", {"DefinitionS3Location": {"Bucket": "b", "Key": "k"}}),
        (
            "StepFunctions",
            {
                "Definition": {
                    "Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "s3://b/k"}}
                }
            },
        ),
        ("Serverless", {"DefinitionUri": "gone.asl.json"}),
        ("Serverless", {"Fn::Transform": {"Name": "Macro"}}),
    ],
    ids=["uri", "location", "include", "away-from-its-files", "macro"],
)
def test_a_definition_that_lies_elsewhere_is_not_said_to_be_checked(
    file: Any, capsys: pytest.CaptureFixture[str], kind: str, properties: Any
) -> None:
    said_here = {"StartAt": "A", "States": {"A": PASS}}
    resources = {
        "There": {"Type": f"AWS::{kind}::StateMachine", "Properties": properties},
        "Here": {"Type": "AWS::Serverless::StateMachine", "Properties": {"Definition": said_here}},
    }
    if properties == {"DefinitionUri": "gone.asl.json"}:
        resources["Code"] = {"Type": "AWS::Serverless::LayerVersion", "Properties": {"ContentUri": "gone/"}}
    name = file({"Resources": resources}, "t.json")
    assert main(["check", name]) == 0
    said = "1 machine checked: 0 failures, 0 warnings; 1 not read: t.json:There\n"
    assert capsys.readouterr().out == said
    assert main(["check", name, "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)["summary"]
    assert told == {"failures": 0, "warnings": 0, "machines": ["t.json:Here"], "not_read": ["t.json:There"]}


def test_sarif_names_the_rule_the_file_and_the_line(file: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", file(WRONG), "--format", "sarif"]) == 1
    told = json.loads(capsys.readouterr().out)
    [run] = told["runs"]
    [rule], [result] = run["tool"]["driver"]["rules"], run["results"]
    assert told["version"] == "2.1.0"
    assert (rule["id"], result["ruleId"], result["level"]) == ("next-unknown", "next-unknown", "error")
    assert result["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "m.asl.json"},
                "region": {"startLine": 6},
            },
            "logicalLocations": [{"name": "One", "fullyQualifiedName": "/States/One/Next"}],
        }
    ]


def test_warnings_fail_only_when_strict(file: Any, capsys: pytest.CaptureFixture[str]) -> None:
    name = file(SLOW)
    assert [main(["check", name]), main(["check", name, "--strict"])] == [0, 1]
    assert "m.asl.json:4: warning token-without-timeout" in capsys.readouterr().out


@pytest.mark.parametrize(
    "ignore",
    ["token-without-timeout=people take their time", "token-without-timeout@Ask=people take their time"],
)
def test_a_rule_is_switched_off_on_the_command_line(
    file: Any, ignore: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", file(SLOW), "--strict", "--ignore", ignore]) == 0
    assert capsys.readouterr().out == "1 machine checked: 0 failures, 0 warnings\n"


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("Aks", "no machine here has a state 'Aks' (did you mean 'Ask'?); it switches nothing off"),
        ("Zzzz", "no machine here has a state 'Zzzz'; it switches nothing off"),
        ("Ask", ""),
    ],
)
def test_a_state_that_is_not_there_is_told_when_a_rule_is_switched_off_for_it(
    file: Any, state: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    name = f"token-without-timeout@{state}"
    assert main(["check", file(SLOW), "--format", "json", "--ignore", f"{name}=slow"]) == 0
    said = capsys.readouterr()
    assert said.err == (f"stepmill check: warning: --ignore {name}: {told}\n" if told else "")
    assert json.loads(said.out)["summary"]["warnings"] == (1 if told else 0)


def test_a_state_may_be_that_of_a_machine_that_cannot_be_read(
    file: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", file("{"), "--ignore", "next-unknown@There=x"]) == 1
    assert capsys.readouterr().err == ""


def test_a_rule_is_switched_off_in_the_comment_of_a_state(file: Any) -> None:
    ask = SLOW["States"]["Ask"] | {"Comment": "[check-ignore token-without-timeout: a year is fine]"}  # type: ignore[index]
    assert main(["check", file(SLOW | {"States": {"Ask": ask}}), "--strict"]) == 0


def test_a_file_that_is_no_json_is_a_finding_and_no_traceback(
    file: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", file('{"StartAt": ')]) == 1
    assert "failure file-unreadable" in capsys.readouterr().out


def test_what_the_context_says_is_held_against_the_machine(
    file: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    reads = {"StartAt": "A", "States": {"A": {"Type": "Pass", "InputPath": "$.b", "End": True}}}
    given = {"input": {"type": "object", "properties": {"a": {}}, "additionalProperties": False}}
    machine, context = file(reads), file(given, "context.json")
    assert [main(["check", machine]), main(["check", machine, "--context", context])] == [0, 1]
    assert "failure path-missing" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["absent.json"], "absent.json: no such file; give a file"),
        (["."], ".: is a folder; give a file"),
        ([], ".: has no folder statemachines; give files, or run this in the repository"),
        (
            ["--explain", "next-unknwon"],
            "'next-unknwon' is no rule (did you mean 'next-unknown'?); --explain all lists them",
        ),
        (
            ["m.asl.json", "--ignore", "next-unknown"],
            "--ignore 'next-unknown': has no reason; write RULE=reason or RULE@STATE=reason",
        ),
        (
            ["m.asl.json", "--ignore", "nothing=x"],
            "--ignore 'nothing=x': 'nothing' is no rule; --explain all lists them",
        ),
        (
            ["m.asl.json", "--context", "absent.json"],
            "absent.json: cannot be read (No such file or directory); give a JSON file",
        ),
    ],
)
def test_a_mistake_in_the_command_is_told_and_ends_with_2(
    file: Any, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file(WRONG)
    assert main(["check", *words]) == 2
    assert capsys.readouterr().err == f"stepmill check: {message}\n"


def test_a_rule_is_explained_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--explain", "next-unknown"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("next-unknown (failure, structure)\n")
    assert ["Wrong:" in told, "Right:" in told, "Source: https://" in told] == [True, True, True]


def test_this_repository_has_nothing_to_tell(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--root", str(ROOT), "--strict"]) == 0
    machines = len(list((ROOT / "statemachines").glob("*.py")))
    assert capsys.readouterr().out == f"{machines} machines checked: 0 failures, 0 warnings\n"
