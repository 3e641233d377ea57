"""`stepmill compile`, as the command line runs it."""

import json
import os
import subprocess
import sys
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
COMPILED = """\
{
  "Comment": "A machine.",
  "TimeoutSeconds": 60,
  "StartAt": "Only",
  "States": {
    "Only": {
      "Type": "Pass",
      "Result": {
        "seed": 7
      },
      "End": true
    }
  }
}
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


def _compiled(root: Path) -> list[str]:
    return sorted(path.name for path in (root / "statemachines" / "compiled").iterdir())


def test_writes_asl_policy_and_picture_of_every_machine(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _compile(root) == 0
    assert _compiled(root) == [
        "cars.asl.json",
        "cars.mmd",
        "cars.policy.json",
        "homes.asl.json",
        "homes.mmd",
        "homes.policy.json",
    ]
    assert (root / "statemachines/compiled/cars.asl.json").read_text() == COMPILED
    assert (root / "statemachines/compiled/cars.mmd").read_text().startswith("%% cars: ")
    assert capsys.readouterr().out == (
        "cars: statemachines/compiled/cars.asl.json, .policy.json and .mmd\n"
        "homes: statemachines/compiled/homes.asl.json, .policy.json and .mmd\n"
    )


def test_writes_the_same_bytes_in_another_process_with_another_hash_seed(root: Path) -> None:
    found = []
    for seed in ("1", "2"):
        command = [sys.executable, "-m", "stepmill.cli", "compile", "--root", str(root)]
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, "PYTHONHASHSEED": seed})
        folder = root / "statemachines" / "compiled"
        found.append({name: (folder / name).read_bytes() for name in _compiled(root)})
    assert found[0] == found[1]


def test_removes_the_files_of_machines_that_are_gone_and_no_others(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _compile(root)
    (root / "statemachines/homes.py").unlink()
    (root / "statemachines/compiled/homes.txt").write_text("ours")
    capsys.readouterr()
    assert _compile(root) == 0
    assert _compiled(root) == ["cars.asl.json", "cars.mmd", "cars.policy.json", "homes.txt"]
    assert capsys.readouterr().out == (
        "removed statemachines/compiled/homes.asl.json: its machine is gone\n"
        "removed statemachines/compiled/homes.mmd: its machine is gone\n"
        "removed statemachines/compiled/homes.policy.json: its machine is gone\n"
        "cars: statemachines/compiled/cars.asl.json, .policy.json and .mmd\n"
    )


def test_writes_only_the_machines_named(root: Path) -> None:
    assert _compile(root, "homes") == 0
    assert _compiled(root) == ["homes.asl.json", "homes.mmd", "homes.policy.json"]


def test_check_agrees_with_what_was_just_written(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _compile(root)
    capsys.readouterr()
    assert _compile(root, "--check") == 0
    assert capsys.readouterr().out == "6 files agree with statemachines/\n"


def test_check_shows_a_stale_file_as_a_diff_and_writes_nothing(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _compile(root)
    stale = root / "statemachines/compiled/cars.asl.json"
    stale.write_text(COMPILED.replace('"seed": 7', '"seed": 8'))
    capsys.readouterr()
    assert _compile(root, "--check") == 1
    assert (
        capsys.readouterr().out
        == """\
--- statemachines/compiled/cars.asl.json (committed)
+++ statemachines/compiled/cars.asl.json (compiled)
@@ -6,7 +6,7 @@
     "Only": {
       "Type": "Pass",
       "Result": {
-        "seed": 8
+        "seed": 7
       },
       "End": true
     }
1 files differ from statemachines/; run `stepmill compile cars` and commit
"""
    )
    assert '"seed": 8' in stale.read_text()


def test_check_names_missing_and_extra_files(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _compile(root)
    (root / "statemachines/compiled/cars.mmd").rename(root / "statemachines/compiled/boats.mmd")
    capsys.readouterr()
    assert _compile(root, "--check") == 1
    assert (
        capsys.readouterr().out
        == """\
statemachines/compiled/cars.mmd: missing
statemachines/compiled/boats.mmd: extra; no machine has this name
2 files differ from statemachines/; run `stepmill compile` and `stepmill compile cars` and commit
"""
    )
    assert _compiled(root)[:3] == ["boats.mmd", "cars.asl.json", "cars.policy.json"]


def test_check_before_the_first_compile_names_every_file(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _compile(root, "--check", "cars") == 1
    assert capsys.readouterr().out.splitlines()[:3] == [
        "statemachines/compiled/cars.policy.json: missing",
        "statemachines/compiled/cars.asl.json: missing",
        "statemachines/compiled/cars.mmd: missing",
    ]
    assert not (root / "statemachines/compiled").exists()


def test_a_file_without_build_is_shared_by_the_machines(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = root / "statemachines"
    (folder / "shared.py").write_text("SEED = 9\n")
    (folder / "_draft.py").write_text("raise RuntimeError('a draft is not compiled')\n")
    source = (folder / "cars.py").read_text().replace("default=7", "default=shared.SEED")
    (folder / "cars.py").write_text(
        source.replace("from stepmill", "from statemachines import shared\nfrom stepmill")
    )
    assert _compile(root) == 0
    only = json.loads((folder / "compiled/cars.asl.json").read_text())["States"]["Only"]
    assert only["Result"] == {"seed": 9}
    capsys.readouterr()
    assert _compile(root, "shared") == 2
    assert capsys.readouterr().err == (
        "stepmill compile: shared.py: has no build(); write one that returns a Machine\n"
    )


def test_two_repositories_in_one_process_do_not_mix(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    for folder, seed in ((root, 1), (other, 2)):
        (folder / "statemachines").mkdir(exist_ok=True)
        (folder / "statemachines/shared.py").write_text(f"SEED = {seed}\n")
        source = MACHINE.replace("NAME", "cars").replace("default=7", "default=shared.SEED")
        source = source.replace("from stepmill", "from statemachines import shared\nfrom stepmill")
        (folder / "statemachines/cars.py").write_text(source)
    seeds = []
    for folder in (root, other, root):
        assert _compile(folder, "cars") == 0
        compiled = json.loads((folder / "statemachines/compiled/cars.asl.json").read_text())
        seeds.append(compiled["States"]["Only"]["Result"]["seed"])
    assert seeds == [1, 2, 1]


def test_the_input_model_of_a_loaded_machine_still_knows_its_types(root: Path) -> None:
    from stepmill.asl.loading import importing_from, load

    with importing_from(root):
        machine = load(root / "statemachines/cars.py")
    assert machine is not None
    assert [str(problem) for problem in machine.check_input({"seed": "x"})] == [
        "input.seed: is 'x'; input should be a valid integer"
    ]


def test_check_sees_changed_line_ends_and_bytes_that_are_no_text(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _compile(root)
    folder = root / "statemachines/compiled"
    (folder / "cars.asl.json").write_bytes(COMPILED.replace("\n", "\r\n").encode())
    (folder / "cars.mmd").write_bytes(b"\xff")
    capsys.readouterr()
    assert _compile(root, "--check") == 1
    assert capsys.readouterr().out.endswith(
        "2 files differ from statemachines/; run `stepmill compile cars` and commit\n"
    )
