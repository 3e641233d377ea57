"""Put one command into a box: run by path with a bare interpreter, `python -I -S launcher.py <fd of the
plan>`.

The plan is JSON (see `Box.plan`). The command gets name spaces of its own (user, mount, pid, net, ipc, uts),
a root file system of read-only binds, a private /tmp, /dev and /proc, its own writable folders, resource
limits, and an environment that holds only what the plan names. Started by root it runs as an outer uid that
owns nothing.

Exit status: the command's own, 128 + n after signal n, 125 when the box could not be built (the reason on
stderr).
"""

# No pathlib: every import delays the command. Blind excepts: a forked child must not run its parent's code.
# ruff: noqa: PTH103, PTH106, PTH112, PTH114, PTH115, PTH120, PTH123, PTH211, S606, BLE001

import contextlib
import ctypes
import json
import os
import resource
import signal
import socket
import struct
import sys
from typing import Any

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x20000, 0x4000000, 0x8000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
MNT_DETACH, PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 2, 1, 38
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
CANNOT_BUILD = 125
INNER_UID = 1000
DEVICES = ("null", "zero", "full", "random", "urandom")

libc = ctypes.CDLL(None, use_errno=True)


def check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    made = libc.mount(source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), data.encode())
    check(made, f"mount {target}")


def bind(source: str, target: str, *, writable: bool) -> None:
    """Show `source` at `target`; read-only binds also cover what is mounted below."""
    os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
    if os.path.islink(source):
        os.symlink(os.readlink(source), target)
        return
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        with open(target, "a", encoding="utf-8"):
            pass
    mount(source, target, "", MS_BIND | MS_REC)
    device = target.startswith("dev/")
    keep = mount_flags(target)
    flags = keep | MS_NOSUID | (0 if device else MS_NODEV) | (0 if writable else MS_RDONLY)
    mount("", target, "", MS_BIND | MS_REMOUNT | flags)


def mount_flags(path: str) -> int:
    """Flags that an outer name space has locked must stay when the bind is remounted (their bits match
    MS_*).
    """
    return os.statvfs(path).f_flag & (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | 0x400 | 0x800 | 0x200000)


def map_users(pid: int, outer_job: int) -> None:
    """Write the id maps of a box that root starts: its own root builds it, `outer_job` runs the command."""
    for name, own in (("uid", os.getuid()), ("gid", os.getgid())):
        write(f"/proc/{pid}/{name}_map", f"0 {own} 1\n{INNER_UID} {outer_job} 1\n")


def write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def enter(plan: dict[str, Any]) -> None:
    """Unshare, with the id maps written by a forked twin that stayed outside."""
    as_root = os.getuid() == 0
    flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET
    if not as_root:
        own = os.getuid(), os.getgid()
        check(libc.unshare(flags), "unshare")
        write("/proc/self/setgroups", "deny")
        write("/proc/self/uid_map", f"{INNER_UID} {own[0]} 1\n")
        write("/proc/self/gid_map", f"{INNER_UID} {own[1]} 1\n")
        return
    me, (ready_r, ready_w) = os.getpid(), os.pipe()
    twin = os.fork()
    if twin == 0:
        os.close(ready_w)
        status = 1
        try:
            if os.read(ready_r, 1):
                map_users(me, plan["outer_uid"])
                status = 0
        finally:
            os._exit(status)
    os.close(ready_r)
    try:
        check(libc.unshare(flags), "unshare")
        os.write(ready_w, b"1")
    finally:
        os.close(ready_w)
        _, status = os.waitpid(twin, 0)
    if status != 0:
        raise OSError("the id maps of the box could not be written")


def build_root(plan: dict[str, Any]) -> None:
    """A new root on a tmpfs; relative paths below are inside it. Ends with the old root gone."""
    mount("none", "/", "", MS_REC | MS_PRIVATE)
    scratch = plan["scratch"]
    mount("tmpfs", scratch, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=1m,nr_inodes=4096")
    os.chdir(scratch)
    # Before the binds: an environment that lies in the host's /tmp is seen in the box's own.
    for folder, size in (("tmp", plan["tmp_bytes"]), ("dev/shm", plan["tmp_bytes"])):
        os.makedirs(folder, exist_ok=True)
        mount("tmpfs", folder, "tmpfs", MS_NOSUID | MS_NODEV, f"mode=1777,size={size},nr_inodes=65536")
    for path in plan["read_only"]:
        if os.path.lexists(path):
            bind(path, path.lstrip("/"), writable=False)
    for source, target in plan["binds"]:
        bind(source, target.lstrip("/"), writable=False)
    for source, target in plan["writable"]:
        bind(source, target.lstrip("/"), writable=True)
    for device in DEVICES:
        bind(f"/dev/{device}", f"dev/{device}", writable=True)
    for link, target in (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")):
        os.symlink(f"/proc/self/fd{target}", f"dev/{link}")
    os.makedirs("etc", exist_ok=True)
    write("etc/passwd", f"root:x:0:0::/root:/bin/sh\njob:x:{INNER_UID}:{INNER_UID}::/tmp:/bin/sh\n")
    write("etc/group", f"root:x:0:\njob:x:{INNER_UID}:\n")
    write("etc/hosts", "127.0.0.1 localhost\n")
    os.makedirs("proc", exist_ok=True)
    mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    with contextlib.suppress(OSError):  # closes the kernel's name space code to the command where we may
        write("proc/sys/user/max_user_namespaces", "0")
    os.makedirs("old", exist_ok=True)
    check(libc.pivot_root(b".", b"old"), "pivot_root")
    os.chdir("/")
    check(libc.umount2(b"/old", MNT_DETACH), "umount the outer root")
    os.rmdir("/old")
    mount("", "/", "", MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV)


def loopback_up() -> None:
    """127.0.0.1 of the box itself: programs that talk to their own workers need it."""
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14x", b"lo", 0)
        answer = fcntl.ioctl(control, SIOCGIFFLAGS, request)
        (flags,) = struct.unpack_from("h", answer, 16)
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))


def open_doorway(plan: dict[str, Any]) -> None:
    """Listen on the box's own loopback address and hand the socket out: who started the box answers on it."""
    if "doorway" not in plan:
        return
    descriptor, port = plan["doorway"]
    with socket.socket(fileno=descriptor) as outside, socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
        socket.send_fds(outside, [b"1"], [listener.fileno()])


def drop_privileges() -> None:
    if os.getuid() != INNER_UID:
        with contextlib.suppress(PermissionError):
            os.setgroups([])
        os.setresgid(INNER_UID, INNER_UID, INNER_UID)
        os.setresuid(INNER_UID, INNER_UID, INNER_UID)
    check(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")


def limit(plan: dict[str, Any]) -> None:
    for name, value in plan["limits"].items():
        kind = getattr(resource, f"RLIMIT_{name}")
        _, hard = resource.getrlimit(kind)
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (most, most))


def run(plan: dict[str, Any]) -> int:
    """As pid 1 of the box: start the command in its own process group, pass SIGTERM on, reap all, answer its
    status.
    """
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    build_root(plan)
    loopback_up()
    open_doorway(plan)
    job = os.fork()
    if job == 0:
        try:
            os.setpgid(0, 0)
            drop_privileges()
            limit(plan)
            os.chdir(plan["cwd"])
            os.execvpe(plan["argv"][0], plan["argv"], plan["env"])
        except BaseException as error:
            os.write(2, f"{plan['argv'][0]}: {error}\n".encode())
        finally:
            os._exit(127)
    signal.signal(signal.SIGTERM, lambda *_: os.killpg(job, signal.SIGTERM))
    for stream in (0, 1, 2):
        os.close(stream)
    while True:
        pid, status = os.wait()
        if pid == job:
            return as_exit_status(status)


def as_exit_status(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def run_without_name_spaces(plan: dict[str, Any]) -> int:
    """The weaker box: limits and a bare environment only; the plan's paths are a private prefix."""
    if "doorway" in plan:
        os.close(plan["doorway"][0])  # whoever waits at the other end sees that no listener comes
    limit(plan)
    os.chdir(plan["cwd"])
    os.execvpe(plan["argv"][0], plan["argv"], plan["env"])


def die_with(parent: int) -> None:
    """Unsharing cleared the wish; a parent that died meanwhile is not missed."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(CANNOT_BUILD)


def main() -> int:
    parent = os.getppid()
    with os.fdopen(int(sys.argv[1]), encoding="utf-8") as file:
        plan = json.load(file)
    try:
        if not plan["name_spaces"]:
            return run_without_name_spaces(plan)
        enter(plan)
        die_with(parent)
        first = os.fork()
        if first == 0:
            status = CANNOT_BUILD
            try:
                status = run(plan)
            except BaseException as error:
                os.write(2, f"sandbox: {error}\n".encode())
            finally:
                os._exit(status)
    except OSError as error:
        os.write(2, f"sandbox: {error}\n".encode())
        return CANNOT_BUILD
    signal.signal(signal.SIGTERM, lambda *_: os.kill(first, signal.SIGTERM))
    while True:
        with contextlib.suppress(InterruptedError):
            _, status = os.waitpid(first, 0)
            return as_exit_status(status)


if __name__ == "__main__":
    sys.exit(main())
