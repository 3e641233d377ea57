"""What a command costs besides its work."""

import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest

from stepmill.cli import main

MACHINE = '{"StartAt": "Only", "States": {"Only": {"Type": "Succeed"}}}'
TELL = "import atexit, sys; atexit.register(lambda: print('LOADED', *sys.modules)); "


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    file = tmp_path / "m.asl.json"
    file.write_text(MACHINE)
    return file


def modules_of(*words: str) -> set[str]:
    program = f"{TELL}from stepmill.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.split("LOADED ")[1].split())


def test_a_check_of_one_machine_loads_nothing_slow(machine: Path) -> None:
    slow = {"dataclasses", "inspect", "shutil", "gzip", "yaml", "jsonata", "difflib", "botocore", "pydantic"}
    loaded = modules_of("check", str(machine))
    assert loaded & slow == set()
    assert [
        name for name in loaded if name.startswith(("stepmill.asl", "stepmill.cloud", "stepmill.engine"))
    ] == []


def test_a_check_of_one_machine_loads_no_rule_about_templates_or_permissions(machine: Path) -> None:
    rooms = ("stepmill.check.permissions", "stepmill.check.wiring", "stepmill.check.reading.template")
    assert [name for name in modules_of("check", str(machine)) if name.startswith(rooms)] == []


def test_a_command_called_from_python_leaves_the_collector_alone(machine: Path) -> None:
    assert main(["check", str(machine)]) == 0
    assert gc.isenabled()


@pytest.mark.parametrize(("columns", "width"), [("50", 50), ("0", 80), ("wide", 80)])
def test_help_is_as_wide_as_the_terminal(columns: str, width: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "stepmill.cli", "check", "--help"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={**os.environ, "COLUMNS": columns},
    )
    options = done.stdout.split("options:")[1].splitlines()
    assert width - 25 < max(map(len, options)) <= width - 2
