"""A cold start pays for nothing but the function: it needs the standard library and millkit, no package."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = sorted(path.parent for path in (ROOT / "functions").glob("*/handler.py"))
MILLKIT = ROOT / "layers" / "common" / "python"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_imports_without_boto3_or_any_package(folder: Path) -> None:
    path = [str(folder), str(MILLKIT)]
    program = f"import sys; sys.path[:0] = {path}; import handler; print(callable(handler.handler))"
    # -S: no site-packages, so an import of boto3, pydantic or numpy would fail.
    command = [sys.executable, "-I", "-S", "-B", "-c", program]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "True\n"
