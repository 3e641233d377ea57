"""`stepmill run`, `history` and `logs` against a cloud."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from stepmill.cli import main
from stepmill.cli.follow import in_words
from stepmill.cloud.cloud import Cloud
from tests.cloud.sagemaker.things import processing
from tests.cloud.states.things import PASS, function, machine, task

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs `stepmill …` as a user of the cloud: exit code, output, errors."""
    owner = cloud.keyring.owner
    monkeypatch.setenv("AWS_ENDPOINT_URL", cloud.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", owner.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", owner.secret_access_key)
    monkeypatch.setenv("AWS_DEFAULT_REGION", cloud.region)
    monkeypatch.setenv("COLUMNS", "250")
    monkeypatch.setenv("NO_COLOR", "1")

    def run(*words: str) -> tuple[int, str, str]:
        code = main(list(words))
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture(scope="module")
def tour(cloud: Cloud) -> str:
    """A machine with branches and a task that fails when its input says so."""
    source = "def handler(event, context):\n    print('heard', event)\n    return {'n': 10 // event['by']}"
    divide = task(function(cloud, "divide", source), {"by.$": "$.by"})["States"]["Work"]
    both = {
        "Type": "Parallel",
        "Branches": [PASS, {"StartAt": "Inner", "States": {"Inner": {"Type": "Pass", "End": True}}}],
        "ResultPath": None,
        "Next": "Divide",
    }
    return machine(cloud, "dev-tour", {"StartAt": "Both", "States": {"Both": both, "Divide": divide}})


def test_run_follows_a_machine_and_ends_with_its_output(command: Command, tour: str) -> None:
    code, out, _ = command("run", "tour", "--input", '{"by": 5}')
    assert code == 0
    first, *rest = out.splitlines()
    assert first.startswith(tour.replace(":stateMachine:", ":execution:"))
    lines = [re.sub(r"\d+\.\d s", "T", line).strip() for line in rest]
    assert lines[:5] == [
        "T  ▸ Both",
        "T     · Only → Inner",
        "T  ✓ Both T",
        "T  ✓ Divide T",
        "SUCCEEDED after T",
    ]
    assert json.loads(out[out.index("{") :]) == {"n": 2}


def test_run_ends_with_one_when_the_execution_fails_and_tells_the_cause_in_words(
    command: Command, tour: str, tmp_path: Path
) -> None:
    (tmp_path / "input.json").write_text('{"by": 0}')
    code, out, _ = command("run", tour, "--input", str(tmp_path / "input.json"), "--name", "fails")
    assert code == 1
    assert "✗ Divide ZeroDivisionError" in out
    assert "FAILED after" in out
    assert command("run", tour, "--input", '{"by": 1}', "--name", "fails")[0] == 2


def test_run_tells_of_errors_that_the_machine_tries_again_or_catches(command: Command, cloud: Cloud) -> None:
    source = "def handler(event, context):\n    raise ValueError('no luck')"
    definition = task(function(cloud, "unlucky", source), {})
    definition["States"]["Work"] |= {
        "Retry": [{"ErrorEquals": ["ValueError"], "IntervalSeconds": 1, "MaxAttempts": 1}],
        "Catch": [{"ErrorEquals": ["ValueError"], "Next": "Sorry"}],
    }
    definition["States"]["Sorry"] = {"Type": "Pass", "Result": "sorry", "End": True}
    machine(cloud, "hopeful", definition)
    code, out, _ = command("run", "hopeful")
    lines = [re.sub(r"\d+\.\d s", "T", line).strip() for line in out.splitlines()[1:]]
    assert (code, lines) == (
        0,
        [
            "T  ↻ Work tried again after ValueError: no luck",
            "T  ↷ Work caught ValueError: no luck",
            "T  · Sorry",
            "SUCCEEDED after T",
            '"sorry"',
        ],
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run", "tuor"], "there is no machine 'tuor'; did you mean dev-tour"),
        (
            ["run", "tour", "--input", "nowhere.json"],
            "--input: nowhere.json is neither JSON nor a file that is there",
        ),
        (["run", "tour", "--input", "{"], "--input: is not JSON"),
        (["history", "tuor"], "there is no machine 'tuor'"),
        (["logs", "devide"], "there is no log 'devide'; did you mean divide?"),
    ],
)
def test_a_users_mistake_ends_with_two_and_a_hint(
    command: Command, tour: str, words: list[str], message: str
) -> None:
    code, _, errors = command(*words)
    assert code == 2
    assert message in errors


def test_history_shows_the_newest_execution(command: Command, tour: str) -> None:
    command("run", "tour", "--input", '{"by": 2}', "--name", "shown")
    code, out, _ = command("history", "tour")
    assert code == 0
    assert out.splitlines()[0].endswith(":shown  SUCCEEDED")
    assert [word for word in ("ParallelStateEntered", "LambdaFunctionSucceeded") if word not in out] == []
    _, by_name, _ = command("history", "shown", "--json")
    events = json.loads(by_name)
    assert (events[0]["type"], events[-1]["type"]) == ("ExecutionStarted", "ExecutionSucceeded")
    assert [one["id"] for one in events] == list(range(1, len(events) + 1))


def test_logs_finds_a_function_by_part_of_its_name(command: Command, tour: str) -> None:
    command("run", "tour", "--input", '{"by": 7}')
    code, out, _ = command("logs", "divid")
    assert code == 0
    assert "heard {'by': 7}" in out


def test_run_shows_the_log_lines_of_jobs(command: Command, cloud: Cloud) -> None:
    job = processing(cloud, "talks", "print('row 1 read', flush=True)")
    definition = task("arn:aws:states:::sagemaker:createProcessingJob.sync", job)
    machine(cloud, "with-job", definition)
    code, out, _ = command("run", "with-job", "--logs")
    assert (code, out.count("│ row 1 read")) == (0, 1)
    assert command("logs", "talks")[1].endswith("row 1 read\n")


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        ('{"errorMessage": "row 3", "errorType": "Broken"}', "row 3"),
        (
            '{"ProcessingJobName": "p", "ExitMessage": "cars.csv: row 2", "FailureReason": "AlgorithmError"}',
            "cars.csv: row 2",
        ),
        ('{"TrainingJobName": "t", "FailureReason": "loss is nan"}', "loss is nan"),
        ("plain", "plain"),
        ("[1]", "[1]"),
    ],
)
def test_a_cause_is_told_in_words(cause: str, words: str) -> None:
    assert in_words(cause) == words
