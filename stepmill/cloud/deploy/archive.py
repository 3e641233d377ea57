"""Local artefacts as archives that are the same bytes for the same content."""

import hashlib
import io
import zipfile
from pathlib import Path

LIMIT_BYTES = 250 * 1024 * 1024  # Lambda's limit for an unpacked archive
_EPOCH = (1980, 1, 1, 0, 0, 0)
_LEFT_OUT = {"__pycache__", ".git", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".DS_Store"}


class ArtefactError(Exception):
    """A local file or folder that a template names cannot be packaged."""


def zipped(folder: Path) -> bytes:
    """A zip of what `folder` holds: sorted, without times, owners or compiled Python.

    Raises: ArtefactError for a link that leads out of the folder, or when it is over the limit.
    """
    root = folder.resolve()
    files = sorted(
        path
        for path in root.rglob("*")
        if path.is_file()
        and not _LEFT_OUT.intersection(path.relative_to(root).parts)
        and path.suffix != ".pyc"
    )
    if not files:
        raise ArtefactError(f"{folder}: holds no file to package")
    size_bytes = sum(path.stat().st_size for path in files)
    if size_bytes > LIMIT_BYTES:
        raise ArtefactError(f"{folder}: holds {size_bytes} bytes; at most {LIMIT_BYTES} fit into Lambda")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path in files:
            if not path.resolve().is_relative_to(root):
                raise ArtefactError(f"{path}: leads out of {folder}; package the file itself")
            entry = zipfile.ZipInfo(path.relative_to(root).as_posix(), _EPOCH)
            entry.external_attr = (0o100755 if path.stat().st_mode & 0o100 else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    return buffer.getvalue()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
