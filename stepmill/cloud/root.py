"""The folder a cloud keeps its data in: one live cloud at a time, and the owner's key."""

import fcntl
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import IO

OWNER_KEY = "owner_key.json"
# A folder with one of these has had a cloud.
KEPT = frozenset([OWNER_KEY, "cloud.sqlite"])
# What else may lie in a folder before a cloud first comes up in it: a start that failed leaves the lock, the
# demo begins with two files, a user may write the two settings.
BEFOREHAND = frozenset(["lock", "images.toml", "quotas.toml", "made-by-demo", "demo", "up.log"])


class CannotStart(Exception):
    """The message is for the user."""


@dataclass(frozen=True)
class Key:
    access_key_id: str
    secret_access_key: str


def lock_root(root: Path) -> IO[str]:
    """Make the folder, mode 0700 also if it was there, and hold it until the returned file is closed or the
    process ends.

    Raises: CannotStart when another live cloud holds it, or it holds what no cloud keeps.
    """
    try:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        foreign = foreign_names(root)
        if foreign:
            raise CannotStart(
                f"folder {root} holds {foreign[0]!r:.100}, which is not a cloud's; "
                "name an empty or a new folder with --root"
            )
        root.chmod(0o700)
    except OSError as error:
        raise CannotStart(
            f"folder {root} cannot be made private to you ({error.strerror}); choose another with --root"
        ) from None
    lock = (root / "lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        lock.close()
        raise CannotStart(
            f"folder {root} is in use by the cloud with process id {holder}; "
            "stop that one, or choose another folder with --root"
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def foreign_names(root: Path) -> list[str]:
    """What makes the folder someone else's, sorted; nothing in one that has had a cloud."""
    names = {entry.name for entry in root.iterdir()}
    return [] if names & KEPT else sorted(names - BEFOREHAND)


def owner_key(root: Path) -> Key:
    """The account owner's key: random, made on the first start, the same on every later one."""
    path = root / OWNER_KEY
    if path.exists():
        return Key(**json.loads(path.read_text()))
    key = new_key("AKIA")
    write_private(path, json.dumps(key.__dict__))
    return key


def new_key(prefix: str) -> Key:
    """Keys look like AWS's (20 and 40 characters): some tools check the form."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    identifier = prefix + "".join(secrets.choice(alphabet) for _ in range(20 - len(prefix)))
    return Key(identifier, secrets.token_urlsafe(30))


def write_private(path: Path, text: str) -> None:
    """Whole or not at all, readable by the user only."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    part.replace(path)
