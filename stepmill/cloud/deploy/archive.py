"""Local artefacts as archives that are the same bytes for the same content."""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

LIMIT_BYTES = 250 * 1024 * 1024  # Lambda's limit for an unpacked archive
_EPOCH = (1980, 1, 1, 0, 0, 0)
_LEFT_OUT = {"__pycache__", ".git", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".DS_Store"}


class ArtefactError(Exception):
    """A local file or folder that a template names cannot be packaged."""


def zipped(folder: Path, others: Mapping[str, Path] | None = None) -> bytes:
    """A zip of what `folder` holds: sorted, without times, owners or compiled Python.

    `others` are packed with it under these names, in place of what it has there.

    Raises: ArtefactError for a link that leads out of the folder, or when it is over the limit.
    """
    root = folder.resolve()
    files = {
        path.relative_to(root).as_posix(): path
        for path in sorted(root.rglob("*"))
        if path.is_file()
        and not _LEFT_OUT.intersection(path.relative_to(root).parts)
        and path.suffix != ".pyc"
    }
    if not files:
        raise ArtefactError(f"{folder}: holds no file to package")
    for name, path in files.items():
        if not path.resolve().is_relative_to(root):
            raise ArtefactError(f"{root / name}: leads out of {folder}; package the file itself")
    files |= others or {}
    size_bytes = sum(path.stat().st_size for path in files.values())
    if size_bytes > LIMIT_BYTES:
        raise ArtefactError(f"{folder}: holds {size_bytes} bytes; at most {LIMIT_BYTES} fit into Lambda")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, path in sorted(files.items(), key=lambda item: item[0].split("/")):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = (0o100755 if path.stat().st_mode & 0o100 else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    return buffer.getvalue()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
