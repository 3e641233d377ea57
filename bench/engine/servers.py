"""The servers under comparison, each started the way its users start it, on a free loopback port."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

PEERS = Path(".venv-bench/bin")
START_LIMIT_S = 60.0


@dataclass(frozen=True)
class Server:
    name: str
    client: Any  # boto3 stepfunctions client
    role_arn: str
    pid: int
    make_client: Callable[[str], Any]


@contextmanager
def stepmill() -> Iterator[Server]:
    with tempfile.TemporaryDirectory() as folder:
        root, port = Path(folder, "cloud"), _free_port()
        argv = [
            sys.executable,
            "-m",
            "stepmill.cli",
            "up",
            "--no-deploy",
            "--root",
            str(root),
            "--port",
            str(port),
        ]
        with _running(argv, port) as pid:
            address = _address(root / "cloud.json")
            keys = address["access_key_id"], address["secret_access_key"]
            yield _server("stepmill", port, keys, pid)


@contextmanager
def moto() -> Iterator[Server]:
    port = _free_port()
    with _running([str(PEERS / "moto_server"), "-H", "127.0.0.1", "-p", str(port)], port) as pid:
        _execute_state_machines(port)
        yield _server("moto", port, ("testing", "testing"), pid)


@contextmanager
def ministack() -> Iterator[Server]:
    port = _free_port()
    environment = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "LOG_LEVEL": "ERROR"}
    with _running([str(PEERS / "ministack")], port, environment) as pid:
        yield _server("ministack", port, ("test", "test"), pid)


@contextmanager
def constant() -> Iterator[Server]:
    """Answers at once what it knows beforehand: the rest of a figure is the client's own time."""
    port = _free_port()
    with _running([sys.executable, "-m", "bench.engine.constant", str(port)], port) as pid:
        make_client = partial(_client, port, ("constant", "constant"))
        yield Server(
            "constant", make_client("stepfunctions"), "arn:aws:iam::123456789012:role/r", pid, make_client
        )


def _server(name: str, port: int, keys: tuple[str, str], pid: int) -> Server:
    make_client = partial(_client, port, keys)
    return Server(name, make_client("stepfunctions"), _role(make_client("iam")), pid, make_client)


def threads(pid: int) -> int:
    return int(_status(pid)["Threads"])


def resident_mb(pid: int) -> float:
    return int(_status(pid)["VmRSS"].split()[0]) / 1024


def _status(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}


@contextmanager
def _running(argv: list[str], port: int, environment: dict[str, str] | None = None) -> Iterator[int]:
    process = subprocess.Popen(
        argv, env=os.environ | (environment or {}), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _await_port(port, process)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def _await_port(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"{process.args!r} ended with code {process.returncode} before it listened")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"{process.args!r} does not listen on port {port} after {START_LIMIT_S:.0f} s")


def _address(file: Path) -> dict[str, str]:
    """What `stepmill up` writes once it is up, a moment after it listens."""
    deadline = time.monotonic() + START_LIMIT_S
    while not file.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    address: dict[str, str] = json.loads(file.read_text())
    return address


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _client(port: int, keys: tuple[str, str], service: str) -> Any:
    import boto3

    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-east-1",
        aws_access_key_id=keys[0],
        aws_secret_access_key=keys[1],
    )


def _execute_state_machines(port: int) -> None:
    """moto only pretends to run executions unless it is told otherwise."""
    body = json.dumps({"stepfunctions": {"execute_state_machine": True}}).encode()
    urllib.request.urlopen(f"http://127.0.0.1:{port}/moto-api/config", data=body, timeout=10).close()


def _role(iam: Any) -> str:
    services = {"Service": ["states.amazonaws.com", "lambda.amazonaws.com"]}
    statement = {"Effect": "Allow", "Principal": services, "Action": "sts:AssumeRole"}
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    answer = iam.create_role(RoleName="bench", AssumeRolePolicyDocument=json.dumps(trust))
    return str(answer["Role"]["Arn"])
