"""Children live no longer than they should."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from stepmill.cloud.child import kill_group, spawn

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
DEADLINE_S = 15.0


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_gone(*pids: int) -> list[int]:
    """Those that are still there at the deadline."""
    deadline = time.monotonic() + DEADLINE_S
    while left := [pid for pid in pids if is_alive(pid)]:
        if time.monotonic() > deadline:
            break
        time.sleep(0.02)
    return left


def test_a_child_has_only_the_environment_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "host")
    code = "import os; print(sorted(set(os.environ) - {'LC_CTYPE'}))"
    process = spawn([sys.executable, "-c", code], env={"ONLY": "this"}, stdout=subprocess.PIPE)
    assert process.communicate()[0] == b"['ONLY']\n"


def test_a_child_outlives_the_thread_that_asked_for_it() -> None:
    made: list[subprocess.Popen[bytes]] = []
    asker = threading.Thread(target=lambda: made.append(spawn(SLEEP, env={})))
    asker.start()
    asker.join()
    process = made[0]
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.3)
    assert kill_group(process) == -9


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux's")
def test_a_child_dies_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys, time; from stepmill.cloud.child import spawn\n"
        f"process = spawn({SLEEP!r}, env={{}}); print(process.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert is_alive(pid)
        parent.kill()
        parent.wait()
    assert wait_gone(pid) == []


def test_ending_a_child_ends_its_whole_group() -> None:
    code = (
        "import subprocess, sys, time\n"
        "inner = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(inner.pid, flush=True); time.sleep(60)"
    )
    process = spawn([sys.executable, "-c", code], env={}, stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process.stdout:
        inner = int(process.stdout.readline())
    assert kill_group(process) == -9
    assert kill_group(process) == -9
    assert wait_gone(process.pid, inner) == []


def test_a_child_may_be_given_time_to_end_by_itself() -> None:
    code = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(7)); print('up', flush=True); time.sleep(60)"
    )
    process = spawn([sys.executable, "-c", code], env={}, stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process.stdout:
        process.stdout.readline()
    assert kill_group(process, grace_s=10) == 7


def test_a_program_that_is_not_there_is_the_callers_error() -> None:
    with pytest.raises(FileNotFoundError):
        spawn(["/no/such/program"], env={})


def test_what_runs_before_exec_runs_in_the_child() -> None:
    def mask() -> None:
        os.umask(0o077)

    process = spawn(
        [sys.executable, "-c", "import os; print(os.umask(0))"],
        env={},
        stdout=subprocess.PIPE,
        before_exec=mask,
    )
    assert process.communicate()[0] == b"63\n"
