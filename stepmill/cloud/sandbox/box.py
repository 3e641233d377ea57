"""A box for one command: what it sees, what it may use up, and starting it.

With user name spaces (Linux, where the kernel allows them) the command sees read-only system folders, its own
/opt/ml, /tmp, /dev and /proc, no network, and dies with us. Without them only limits and a bare environment
hold: paths of the box are then rewritten, in arguments and variables, to a private prefix, and a hostile
script is NOT contained.
"""

import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from stepmill.cloud.child import kill_group, spawn
from stepmill.cloud.sandbox.doorway import Doorway

log = logging.getLogger(__name__)

LAUNCHER = Path(__file__).with_name("launcher.py")
CANNOT_BUILD = 125
OPT_ML = "/opt/ml"
SYSTEM = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/ssl",
]
# A uid that owns nothing: when root starts a box, the command is this one outside.
OUTER_UID = 1_717_171
GIB = 1 << 30


@dataclass(frozen=True)
class Limits:
    """What one box may use up. `disk_bytes` bounds one file by RLIMIT_FSIZE, and the whole of /opt/ml by a
    watcher.
    """

    memory_bytes: int = 16 * GIB
    disk_bytes: int = 30 * GIB
    tmp_bytes: int = 1 * GIB
    processes: int = 256
    open_files: int = 4096
    files: int = 100_000


@dataclass(frozen=True)
class Box:
    """`binds` are read-only (outside, inside) folders; `writable` likewise, /opt/ml among them."""

    argv: Sequence[str]
    env: Mapping[str, str]
    writable: Mapping[Path, str]
    binds: Mapping[Path, str] = field(default_factory=dict)
    cwd: str = "/"
    limits: Limits = Limits()

    def plan(self, scratch: Path, *, name_spaces: bool) -> dict[str, Any]:
        inside = {str(path): target for path, target in [*self.binds.items(), *self.writable.items()]}
        plan = {
            "name_spaces": name_spaces,
            "outer_uid": OUTER_UID,
            "scratch": str(scratch),
            "read_only": [*SYSTEM, *python_prefixes()],
            "binds": [[str(path), target] for path, target in self.binds.items()],
            "writable": [[str(path), target] for path, target in self.writable.items()],
            "tmp_bytes": self.limits.tmp_bytes,
            "limits": {
                "AS": self.limits.memory_bytes,
                "FSIZE": self.limits.disk_bytes,
                "NPROC": self.limits.processes,
                "NOFILE": self.limits.open_files,
                "CORE": 0,
            },
            "cwd": self.cwd,
            "env": dict(self.env),
            "argv": list(self.argv),
        }
        if not name_spaces:
            del plan["limits"]["NPROC"]  # type: ignore[attr-defined]  # would count the user's other processes too
            plan["argv"] = [outside(text, inside) for text in self.argv]
            plan["env"] = {name: outside(text, inside) for name, text in self.env.items()}
            plan["cwd"] = outside(self.cwd, inside)
        return plan


def outside(text: str, inside: Mapping[str, str]) -> str:
    for path, target in sorted(inside.items(), key=lambda pair: -len(pair[1])):
        text = text.replace(target, path)
    return text


def start(
    box: Box,
    scratch: Path,
    *,
    stdout: Any,
    stderr: Any,
    name_spaces: bool | None = None,
    doorway: Doorway | None = None,
) -> "subprocess.Popen[bytes]":
    """Start the command; `scratch` is an empty folder where the box's root is built, out of sight of the
    host. With a `doorway` the box's own 127.0.0.1 listens on that port, for us to answer.

    Raises: OSError when Python itself cannot be started. A box that cannot be built exits with CANNOT_BUILD.
    """
    if name_spaces is None:
        name_spaces = has_name_spaces()
    scratch.mkdir(parents=True, exist_ok=True)
    if name_spaces and os.getuid() == 0:
        for folder in box.writable:
            give_away(folder)
    inherited = [doorway.theirs.fileno()] if doorway else []
    opening = {"doorway": [*inherited, doorway.port]} if doorway else {}
    plan = json.dumps(box.plan(scratch, name_spaces=name_spaces) | opening).encode()
    with tempfile.TemporaryFile() as file:
        file.write(plan)
        file.seek(0)
        argv = [base_python(), "-I", "-S", str(LAUNCHER), str(file.fileno())]
        return spawn(
            argv, env={}, cwd="/", stdout=stdout, stderr=stderr, pass_fds=[file.fileno(), *inherited]
        )


def give_away(folder: Path) -> None:
    os.chown(folder, OUTER_UID, OUTER_UID)
    for path, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            os.chown(Path(path, name), OUTER_UID, OUTER_UID, follow_symlinks=False)


def base_python() -> str:
    """The interpreter behind a virtual environment: it starts with nothing but the standard library."""
    return os.path.realpath(sys.executable)


def python_prefixes() -> list[str]:
    """Folders that Python and its packages are read from, without those inside another one."""
    paths = sorted({os.path.realpath(path) for path in (sys.base_prefix, sys.base_exec_prefix, sys.prefix)})
    kept: list[str] = []
    for path in paths:
        if not any(path == other or path.startswith(f"{other}/") for other in [*kept, "/usr"]):
            kept.append(path)
    return kept


@cache
def has_name_spaces() -> bool:
    """Whether a box can really be built here: tried once, by building one."""
    if sys.platform != "linux":
        return False
    with tempfile.TemporaryDirectory() as folder:
        scratch, home = Path(folder, "scratch"), Path(folder, "home")
        home.mkdir()
        box = Box(argv=[base_python(), "-I", "-S", "-c", ""], env={}, writable={home: OPT_ML})
        process = start(box, scratch, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, name_spaces=True)
        try:
            is_built = process.wait(20) == 0
        except subprocess.TimeoutExpired:
            kill_group(process)
            is_built = False
    if not is_built:
        log.warning(
            "no user name spaces here: jobs run with limits only and are NOT kept away from this machine"
        )
    return is_built
