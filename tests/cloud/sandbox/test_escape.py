"""What a hostile script tries in its box, each really tried: read the host, write outside, connect, fork,
fill.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from stepmill.cloud.sandbox.box import GIB, OPT_ML, Box, Limits, base_python, has_name_spaces
from stepmill.cloud.sandbox.run import Ended, Run

MIB = 1 << 20
SMALL = Limits(disk_bytes=32 * MIB, tmp_bytes=16 * MIB, processes=24, memory_bytes=GIB, files=500)
pytestmark = pytest.mark.skipif(not has_name_spaces(), reason="the kernel allows no user name spaces here")


@pytest.fixture
def ml(tmp_path: Path) -> Path:
    (tmp_path / "ml").mkdir()
    return tmp_path / "ml"


def run(ml: Path, source: str, *, seconds: float = 20, limits: Limits = SMALL) -> tuple[Ended, list[str]]:
    lines: list[str] = []
    box = Box([base_python(), "-I", "-c", source], {"PATH": "/usr/bin:/bin"}, {ml: OPT_ML}, limits=limits)
    watched = Run(box, ml.parent / "root", lines.extend, most_seconds=seconds, grace_s=1)
    return watched.wait(), lines


@pytest.fixture
def secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Credentials where a home directory has them, readable by everybody, and one in the environment."""
    home = tmp_path / "home"
    for name in (".aws/credentials", ".ssh/id_ed25519"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("secret")
        (home / name).chmod(0o644)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    return home


def test_sees_no_home_no_credentials_and_no_environment_of_the_host(ml: Path, secret: Path) -> None:
    source = f"""
import glob, os
for path in ({str(secret / ".aws/credentials")!r}, {str(secret / ".ssh/id_ed25519")!r},
             "/root/.aws", "/root/.ssh", "/etc/shadow", "/proc/1/environ"):
    try:
        open(path).read() if not os.path.isdir(path) else os.listdir(path)
        print("READ", path)
    except OSError:
        pass
print(sorted(os.environ))
print([pid for pid in os.listdir("/proc") if pid.isdigit() and int(pid) > 50])
"""
    ended, lines = run(ml, source)
    assert ended == Ended(0)
    assert [line for line in lines if "READ" in line] == []
    assert lines[-2:] == ["['LC_CTYPE', 'PATH']", "[]"] or lines[-2:] == ["['PATH']", "[]"]


def test_writes_nowhere_but_into_its_own_folders(ml: Path, tmp_path: Path) -> None:
    source = f"""
for path in ({str(tmp_path / "outside")!r}, "/usr/x", "/etc/x", "/x", {base_python()!r},
             "/proc/sys/kernel/hostname"):
    try:
        open(path, "w").write("x")
        print("WROTE", path)
    except OSError:
        pass
open("/opt/ml/mine", "w").write("x"); open("/tmp/mine", "w").write("x")
"""
    ended, lines = run(ml, source)
    assert (ended, lines) == (Ended(0), [])
    assert [path.name for path in ml.iterdir()] == ["mine"]
    assert not (tmp_path / "outside").exists()
    assert not Path("/tmp/mine").exists()  # noqa: S108  the host's, not the box's


def test_has_no_rights_to_change_its_box(ml: Path) -> None:
    source = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
print(libc.mount(b"none", b"/usr", b"tmpfs", 0, None), libc.umount2(b"/usr", 2), libc.setuid(0))
print(libc.unshare(0x10000000), os.getuid())
print([line.split()[1] for line in open("/proc/self/status") if line.startswith("CapEff")])
"""
    assert run(ml, source) == (Ended(0), ["-1 -1 -1", "-1 1000", "['0000000000000000']"])


def test_connects_to_nobody(ml: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        source = f"""
import socket
for address in (("127.0.0.1", {port}), ("169.254.169.254", 80), ("8.8.8.8", 53)):
    try:
        socket.create_connection(address, 2)
        print("CONNECTED", address)
    except OSError:
        pass
print(sorted(name for _, name in socket.if_nameindex()))
"""
        ended, lines = run(ml, source)
    assert (ended, lines) == (Ended(0), ["['lo']"])


def test_a_fork_bomb_stays_small_and_ends_with_its_box(ml: Path) -> None:
    source = """
import os, time
made = 0
while True:
    try:
        if os.fork() == 0:
            time.sleep(60); os._exit(0)
        made += 1
    except OSError:
        print(made, flush=True)
        break
"""
    ended, lines = run(ml, source)
    assert ended == Ended(0)
    assert 0 < int(lines[0]) <= SMALL.processes
    marker = str(ml.parent)
    assert [pid for pid in pids() if marker in command_line(pid)] == []


def pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").glob("[0-9]*")]


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def test_one_file_grows_no_larger_than_the_volume(ml: Path) -> None:
    source = """
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with open("/opt/ml/big", "wb", buffering=0) as file:
    try:
        while True:
            if file.write(b"x" * (1 << 20)) == 0: break
    except OSError as error:
        print(error.errno)
"""
    _, lines = run(ml, source)
    assert lines == ["27"]
    assert (ml / "big").stat().st_size <= SMALL.disk_bytes


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (
            "for n in range(99): open(f'/opt/ml/{n}', 'wb').write(b'x' * (8 << 20))\nimport time; "
            "time.sleep(20)",
            "disk_full",
        ),
        ("for n in range(2000): open(f'/opt/ml/{n}', 'w')\nimport time; time.sleep(20)", "files_full"),
        ("for n in range(99): open(f'/opt/ml/{n}', 'wb').write(b'x' * (8 << 20))", "disk_full"),
    ],
    ids=["many_files", "no_space_for_names", "ends_before_the_watcher_looks"],
)
def test_a_box_that_fills_its_volume_is_ended(ml: Path, source: str, reason: str) -> None:
    limits = Limits(disk_bytes=32 * MIB, files=500, tmp_bytes=16 * MIB, memory_bytes=GIB)
    assert run(ml, source, limits=limits)[0].reason == reason


def test_its_temporary_files_have_a_limit_too(ml: Path) -> None:
    source = """
try:
    for n in range(99): open(f"/tmp/{n}", "wb").write(b"x" * (1 << 20))
except OSError as error:
    print(error.errno)
"""
    assert run(ml, source)[1] == ["28"]


def test_memory_beyond_the_limit_is_refused(ml: Path) -> None:
    ended, lines = run(ml, "bytearray(4 << 30)")
    assert (ended.exit_code, lines[-1]) == (1, "MemoryError")


def test_over_its_time_it_is_ended_even_when_it_ignores_the_request(ml: Path) -> None:
    source = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    assert run(ml, source, seconds=0.5)[0].reason == "timed_out"


def test_dies_with_the_process_that_started_it(tmp_path: Path) -> None:
    """kill -9 of the parent: nothing of the box is left."""
    parent = f"""
import pathlib, time
from stepmill.cloud.sandbox.box import Box, base_python
from stepmill.cloud.sandbox.run import Run
ml = pathlib.Path({str(tmp_path)!r}) / "ml"
ml.mkdir()
argv = [base_python(), "-I", "-c", "import time; print('up', flush=True); time.sleep(60)", "boxed-marker"]
box = Box(argv, {{}}, {{ml: "/opt/ml"}})
run = Run(box, ml.parent / "root", lambda lines: print(lines, flush=True), most_seconds=99)
time.sleep(60)
"""
    process = subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process.stdout:
        assert b"up" in process.stdout.readline()
        assert [pid for pid in pids() if "boxed-marker" in command_line(pid)] != []
        process.kill()
        process.wait()
    deadline = time.monotonic() + 5
    while [pid for pid in pids() if "boxed-marker" in command_line(pid) and pid != process.pid]:
        assert time.monotonic() < deadline, "the boxed command outlived its parent"
        time.sleep(0.02)


@pytest.mark.skipif(os.getuid() != 0, reason="the other tests run unprivileged already")
def test_an_unprivileged_user_gets_the_same_box() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        build_as_nobody(Path(folder))


def build_as_nobody(tmp_path: Path) -> None:
    for part in ("ml", "root"):
        (tmp_path / part).mkdir()
        os.chown(tmp_path / part, 65534, 65534)
    launcher = Path("stepmill/cloud/sandbox/launcher.py").resolve()
    source = f"""
import contextlib, ctypes, fcntl, json, os, resource, signal, socket, struct, sys, typing
os.setgid(65534); os.setuid(65534); ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # dumpable, as after an exec
plan = dict(name_spaces=True, outer_uid=0, scratch={str(tmp_path / "root")!r}, binds=[],
    read_only=["/usr", "/bin", "/lib", "/lib64"], writable=[[{str(tmp_path / "ml")!r}, "/opt/ml"]],
    tmp_bytes=1 << 20, limits={{"NPROC": 20}}, env={{}}, cwd="/opt/ml",
    argv=["/bin/sh", "-c", "id -u; echo x > /opt/ml/x; echo x > /usr/x; ls /root"])
read, write = os.pipe()
os.write(write, json.dumps(plan).encode()); os.close(write)
sys.argv = ["launcher.py", str(read)]
exec(compile(sys.stdin.read(), "launcher.py", "exec"), {{"__name__": "__main__"}})
"""
    done = subprocess.run(
        [sys.executable, "-c", source],
        input=launcher.read_bytes(),
        capture_output=True,
        timeout=20,
        check=False,
    )
    assert done.stdout == b"1000\n", done.stderr
    assert (tmp_path / "ml" / "x").stat().st_uid == 65534
