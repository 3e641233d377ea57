"""The container of examples/byoc as SageMaker runs it: a program with one word, /opt/ml, and port 8080."""

import http.client
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from examples.byoc.program.container import expand

EXAMPLE = Path(__file__).parents[2] / "examples/byoc"
Reply = tuple[int, str, str]


def run(word: str, ml: Path, **more: str) -> "subprocess.Popen[str]":
    environment = {"PATH": os.environ["PATH"], "STEPMILL_OPT_ML": str(ml), "OMP_NUM_THREADS": "1", **more}
    argv = [sys.executable, str(EXAMPLE / "program/container.py"), word]
    return subprocess.Popen(argv, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def table(rows: int, seed: int) -> str:
    chance = random.Random(seed)  # noqa: S311  data, not a secret
    drawn = [(chance.uniform(0, 10), chance.uniform(0, 5)) for _ in range(rows)]
    return "".join(f"{3 * a + a * b - 2 * b * b!r},{a!r},{b!r}\n" for a, b in drawn)


@pytest.fixture
def ml(tmp_path: Path) -> Path:
    return prepared(tmp_path)


def prepared(tmp_path: Path) -> Path:
    for folder in ("input/config", "input/data/train", "input/data/validation", "model", "output"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "input/config/hyperparameters.json").write_text("{}")
    (tmp_path / "input/data/train/a.csv").write_text(table(300, 1))
    (tmp_path / "input/data/train/b.csv").write_text(table(200, 2))
    (tmp_path / "input/data/validation/c.csv").write_text(table(100, 3))
    return tmp_path


def train(ml: Path, **hyperparameters: str) -> tuple[int, str, str]:
    """Exit code, what was printed, and the failure file."""
    (ml / "input/config/hyperparameters.json").write_text(json.dumps(hyperparameters))
    process = run("train", ml)
    printed, _ = process.communicate(timeout=60)
    failure = ml / "output/failure"
    return process.returncode, printed, failure.read_text() if failure.exists() else ""


class Server:
    def __init__(self, ml: Path) -> None:
        self.ml = ml
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = run("serve", ml, SAGEMAKER_BIND_TO_PORT=str(self.port))

    def ask(self, method: str, path: str, body: bytes = b"", kind: str = "text/csv") -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(method, path, body, {"Content-Type": kind})
        answer = connection.getresponse()
        reply = answer.status, answer.getheader("Content-Type") or "", answer.read().decode()
        connection.close()
        return reply

    def await_ping(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                assert self.ask("GET", "/ping")[0] == 200
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("no answer to /ping")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    ml = prepared(tmp_path_factory.mktemp("ml"))
    assert train(ml)[0] == 0
    started = Server(ml)
    started.await_ping()
    yield started
    started.process.kill()
    started.process.communicate()


def test_training_leaves_a_model_of_numbers_and_says_how_good_it_is(ml: Path) -> None:
    code, printed, failure = train(ml, l2="0.000001")
    assert (code, failure) == (0, "")
    found = dict(re.findall(r"(\w+):rmse=([-+\d.e]+)", printed))
    assert found.keys() == {"train", "validation"}
    assert max(map(float, found.values())) < 0.05
    assert [file.name for file in (ml / "model").iterdir()] == ["model.json"]
    model = json.loads((ml / "model/model.json").read_text())
    assert model.keys() == {"degree", "centre", "spread", "weights", "bias", "least", "most"}


@pytest.mark.parametrize("degree", ["1", "2"])
def test_the_weights_are_those_of_ridge_regression(ml: Path, degree: str) -> None:
    assert train(ml, degree=degree, l2="0.01")[0] == 0
    model = json.loads((ml / "model/model.json").read_text())
    rows = np.loadtxt((table(300, 1) + table(200, 2)).splitlines(), delimiter=",")
    scaled = (rows[:, 1:] - rows[:, 1:].mean(axis=0)) / rows[:, 1:].std(axis=0)
    expected = Ridge(alpha=0.01 * len(rows)).fit(expand(scaled, int(degree)), rows[:, 0])
    assert model["weights"] == pytest.approx(expected.coef_.tolist())
    assert model["bias"] == pytest.approx(float(expected.intercept_))


@pytest.mark.parametrize(
    ("hyperparameters", "reason"),
    [
        ({"depth": "3"}, "hyperparameter depth is not known; there are l2, degree"),
        ({"l2": "0"}, "hyperparameter l2 is 0; give a number above 0"),
        ({"l2": "nan"}, "hyperparameter l2: 'nan' is no finite number; a header is not allowed"),
        ({"degree": "3"}, "hyperparameter degree is '3'; give 1 or 2"),
    ],
    ids=["unknown", "zero", "nan", "degree"],
)
def test_a_wrong_hyperparameter_fails_by_name(ml: Path, hyperparameters: dict[str, str], reason: str) -> None:
    assert train(ml, **hyperparameters) == (1, f"ERROR {reason}\n", reason)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("price,a,b\n", "a.csv: row 1, column 1: 'price' is no finite number; a header is not allowed"),
        ("1,2,3\n4,5\n", "a.csv: row 2: has 2 columns; 3 are expected"),
        ("\n", "a.csv: has no rows; send one or more"),
        ("1\n2\n", "b.csv: row 1: has 3 columns; 1 are expected"),
        (None, "channel train: has no files; name it in InputDataConfig"),
    ],
    ids=["header", "ragged", "empty", "narrow", "absent"],
)
def test_bad_data_fails_with_its_place(ml: Path, data: str | None, reason: str) -> None:
    if data is None:
        for file in (ml / "input/data/train").iterdir():
            file.unlink()
    else:
        (ml / "input/data/train/a.csv").write_text(data)
    assert train(ml) == (1, f"ERROR {reason}\n", reason)


def test_a_row_in_is_a_number_out(server: Server) -> None:
    status, kind, text = server.ask("POST", "/invocations", b"2,1\n4,3\n")
    assert (status, kind) == (200, "text/csv")
    assert [float(line) for line in text.splitlines()] == pytest.approx([6, 6], abs=0.5)


def test_answers_stay_within_what_was_learned(server: Server) -> None:
    model = json.loads((server.ml / "model/model.json").read_text())
    answers = server.ask("POST", "/invocations", b"1e9,0\n0,1e9\n")[2].splitlines()
    assert {float(answer) for answer in answers} <= {model["least"], model["most"]}


@pytest.mark.parametrize(
    ("method", "path", "body", "kind", "status", "said"),
    [
        (
            "POST",
            "/invocations",
            b"1,2,3",
            "text/csv",
            400,
            "request: row 1: has 3 columns; 2 are expected\n",
        ),
        (
            "POST",
            "/invocations",
            b"1,x",
            "text/csv; charset=utf-8",
            400,
            "request: row 1, column 2: 'x' is no",
        ),
        ("POST", "/invocations", b"\xff,1", "text/csv", 400, "'utf-8' codec can't decode"),
        ("POST", "/invocations", b"", "text/csv", 400, "request: has no rows; send one or more\n"),
        ("POST", "/invocations", b"{}", "application/json", 415, "content type is application/json; send"),
        ("POST", "/elsewhere", b"1,2", "text/csv", 404, ""),
        ("GET", "/elsewhere", b"", "text/csv", 404, ""),
    ],
    ids=["columns", "text", "bytes", "nothing", "json", "post elsewhere", "get elsewhere"],
)
def test_a_wrong_request_is_refused_and_the_server_serves_on(
    server: Server, method: str, path: str, body: bytes, kind: str, status: int, said: str
) -> None:
    code, _, text = server.ask(method, path, body, kind)
    assert (code, text.startswith(said)) == (status, True), text
    assert server.ask("POST", "/invocations", b"2,1")[0] == 200


def test_a_fault_of_the_program_is_a_500_that_the_log_explains(ml: Path) -> None:
    assert train(ml)[0] == 0
    model = json.loads((ml / "model/model.json").read_text())
    (ml / "model/model.json").write_text(json.dumps(model | {"weights": model["weights"][1:]}))
    server = Server(ml)
    server.await_ping()
    assert server.ask("POST", "/invocations", b"2,1") == (
        500,
        "text/plain; charset=utf-8",
        "ValueError\n",
    )
    assert server.ask("GET", "/ping")[0] == 200
    server.process.kill()
    _, log = server.process.communicate(timeout=10)
    assert "ValueError: matmul" in log


def test_another_word_is_refused(ml: Path) -> None:
    process = run("tune", ml)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (2, "usage: container.py train|serve\n")


def test_the_image_installs_only_what_has_a_hash() -> None:
    dockerfile = (EXAMPLE / "Dockerfile").read_text()
    assert re.search(r"^FROM \S+@sha256:[0-9a-f]{64}$", dockerfile, re.MULTILINE)
    assert "--require-hashes --only-binary :all:" in dockerfile
    lock = Path(__file__).parents[2] / "requirements/stepmill.lock"
    wanted = (EXAMPLE / "requirements.txt").read_text().split("\n", 1)[1]
    hashes = set(re.findall(r"sha256:[0-9a-f]{64}", wanted))
    assert re.findall(r"^(\w+)==", wanted, re.MULTILINE) == ["numpy"]
    assert hashes <= set(re.findall(r"sha256:[0-9a-f]{64}", lock.read_text()))


@pytest.mark.skipif(os.geteuid() != 0 or sys.platform != "linux", reason="only root can give root up")
def test_the_server_is_not_root_when_it_answers(server: Server) -> None:
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    found = re.search(r"^Uid:\t(\d+)\t(\d+)\t(\d+)\t(\d+)$", status, re.MULTILINE)
    assert found is not None
    assert "0" not in found.groups()


def test_it_stops_when_it_is_told_to(server: Server) -> None:
    """The last test: the server is gone then."""
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(10) == 0
