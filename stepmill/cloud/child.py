"""Child processes that cannot outlive this one, not even a kill -9 of it.

On systems without PR_SET_PDEATHSIG (anything but Linux) a killed parent leaves its children behind.
"""

import contextlib
import ctypes
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

_orders: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = queue.SimpleQueue()
_start = threading.Lock()
_spawner: threading.Thread | None = None


def spawn(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path | str | None = None,
    stdin: Any = subprocess.DEVNULL,
    stdout: Any = None,
    stderr: Any = None,
    before_exec: Callable[[], None] | None = None,
    **extra: Any,
) -> "subprocess.Popen[bytes]":
    """Start a program in its own process group, with exactly the given environment.

    `before_exec` runs in the child after the fork (resource limits); `extra` goes to `subprocess.Popen`.

    Raises: OSError when the program cannot be started.
    """
    parent = os.getpid()

    def prepare() -> None:
        if _prctl is not None:
            _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:  # it died before the line above
                os._exit(1)
        if before_exec is not None:
            before_exec()

    def start() -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            list(argv),
            env=dict(env),
            cwd=cwd,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            preexec_fn=prepare,  # noqa: PLW1509  # calls one C function that is bound already
            process_group=0,
            **extra,
        )

    future: Future[subprocess.Popen[bytes]] = Future()
    _ensure_spawner()
    _orders.put((future, start))
    return future.result()


def kill_group(process: "subprocess.Popen[bytes]", *, grace_s: float = 0.0) -> int:
    """End a process that `spawn` made and its group: SIGTERM and `grace_s` first if given, then SIGKILL.

    Returns the exit code. Safe to call again, and on a process that has ended.
    """
    if grace_s > 0 and process.poll() is None:
        _signal_group(process, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):  # the SIGKILL below is for this case
            process.wait(grace_s)
    _signal_group(process, signal.SIGKILL)
    return process.wait()


def _signal_group(process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    # Nobody may be left in the group (macOS says so with EPERM).
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _ensure_spawner() -> None:
    """PDEATHSIG fires when the *thread* that forked ends, so one that never ends does all the forking."""
    global _spawner  # noqa: PLW0603  # one per process, as the threads of a process are
    with _start:
        if _spawner is None or not _spawner.is_alive():
            _spawner = threading.Thread(target=_spawn_forever, name="spawner", daemon=True)
            _spawner.start()


def _spawn_forever() -> None:
    while True:
        future, start = _orders.get()
        try:
            future.set_result(start())
        except BaseException as error:  # noqa: BLE001  # handed to the caller
            future.set_exception(error)
