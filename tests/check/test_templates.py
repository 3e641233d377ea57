"""A repository is checked without a trace in the process that checks it."""

import gc
from pathlib import Path

import pytest

from stepmill.asl.errors import AslError
from stepmill.check.reading.context import Given
from stepmill.check.templates import check_repository


def test_python_collects_garbage_again_after_a_check(tmp_path: Path) -> None:
    assert check_repository(tmp_path, Given()).findings == []
    assert gc.isenabled()


def test_python_collects_garbage_again_after_a_check_that_fails(tmp_path: Path) -> None:
    (tmp_path / "statemachines").mkdir()
    (tmp_path / "statemachines" / "broken.py").write_text("def build():\n    raise ValueError('no')\n")
    with pytest.raises(AslError, match="no"):
        check_repository(tmp_path, Given())
    assert gc.isenabled()
