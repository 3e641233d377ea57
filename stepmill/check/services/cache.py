"""Extracts of models in the user's cache folder: only a shorter way to what the model files say.

Whatever goes wrong here, nothing is kept and the model file is read again.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

FILES_LIMIT = 400
VERSIONS_LIMIT = 3
SIZE_LIMIT_BYTES = 1_000_000


def folder(version: str) -> Path | None:
    """Where the extracts of one version of botocore lie; None when there is no place for them."""
    root = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(root):  # noqa: PTH117 (an empty text is no path)
        home = os.path.expanduser("~")  # noqa: PTH111 (Path.home raises without a home)
        root = f"{home}/.cache" if os.path.isabs(home) else ""  # noqa: PTH117
    if not root or not re.fullmatch(r"[0-9.]+", version):
        return None
    return Path(root) / "stepmill" / "models" / version


def read(version: str, service: str, action: str) -> Mapping[str, Any] | None:
    path = _path(version, service, action)
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            about = os.fstat(file.fileno())
            if about.st_uid != os.getuid() or about.st_size > SIZE_LIMIT_BYTES:
                return None
            found = json.load(file)
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def write(version: str, service: str, action: str, extract: Mapping[str, Any]) -> None:
    """At once or not at all: who reads at the same time sees the old file or the new one."""
    path = _path(version, service, action)
    text = json.dumps(extract, separators=(",", ":"))
    if path is None or len(text) > SIZE_LIMIT_BYTES:
        return
    import tempfile  # 10 ms, and seldom needed

    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if sum(1 for _ in path.parent.iterdir()) >= FILES_LIMIT:
            return
        number, name = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(number, "w", encoding="utf-8") as file:
                file.write(text)
            Path(name).replace(path)
        except OSError:
            Path(name).unlink()
            raise
        _forget_old_versions(path.parent)


def _forget_old_versions(newest: Path) -> None:
    """Keeps the extracts of the versions used last: this one and two more."""
    others = [place for place in newest.parent.iterdir() if re.fullmatch(r"[0-9.]+", place.name)]
    others.sort(key=lambda place: place.stat().st_mtime, reverse=True)
    for place in others[VERSIONS_LIMIT:]:
        if place != newest and not place.is_symlink():
            for path in place.glob("*.json"):
                path.unlink()
            place.rmdir()


def _path(version: str, service: str, action: str) -> Path | None:
    place = folder(version)
    if place is None or not re.fullmatch(r"[A-Za-z0-9-]+", service + action):
        return None
    return place / f"{service}.{action}.json"
