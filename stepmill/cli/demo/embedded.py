"""An embedded cloud for the demo: `stepmill up` as a child process, in a folder that is the demo's."""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stepmill.cli.errors import UserError
from stepmill.cli.session import running

MARK = "made-by-demo"
START_LIMIT_S = 60.0
STOP_LIMIT_S = 15.0


def claim(root: Path) -> bool:
    """Make `root` empty and the demo's; True when an earlier demo's cloud was cleared.

    Raises:
        UserError: it holds a cloud that no demo made, or one that is running.
    """
    earlier = root.exists() and any(root.iterdir())
    if earlier and not (root / MARK).exists():
        raise UserError(
            f"{root} holds a cloud of yours; run the demo elsewhere with --root DIR, or remove it first"
        )
    if earlier:
        try:
            address = running(root)
        except UserError:
            shutil.rmtree(root)
        else:
            raise UserError(
                f"a cloud runs in {root} (process {address['pid']}); stop it first, or use --root DIR"
            )
    root.mkdir(parents=True, exist_ok=True)
    (root / MARK).touch()
    return earlier


@contextmanager
def embedded_cloud(root: Path) -> Iterator[None]:
    """Runs `stepmill up` on a free port; its output goes to `root`/up.log.

    Raises:
        UserError: it did not come up; the message ends with its last lines.
    """
    log = root / "up.log"
    argv = [sys.executable, "-m", "stepmill.cli", "up", "--no-deploy", "--root", str(root), "--port", "0"]
    with log.open("w") as file:
        process = subprocess.Popen(argv, stdout=file, stderr=subprocess.STDOUT)
    try:
        _await(process, root, log)
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(process: "subprocess.Popen[bytes]", root: Path, log: Path) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline:
        try:
            running(root)
        except UserError:
            pass
        else:
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    tail = "\n".join(log.read_text().splitlines()[-10:])
    raise UserError(f"the embedded cloud did not come up; {log} ends with:\n{tail}")
