"""The policy that `stepmill compile` writes beside a machine's ASL."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from stepmill.cli import main

MACHINE = """
from stepmill.asl import Machine, chain, sns, ssm

def build() -> Machine:
    tell = sns.publish("Tell", topic_arn="${TopicArn}", message="done")
    read = ssm.get_parameter("Read", name="/cars/limit")
    return Machine(name="cars", comment="A machine.", timeout_seconds=60, states=chain(read, tell))
"""
STALE = '{"Version": "2012-10-17", "Statement": []}\n'
TOLD = "1 files differ from statemachines/; run `stepmill compile cars` and commit"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "statemachines").mkdir()
    (tmp_path / "statemachines/cars.py").write_text(MACHINE)
    return tmp_path


def compile_in(root: Path, *words: str) -> int:
    return main(["compile", "--root", str(root), *words])


def policy_file(root: Path) -> Path:
    return root / "statemachines/compiled/cars.policy.json"


def actions(root: Path) -> list[Any]:
    return [statement["Action"] for statement in json.loads(policy_file(root).read_text())["Statement"]]


def test_is_what_stepmill_policy_prints(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compile_in(root) == 0
    assert actions(root) == [["sns:Publish"], ["ssm:GetParameter"]]
    capsys.readouterr()
    assert main(["policy", "cars", "--root", str(root)]) == 0
    assert capsys.readouterr().out == policy_file(root).read_text()


def test_is_the_same_in_another_process_with_another_hash_seed(root: Path) -> None:
    found = []
    for seed in ("1", "2"):
        command = [sys.executable, "-m", "stepmill.cli", "compile", "cars", "--root", str(root)]
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, "PYTHONHASHSEED": seed})
        found.append(policy_file(root).read_bytes())
    assert found[0] == found[1]


def test_is_left_as_it_is_while_the_asl_does_not_change(root: Path) -> None:
    compile_in(root)
    policy_file(root).write_text(STALE)
    assert compile_in(root) == 0
    assert policy_file(root).read_text() == STALE


def test_is_not_derived_while_the_asl_does_not_change(root: Path) -> None:
    compile_in(root)
    program = "import sys; from stepmill.cli import main; main(); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program, "compile", "--root", str(root)],
        check=True,
        capture_output=True,
        text=True,
    )
    assert [name for name in done.stdout.split() if name.startswith("stepmill.check")] == []


def test_follows_the_asl(root: Path) -> None:
    compile_in(root)
    source = root / "statemachines/cars.py"
    source.write_text(source.read_text().replace("chain(read, tell)", "tell"))
    assert compile_in(root) == 0
    assert actions(root) == [["sns:Publish"]]


def test_is_written_again_when_it_is_gone(root: Path) -> None:
    compile_in(root)
    policy_file(root).unlink()
    assert compile_in(root) == 0
    assert actions(root) == [["sns:Publish"], ["ssm:GetParameter"]]


def test_a_stale_one_is_told_and_the_command_that_is_told_renews_it(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compile_in(root)
    policy_file(root).write_text(STALE)
    capsys.readouterr()
    assert compile_in(root, "--check") == 1
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "--- statemachines/compiled/cars.policy.json (committed)"
    assert told[-1] == TOLD
    assert policy_file(root).read_text() == STALE
    assert compile_in(root, "cars") == 0
    assert compile_in(root, "--check") == 0


def test_a_missing_one_is_told(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compile_in(root)
    policy_file(root).unlink()
    capsys.readouterr()
    assert compile_in(root, "--check") == 1
    assert capsys.readouterr().out.splitlines() == [
        "statemachines/compiled/cars.policy.json: missing",
        TOLD,
    ]


def test_what_it_may_lack_is_told(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = root / "statemachines/cars.py"
    query = 'aws_sdk("Tell", "dynamodb", "executeStatement", {"Statement": path("$.query")})'
    text = source.read_text().replace('sns.publish("Tell", topic_arn="${TopicArn}", message="done")', query)
    source.write_text(text.replace("import Machine, chain, sns", "import Machine, aws_sdk, chain, path"))
    assert compile_in(root) == 0
    assert capsys.readouterr().err == (
        "stepmill policy: cars may need more of dynamodb:*; look at its states\n"
    )
