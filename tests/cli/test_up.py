"""`stepmill up` as a user runs it."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import pytest

LINE = re.compile(
    r"export AWS_ENDPOINT_URL=(\S+) AWS_ACCESS_KEY_ID=(\S+) "
    r"AWS_SECRET_ACCESS_KEY=(\S+) AWS_DEFAULT_REGION=(\S+)\n"
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def up(folder: Path, *options: str) -> Iterator["subprocess.Popen[str]"]:
    left_out = ("AWS_", "PYTHONUNBUFFERED")  # a user has neither set
    environment = {key: value for key, value in os.environ.items() if not key.startswith(left_out)}
    process = subprocess.Popen(
        [sys.executable, "-m", "stepmill.cli", "up", *options],
        cwd=folder,
        env=environment | {"PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def pasted(process: "subprocess.Popen[str]") -> tuple[str, ...]:
    """The values of the printed line."""
    assert process.stdout is not None
    for line in process.stdout:
        if match := LINE.fullmatch(line):
            return match.groups()
    raise AssertionError(process.communicate())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_pasted_line_makes_boto3_work_and_a_signal_ends_it_cleanly(
    tmp_path: Path, number: signal.Signals
) -> None:
    port = free_port()
    with up(tmp_path, "--port", str(port), "--region", "eu-central-1") as process:
        url, key, secret, region = pasted(process)
        assert (url, region) == (f"http://127.0.0.1:{port}", "eu-central-1")
        client = boto3.client(
            "sts", endpoint_url=url, region_name=region, aws_access_key_id=key, aws_secret_access_key=secret
        )
        assert client.get_caller_identity()["Arn"] == "arn:aws:iam::123456789012:root"
        client.close()
        address = tmp_path / ".stepmill" / "cloud.json"
        assert json.loads(address.read_text()) == {
            "endpoint_url": url,
            "region": region,
            "account": "123456789012",
            "access_key_id": key,
            "secret_access_key": secret,
            "pid": process.pid,
        }
        assert address.stat().st_mode & 0o777 == 0o600
        process.send_signal(number)
        assert process.wait(30) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""
        assert not address.exists()
        logged = (tmp_path / ".stepmill" / "cloud.log").read_text()
        assert (key in logged, secret in logged) == (False, False)


def test_a_signal_during_a_deployment_ends_it_cleanly_and_the_next_start_goes_on(tmp_path: Path) -> None:
    template = Path(__file__).parents[2] / "template.yaml"
    options = ("--port", str(free_port()), "--deploy", str(template))
    with up(tmp_path, *options) as process:
        url, key, secret, region = pasted(process)
        client = boto3.client(
            "cloudformation",
            endpoint_url=url,
            region_name=region,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
        )
        deadline = time.monotonic() + 60
        while not client.describe_stacks()["Stacks"]:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        client.close()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert out.endswith(f"Stopping. The next start goes on with the deployment of {template}.\n")
    with up(tmp_path, *options) as process:
        pasted(process)
        assert process.stdout is not None
        assert process.stdout.readline().startswith("stack stepmill deployed")


def test_a_template_that_cannot_be_deployed_leaves_the_cloud_running(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text("Resources: {Odd: {Type: 'AWS::Odd::Thing'}}\n")
    with up(tmp_path, "--port", str(free_port())) as process:
        pasted(process)
        assert process.stderr is not None
        first = process.stderr.readline()
        assert first.startswith("stepmill up: template.yaml was not deployed")
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--port", "70000"], "stepmill up: --port is 70000; allowed: 1 to 65535, and 0 for any free one\n"),
        (["--region", "here"], "stepmill up: --region is 'here'; write it like us-east-1\n"),
        (
            ["--region", "cn-north-1"],
            "stepmill up: --region is 'cn-north-1', of another partition; this cloud's ARNs begin with "
            "arn:aws, so name a region of that one\n",
        ),
        (["--deploy", "absent.yaml"], "stepmill up: --deploy absent.yaml: there is no such file\n"),
        (
            ["--root", "file"],
            "stepmill up: --root file is not a folder; name one, or a place where one can be made\n",
        ),
    ],
)
def test_refuses_a_wrong_option_before_it_starts_anything(
    tmp_path: Path, options: list[str], message: str
) -> None:
    (tmp_path / "file").touch()
    with up(tmp_path, *options) as process:
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (2, "", message)
    assert not (tmp_path / ".stepmill").exists()


def test_refuses_a_folder_of_someone_elses_and_changes_nothing_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "thesis"
    folder.mkdir()
    folder.chmod(0o755)
    (folder / "chapter1.tex").write_text("Once")
    with up(tmp_path, "--root", "thesis", "--port", "0") as process:
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (
        2,
        "",
        f"stepmill up: folder {folder} holds 'chapter1.tex', which is not a cloud's; "
        "name an empty or a new folder with --root\n",
    )
    assert (folder.stat().st_mode & 0o777, [file.name for file in folder.iterdir()]) == (
        0o755,
        ["chapter1.tex"],
    )


def test_a_taken_port_is_named_with_the_way_out(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with up(tmp_path, "--port", str(port)) as process:
            err = process.communicate(timeout=30)[1]
    assert (process.returncode, err) == (
        2,
        f"stepmill up: port {port} is taken (Address already in use); choose another with --port\n",
    )
