"""A container of our own: ridge regression over the features, their squares and their products.

    python3 container.py train     /opt/ml/input/...  ->  /opt/ml/model/model.json
    python3 container.py serve     GET /ping and POST /invocations on port 8080

It keeps SageMaker's contract for training and for serving, with numpy and the standard library alone:
In:  /opt/ml/input/data/<train|validation>/*   CSV of numbers without a header, the label first
     /opt/ml/input/config/hyperparameters.json   l2 (strength of the ridge, above 0), degree (1 or 2)
Out: /opt/ml/model/model.json   numbers only: to read it runs no code
     /opt/ml/output/failure     why training failed; exit code 1
Requests and answers are text/csv: a row of features in, a number out.
"""

from __future__ import annotations

import json
import math
import os
import signal
import sys
import traceback
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

OPT_ML = Path(os.environ.get("STEPMILL_OPT_ML", "/opt/ml"))
PORT = int(os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080"))
DEFAULTS = {"l2": "0.001", "degree": "2"}
MOST_FEATURES = 200  # of degree 2, whose columns grow with their square
MOST_BYTES = 100 << 20
BLOCK_ROWS = 4096
NOBODY = 65534


class UserError(Exception):
    """A mistake in data, hyperparameters or a request; the text says where and what to do."""


class Ridge(NamedTuple):
    """`centre` and `spread` of the F features; answers stay within the labels that were seen."""

    degree: int
    centre: list[float]
    spread: list[float]
    weights: list[float]
    bias: float
    least: float
    most: float

    def predict(self, features: Any) -> Any:
        """(N, F) -> (N,) float64."""
        scaled = (features - np.array(self.centre)) / np.array(self.spread)
        answers = expand(scaled, self.degree) @ np.array(self.weights) + self.bias
        return np.clip(answers, self.least, self.most)


def expand(scaled: Any, degree: int) -> Any:
    """The columns themselves and, of degree 2, each product of two of them."""
    if degree == 1:
        return scaled
    left, right = np.triu_indices(scaled.shape[1])
    return np.hstack([scaled, scaled[:, left] * scaled[:, right]])


def fit(rows: Any, l2: float, degree: int) -> Ridge:
    """rows: (N, 1 + F), the label first. Memory holds a block of the expanded rows."""
    features, label = rows[:, 1:], rows[:, 0]
    if degree == 2 and features.shape[1] > MOST_FEATURES:
        raise UserError(f"{features.shape[1]} features are too many for degree 2; set degree to 1")
    centre = features.mean(axis=0)
    spread = np.where(features.std(axis=0) > 0, features.std(axis=0), 1.0)
    bias = float(label.mean())
    squares: Any = 0.0
    products: Any = 0.0
    sums: Any = 0.0
    for start in range(0, len(rows), BLOCK_ROWS):
        block = slice(start, start + BLOCK_ROWS)
        wide = expand((features[block] - centre) / spread, degree)
        squares = squares + wide.T @ wide
        products = products + wide.T @ (label[block] - bias)
        sums = sums + wide.sum(axis=0)
    # The products of columns have means of their own: taken off here, put into the bias.
    means = sums / len(rows)
    moments = squares - len(rows) * np.outer(means, means)
    ridge = moments + l2 * len(rows) * np.eye(len(moments))
    weights = np.linalg.solve(ridge, products)
    ends = float(label.min()), float(label.max())
    bias -= float(means @ weights)
    return Ridge(degree, centre.tolist(), spread.tolist(), weights.tolist(), bias, *ends)


def parse(lines: Iterable[str], where: str, width: int | None = None) -> Any:
    """(N, width) float64. Raises: UserError naming row and column of the first cell that is no number."""
    rows: list[list[float]] = []
    for row, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        cells = line.split(",")
        width = width or len(cells)
        if len(cells) != width:
            raise UserError(f"{where}: row {row}: has {len(cells)} columns; {width} are expected")
        rows.append(
            [number(cell, f"{where}: row {row}, column {n}") for n, cell in enumerate(cells, start=1)]
        )
    if not rows:
        raise UserError(f"{where}: has no rows; send one or more")
    return np.array(rows)


def number(text: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UserError(f"{where}: {text.strip()[:40]!r} is no finite number; a header is not allowed")
    return value


def channel(name: str, width: int | None = None) -> Any:
    files = sorted(path for path in (OPT_ML / "input/data" / name).rglob("*") if path.is_file())
    if not files:
        raise UserError(f"channel {name}: has no files; name it in InputDataConfig")
    read: list[Any] = []
    for file in files:
        with file.open(encoding="utf-8-sig") as lines:
            read.append(parse(lines, file.name, read[0].shape[1] if read else width))
    if read[0].shape[1] < 2:
        raise UserError(f"channel {name}: has 1 column; the label and a feature are needed")
    return np.vstack(read)


def settings() -> tuple[float, int]:
    """l2 and degree. Raises: UserError."""
    given = json.loads((OPT_ML / "input/config/hyperparameters.json").read_text())
    if unknown := sorted(given.keys() - DEFAULTS.keys()):
        raise UserError(f"hyperparameter {unknown[0]} is not known; there are {', '.join(DEFAULTS)}")
    text = DEFAULTS | given
    l2 = number(text["l2"], "hyperparameter l2")
    if l2 <= 0:
        raise UserError(f"hyperparameter l2 is {text['l2']}; give a number above 0")
    if text["degree"] not in ("1", "2"):
        raise UserError(f"hyperparameter degree is {text['degree']!r}; give 1 or 2")
    return l2, int(text["degree"])


def train() -> None:
    l2, degree = settings()
    rows = {"train": channel("train")}
    if (OPT_ML / "input/data/validation").is_dir():
        rows["validation"] = channel("validation", rows["train"].shape[1])
    model = fit(rows["train"], l2, degree)
    for name, table in rows.items():
        rmse = float(np.sqrt(np.mean((model.predict(table[:, 1:]) - table[:, 0]) ** 2)))
        print(f"{name}:rmse={rmse!r}", flush=True)  # for the Regex of MetricDefinitions
    (OPT_ML / "model/model.json").write_text(json.dumps(model._asdict()))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    model: Ridge

    def do_GET(self) -> None:
        self.answer(200 if self.path == "/ping" else 404, "")

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if self.path != "/invocations" or length > MOST_BYTES:
            self.close_connection = True
            self.answer(413 if length > MOST_BYTES else 404, "")
            return
        body = self.rfile.read(length)
        kind = (self.headers.get("Content-Type") or "text/csv").split(";")[0].strip().lower()
        if kind != "text/csv":
            self.answer(415, f"content type is {kind}; send text/csv\n")
            return
        try:
            rows = parse(body.decode("utf-8-sig").splitlines(), "request", len(self.model.centre))
            answers = "".join(f"{value!r}\n" for value in self.model.predict(rows).tolist())
        except (UserError, UnicodeDecodeError) as error:
            self.answer(400, f"{error}\n")
        except Exception as error:  # noqa: BLE001  the caller gets an answer whatever it is
            # A fault of this program: told to alarms by the status, to people by the log.
            traceback.print_exc()
            self.answer(500, f"{type(error).__name__}\n")
        else:
            self.answer(200, answers)

    def answer(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/csv" if status == 200 else "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Requests are not logged: pings would fill the log, and rows have no place in it."""


def serve() -> None:
    Handler.model = Ridge(**json.loads((OPT_ML / "model/model.json").read_text()))
    "".encode("utf-8-sig")  # Python loads it at its first use, for which the server may lack the rights later
    # SageMaker calls from outside the container.
    with ThreadingHTTPServer(("0.0.0.0", PORT), Handler) as server:  # noqa: S104
        become_nobody()
        server.serve_forever()


def become_nobody() -> None:
    """SageMaker wants containers that start as root; what answers requests need not stay it."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def main(words: list[str]) -> int:
    commands = {"train": train, "serve": serve}
    if len(words) != 1 or words[0] not in commands:
        print("usage: container.py train|serve", file=sys.stderr)
        return 2
    # The first process of a container ignores SIGTERM, by which SageMaker stops it, unless it handles it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        commands[words[0]]()
    except Exception as error:
        reason = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
        print(f"ERROR {reason}", flush=True)
        if words == ["train"]:
            (OPT_ML / "output/failure").write_text(reason)
        if not isinstance(error, UserError):
            raise
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
