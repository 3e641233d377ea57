"""The preprocessing job as a program: its exit code and the line it leaves for people."""

from collections.abc import Callable
from pathlib import Path

import pytest

from jobs.tabular import preprocess

Write = Callable[..., Path]
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def data(tmp_path: Path) -> Write:
    """Write a file of the job's input folder: text or bytes; the answer is the folder."""

    def write(content: str | bytes = "", name: str = "cars.csv") -> Path:
        folder = tmp_path / "data"
        folder.mkdir(exist_ok=True)
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return folder

    return write


@pytest.fixture
def run() -> Run:
    """Preprocess a folder into its sibling `out`; the answer is the exit code and the line for people."""

    def call(folder: Path, *options: str) -> tuple[int, str]:
        message = folder.parent / "message"
        message.unlink(missing_ok=True)
        places = ["--input", str(folder), "--output", str(folder.parent / "out"), "--message", str(message)]
        code = preprocess.main(["--target", "Price", *places, *options])
        return code, message.read_text() if message.exists() else ""

    return call
