"""What came of it, seen from outside: the endpoint's answers and the e-mails."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stepmill.cli import mail as letters

ROWS = 3


@dataclass(frozen=True)
class Price:
    """One row of the held-out test file (0 is the first): the endpoint's prediction and the true target."""

    row: int
    predicted: float
    true: float


@dataclass(frozen=True)
class Mail:
    """`file` is its name under mail/."""

    file: str
    to: str
    subject: str
    body: str


def ask(s3: Any, runtime: Any, endpoint: str, folder_uri: str) -> list[Price]:
    """Predictions of the live endpoint for three rows of the test file that its model was judged on."""
    features = _lines(s3, f"{folder_uri}/prepared/test/test.csv")
    truth = _lines(s3, f"{folder_uri}/prepared/truth/truth.csv")
    rows = [index * (len(truth) - 1) // (ROWS - 1) for index in range(ROWS)]
    body = "\n".join(features[row] for row in rows).encode()
    answer = runtime.invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Body=body)
    predicted = _numbers(answer["Body"].read().decode())
    return [Price(row, value, float(truth[row])) for row, value in zip(rows, predicted, strict=True)]


def mails(folder: Path) -> list[Mail]:
    """Oldest first."""
    return [_mail(path) for path in letters.paths(folder)]


def _mail(path: Path) -> Mail:
    message = letters.read(path)
    body = message.get_body(("plain",))
    text = letters.CONTROL.sub("", body.get_content()) if body is not None else ""
    return Mail(path.name, letters.header(message, "To"), letters.header(message, "Subject").strip(), text)


def _lines(s3: Any, uri: str) -> list[str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    content: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    return content.decode().splitlines()


def _numbers(answer: str) -> list[float]:
    """Both algorithms' answers: numbers between commas or lines, or {"predictions": [{"score": …}]}."""
    if answer.lstrip().startswith("{"):
        return [float(one["score"]) for one in json.loads(answer)["predictions"]]
    return [float(word) for word in re.split(r"[,\s]+", answer.strip())]
