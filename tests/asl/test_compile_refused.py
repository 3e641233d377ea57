"""What `stepmill compile` refuses, with which words."""

from pathlib import Path

import pytest

from stepmill.cli import main

MACHINE = """
from __future__ import annotations
from dataclasses import dataclass
from stepmill.asl import Machine, Pass, defaults, field

@dataclass(frozen=True, kw_only=True)
class Input:
    seed: int = field(default=7, description="of the split")

def build() -> Machine:
    return Machine(name="NAME", comment="A machine.", timeout_seconds=60, input=Input,
                   states=Pass("Only", result=defaults(Input)))
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with the machines `cars` and `homes`."""
    folder = tmp_path / "statemachines"
    folder.mkdir()
    for name in ("homes", "cars"):
        (folder / f"{name}.py").write_text(MACHINE.replace("NAME", name))
    return tmp_path


def _compile(root: Path, *words: str) -> int:
    return main(["compile", "--root", str(root), *words])


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "from stepmill.asl import *\ndef build():\n    return Machine(name='bad', comment='', "
            "timeout_seconds=0,"
            " states=Choice('Which'))",
            "bad: TimeoutSeconds is 0; use a whole number from 1 to 99999999",
        ),
        (
            "from stepmill.asl import *\ndef build():\n    return Machine(name='bad', comment='', "
            "timeout_seconds=1,"
            " states=Choice('Which'))",
            "bad.States.Which: Choices is empty; add at least one rule",
        ),
        (
            "from stepmill.asl import *\ndef build():\n    return Pass('P', reslt=1)",
            "bad.States.P: reslt is not a field of Pass; allowed: assign, comment, input_path, output, "
            "output_path, "
            "parameters, query_language, result, result_path (did you mean 'result'?)",
        ),
        (
            "def build():\n    x = 1\n    return 1 / 0",
            "bad.py:3: ZeroDivisionError: division by zero; correct the file",
        ),
        ("def build(:\n", "bad.py:1: SyntaxError: invalid syntax (bad.py, line 1); correct the file"),
        (
            "import no_such_module\n",
            "bad.py:1: ModuleNotFoundError: No module named 'no_such_module'; correct the file",
        ),
        ("def build():\n    return {}", "bad.py: build() returned {}; return a Machine"),
        (
            "from stepmill.asl import *\ndef build():\n    return Machine(name='good', comment='', "
            "timeout_seconds=1,"
            " states=Pass('P'))",
            "bad.py: name is 'good'; name the machine 'bad', as its file",
        ),
    ],
)
def test_a_machine_that_cannot_be_built_is_the_users_mistake(
    root: Path, source: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "statemachines/bad.py").write_text(source)
    assert _compile(root) == 2
    captured = capsys.readouterr()
    assert captured.err == f"stepmill compile: {message}\n"
    assert captured.out == ""
    assert not (root / "statemachines/compiled").exists()


def test_tells_the_problems_of_every_machine_at_once(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("bad", "worse"):
        (root / f"statemachines/{name}.py").write_text("def build():\n    return None")
    assert _compile(root) == 2
    assert capsys.readouterr().err == (
        "stepmill compile: bad.py: build() returned None; return a Machine\n"
        "worse.py: build() returned None; return a Machine\n"
    )


def test_a_definition_that_is_too_large_is_the_users_mistake(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = root / "statemachines/cars.py"
    path.write_text(path.read_text().replace("default=7", "default='x' * 1_048_576"))
    assert _compile(root) == 2
    assert capsys.readouterr().err.startswith("stepmill compile: cars: definition has 10487")


def test_an_unknown_machine_is_named_with_the_near_one(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _compile(root, "car") == 2
    assert capsys.readouterr().err == (
        "stepmill compile: car: no such file under statemachines; there are: cars, homes (did you mean "
        "'cars'?)\n"
    )


def test_a_folder_without_machines_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _compile(tmp_path) == 2
    assert capsys.readouterr().err == (
        f"stepmill compile: {tmp_path}: has no folder statemachines; run this in the repository or give "
        "--root\n"
    )


def test_a_place_that_cannot_be_written_is_named(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "statemachines/compiled").write_text("in the way")
    assert _compile(root) == 2
    assert capsys.readouterr().err == (
        f"stepmill compile: {root}/statemachines/compiled: cannot be written: File exists\n"
    )
