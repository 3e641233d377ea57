"""What a user reads when a cloud refuses a call, or is not there: one line, no traceback."""

import subprocess
import sys
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from stepmill.cli import main
from stepmill.cli.deploy import configured
from stepmill.cli.errors import UserError
from stepmill.cli.lookup import chosen
from stepmill.cli.session import problem_of
from stepmill.cloud.cloud import listen_on


def test_a_refused_call_is_told_by_operation_code_and_message() -> None:
    refusal = ClientError({"Error": {"Code": "AccessDenied", "Message": "not you"}}, "DescribeExecution")
    assert problem_of(refusal) == "DescribeExecution: AccessDenied: not you"


def test_a_cloud_that_does_not_answer_is_told_with_what_to_do() -> None:
    assert problem_of(EndpointConnectionError(endpoint_url="http://127.0.0.1:1/")) == (
        'no cloud answers: Could not connect to the endpoint URL: "http://127.0.0.1:1/"; '
        "start one with `stepmill up`, or correct AWS_ENDPOINT_URL"
    )


def test_missing_keys_are_told_with_what_to_do() -> None:
    assert problem_of(NoCredentialsError()) == (
        "Unable to locate credentials; paste the line that `stepmill up` prints, or unset AWS_ENDPOINT_URL"
    )


def test_an_error_of_our_own_keeps_its_traceback() -> None:
    assert problem_of(ValueError("a bug")) is None


def test_a_command_without_a_cloud_ends_with_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    listener = listen_on(0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    listener.close()  # nobody listens there now
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_DEFAULT_REGION": "us-east-1"}
    for name, value in {"AWS_ENDPOINT_URL": url, "AWS_MAX_ATTEMPTS": "1", **keys}.items():
        monkeypatch.setenv(name, value)
    assert main(["history", "training"]) == 2
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1
    assert told[0].startswith("stepmill history: no cloud answers: ")


def test_debug_shows_the_traceback_of_a_refused_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    with pytest.raises(EndpointConnectionError):
        main(["history", "training", "--debug"])


def test_refuses_a_stage_that_samconfig_lacks(tmp_path: Path) -> None:
    (tmp_path / "samconfig.toml").write_text('version = 0.1\n[dev.deploy.parameters]\nstack_name = "a"\n')
    with pytest.raises(UserError) as refused:
        configured(tmp_path / "template.yaml", "pord")
    assert str(refused.value) == f"--config-env is 'pord'; {tmp_path / 'samconfig.toml'} has dev"


def test_a_name_that_fits_much_shows_eight_and_counts_the_rest() -> None:
    with pytest.raises(UserError) as refused:
        chosen("job", [f"job-{number}" for number in range(10)], "log")
    assert str(refused.value) == (
        "'job' fits more than one log: job-0, job-1, job-2, job-3, job-4, job-5, job-6, job-7 and 2 more; "
        "name one of them"
    )


def test_a_reader_that_goes_away_ends_the_command_without_a_word(tmp_path: Path) -> None:
    mail = tmp_path / "mail"
    mail.mkdir()
    (mail / "1.eml").write_text("Subject: long\n\n" + "x" * 1_000_000)
    command = [sys.executable, "-m", "stepmill.cli", "mail", "latest", "--root", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.read(1)
        child.stdout.close()
        assert (child.stderr.read(), child.wait(timeout=30)) == (b"", 1)
