"""Every Python block of a page runs, in order, and prints what the page says it prints."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stepmill.cloud.cloud import Cloud
from tests.docs.pages import PAGES, ROOT, Block, blocks

WITH_PYTHON = [page for page in PAGES if any(block.language == "python" for block in blocks(page))]
# Printed behind each block's own output, to tell them apart.
MARK = "--- end of block ---"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Variables of the line that `stepmill up` prints, of a cloud with nothing deployed."""
    cloud = Cloud.start(tmp_path_factory.mktemp("root") / ".stepmill", port=0)
    owner = cloud.keyring.owner
    yield {
        "AWS_ENDPOINT_URL": cloud.endpoint_url,
        "AWS_ACCESS_KEY_ID": owner.access_key_id,
        "AWS_SECRET_ACCESS_KEY": owner.secret_access_key,
        "AWS_DEFAULT_REGION": cloud.region,
    }
    cloud.close()


def program(parts: list[Block], folder: Path) -> str:
    """One program of all blocks; those that are files are written to the folder instead."""
    lines = []
    for block in parts:
        if block.file:
            path = folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text)
        else:
            # Blank lines before it, so that a traceback shows the line of the page.
            code = "\n" * (block.line - 1) + block.text
            lines += [f"exec(compile({code!r}, {str(block.page)!r}, 'exec'))", f"print({MARK!r})"]
    return "\n".join(lines)


@pytest.mark.parametrize("page", WITH_PYTHON, ids=lambda page: page.stem)
def test_the_python_of_a_page_runs_and_prints_what_is_said(
    page: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    parts = [block for block in blocks(page) if block.language == "python"]
    done = subprocess.run(
        [sys.executable, "-c", program(parts, tmp_path)],
        cwd=tmp_path,
        env=environment | {"PYTHONPATH": str(ROOT / "layers/common/python"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    printed = done.stdout.split(MARK + "\n")[:-1]
    assert printed == [block.output for block in parts if not block.file]


def test_the_machine_of_the_page_compiles_and_agrees(tmp_path: Path) -> None:
    parts = blocks(ROOT / "docs/machines.md")
    program(parts, tmp_path)
    for words in (["compile"], ["compile", "--check"], ["compile", "score"]):
        command = [sys.executable, "-m", "stepmill.cli", *words, "--root", str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
    assert sorted(path.name for path in (tmp_path / "statemachines/compiled").iterdir()) == [
        "score.asl.json",
        "score.mmd",
        "score.policy.json",
    ]
