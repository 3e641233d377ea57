"""The weaker box, for systems without user name spaces, and the packages that a box holds."""

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from stepmill.cloud.sandbox.box import OPT_ML, Box, Limits, base_python
from stepmill.cloud.sandbox.distributions import container, link_packages
from stepmill.cloud.sandbox.run import Ended, Run, read_lines


def test_without_name_spaces_paths_are_rewritten_to_the_private_prefix(tmp_path: Path) -> None:
    ml = tmp_path / "ml"
    (ml / "model").mkdir(parents=True)
    lines: list[str] = []
    source = "import os, sys; open(sys.argv[1], 'w').write('m'); "
    source += "print(os.environ['SM_MODEL_DIR'], sorted(os.environ))"
    argv = [base_python(), "-I", "-c", source, "/opt/ml/model/m"]
    box = Box(argv, {"SM_MODEL_DIR": "/opt/ml/model"}, {ml: OPT_ML}, cwd=OPT_ML)
    ended = Run(box, tmp_path / "root", lines.extend, most_seconds=20, name_spaces=False).wait()
    assert ended == Ended(0)
    assert (ml / "model" / "m").read_text() == "m"
    assert lines[0].split(" ")[0] == str(ml / "model")
    assert "HOME" not in lines[0]


def test_without_name_spaces_limits_still_hold(tmp_path: Path) -> None:
    (tmp_path / "ml").mkdir()
    box = Box(
        [base_python(), "-I", "-c", "bytearray(4 << 30)"],
        {},
        {tmp_path / "ml": OPT_ML},
        limits=Limits(1 << 30),
    )
    assert (
        Run(box, tmp_path / "root", lambda _: None, most_seconds=20, name_spaces=False).wait().exit_code == 1
    )


def test_a_command_that_is_missing_says_so(tmp_path: Path) -> None:
    (tmp_path / "ml").mkdir()
    lines: list[str] = []
    box = Box(["nothing-of-this-name"], {"PATH": "/usr/bin"}, {tmp_path / "ml": OPT_ML})
    assert Run(box, tmp_path / "root", lines.extend, most_seconds=20).wait().exit_code == 127
    assert lines[0].startswith("nothing-of-this-name: [Errno 2] No such file or directory")


def test_a_folder_of_the_hosts_tmp_is_seen_where_it_is_bound(tmp_path: Path) -> None:
    (tmp_path / "ml").mkdir()
    lines: list[str] = []
    with TemporaryDirectory(dir="/tmp") as packages:
        Path(packages).chmod(0o755)
        Path(packages, "found").write_text("here")
        argv = [base_python(), "-I", "-c", f"print(open('{packages}/found').read())"]
        box = Box(argv, {}, {tmp_path / "ml": OPT_ML}, {Path(packages): packages})
        ended = Run(box, tmp_path / "root", lines.extend, most_seconds=20).wait()
    assert (ended, lines) == (Ended(0), ["here"])


def test_packages_come_with_what_they_require_and_nothing_else(tmp_path: Path) -> None:
    names = sorted(path.name for path in link_packages(["boto3"], tmp_path / "runtime").iterdir())
    packages = [name for name in names if not name.endswith((".dist-info", ".libs"))]
    assert packages == ["boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six.py", "urllib3"]


def test_a_container_is_made_once_and_its_links_stay(tmp_path: Path) -> None:
    folder = container(tmp_path, "c", ["six"])
    before = (folder / "lib").stat().st_mtime_ns, sorted(folder.rglob("six.py"))
    assert (container(tmp_path, "c", ["six"]) / "lib").stat().st_mtime_ns == before[0]
    assert len(before[1]) == 1


def test_a_package_that_is_not_installed_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModuleNotFoundError):
        link_packages(["no-such-distribution"], tmp_path / "x")


def test_a_log_beyond_its_limit_is_dropped_and_says_so(tmp_path: Path) -> None:
    lines: list[str] = []
    process = subprocess.Popen(
        [base_python(), "-c", "print('x' * 9)\nfor n in range(9999): print('y' * 99)"], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    read_lines(process.stdout, lines.extend, most_bytes=100_000)
    assert process.wait() == 0
    assert (lines[0], lines[-1]) == ("x" * 9, "[the log is longer than 100000 bytes; the rest is dropped]")
    assert sum(len(line) for line in lines) < 200_000
