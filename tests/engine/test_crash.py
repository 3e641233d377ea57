"""kill -9 at every point of an execution: the next start finishes it as if nothing had happened."""

import importlib.util
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

PROGRAM = Path(__file__).with_name("crash_program.py")
ROOT = PROGRAM.parents[2]
POINTS = [
    *(f"after:{n}" for n in range(1, 11)),
    *(f"before:{n}" for n in range(1, 11)),
    *(f"start:{n}" for n in range(1, 9)),
    *(f"effect:{n}" for n in range(1, 9)),
]


@pytest.fixture(scope="module")
def program() -> ModuleType:
    spec = importlib.util.spec_from_file_location("crash_program", PROGRAM)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def uninterrupted(
    program: ModuleType, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Any, list[dict[str, Any]]]:
    end: tuple[Any, list[dict[str, Any]]] = program.run(tmp_path_factory.mktemp("whole"))
    return end


def _kinds(history: list[dict[str, Any]]) -> Counter[tuple[str, str | None]]:
    names = (event.get("stateEnteredEventDetails", {}).get("name") for event in history)
    return Counter((event["type"], name) for event, name in zip(history, names, strict=True))


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_execution_is_finished_by_the_next_start(
    point: str, program: ModuleType, uninterrupted: tuple[Any, list[dict[str, Any]]], tmp_path: Path
) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(PROGRAM), str(tmp_path), point]
    killed = subprocess.run(command, env=environment, timeout=60, check=False, capture_output=True)
    assert (killed.returncode, killed.stderr) == (-signal.SIGKILL, b"")

    execution, history = program.run(tmp_path)

    expected, expected_history = uninterrupted
    assert (execution.status, execution.output) == ("SUCCEEDED", expected.output)
    assert [event["id"] for event in history] == list(range(1, len(history) + 1))
    assert all(event["previousEventId"] < event["id"] for event in history)
    assert _kinds(history) == _kinds(expected_history)
    effects = (tmp_path / "effects").read_text().split()
    scheduled = [event for event in history if event["type"] == "TaskScheduled"]
    assert len(effects) == len(set(effects)) == len(scheduled)
    told = (tmp_path / "told").read_text().split()
    assert list(dict.fromkeys(told)) == ["RUNNING", "SUCCEEDED"]


def test_the_uninterrupted_run_passes_every_kind_of_wait(
    uninterrupted: tuple[Any, list[dict[str, Any]]],
) -> None:
    types = {event["type"] for event in uninterrupted[1]}
    assert types >= {"TaskFailed", "WaitStateExited", "ParallelStateSucceeded", "MapIterationSucceeded"}
