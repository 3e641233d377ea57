"""Each wall of the box by itself: it holds also where another one would have held."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from stepmill.cloud.sandbox.box import OPT_ML, Box, base_python, has_name_spaces
from stepmill.cloud.sandbox.run import Ended, Run

needs_name_spaces = pytest.mark.skipif(
    not has_name_spaces(), reason="the kernel allows no user name spaces here"
)


def run(folder: Path, source: str, binds: dict[Path, str]) -> list[str]:
    """What a program prints in a box."""
    ml = folder / "ml"
    ml.mkdir()
    box = Box([base_python(), "-I", "-c", source], {}, {ml: OPT_ML}, binds=binds)
    lines: list[str] = []
    assert Run(box, folder / "root", lines.extend, most_seconds=20).wait() == Ended(0)
    return lines


@pytest.mark.skipif(sys.platform != "linux", reason="name spaces are Linux's")
def test_where_the_system_can_make_name_spaces_a_box_has_them() -> None:
    """Else every test of what a box keeps away would be skipped, and every job run without one."""
    program = shutil.which("unshare")
    if program is None:
        pytest.skip("there is no other program to ask")
    all_of_them = ["--user", "--map-root-user", "--mount", "--net", "--pid", "--ipc", "--uts", "--fork"]
    made = subprocess.run([program, *all_of_them, "--mount-proc", "true"], check=False, capture_output=True)
    if made.returncode != 0:
        pytest.skip(f"no user name spaces here: {made.stderr.decode()}")
    assert has_name_spaces()


@needs_name_spaces
def test_what_is_bound_for_reading_is_not_written_even_if_its_mode_allows_it(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.mkdir()
    program.chmod(0o777)
    (program / "train.py").write_text("honest")
    (program / "train.py").chmod(0o666)
    tried = """
import errno, os
def attempt(work):
    try:
        work()
        print("done")
    except OSError as error:
        print(errno.errorcode[error.errno])
attempt(lambda: open("/opt/program/train.py", "w"))
attempt(lambda: open("/opt/program/new", "w"))
attempt(lambda: os.unlink("/opt/program/train.py"))
attempt(lambda: open("/new", "w"))
attempt(lambda: os.mkdir("/etc/new"))
"""
    assert run(tmp_path, tried, {program: "/opt/program"}) == ["EROFS"] * 5
    assert [(file.name, file.read_text()) for file in program.iterdir()] == [("train.py", "honest")]


@needs_name_spaces
def test_a_file_of_the_host_that_all_may_read_is_not_to_be_found(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:  # where all may read
        Path(folder).chmod(0o755)
        secret = Path(folder, "secret")
        secret.touch()
        source = f"""
import os
print([top for top in ["", *os.listdir("/")] if os.path.exists(f"/{{top}}{secret}")])
"""
        assert run(tmp_path, source, {}) == ["[]"]
