"""Python files as a wheel: the form in which a Python shell job of Glue takes code beside its script.

The same files give the same bytes.
Source: https://packaging.python.org/en/latest/specifications/binary-distribution-format/
"""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Mapping
from pathlib import PurePosixPath

NAME, VERSION = "stepmill_jobs", "1"
FILE = f"{NAME}-{VERSION}-py3-none-any.whl"
EARLIEST = (1980, 1, 1, 0, 0, 0)  # a zip archive knows no earlier time


def build(files: Mapping[str, bytes]) -> bytes:
    """files: path below site-packages -> content.

    Every folder of it is a package: the import from a zip archive finds no other.
    """
    packages = {str(parent) for name in files for parent in PurePosixPath(name).parents if parent.name}
    folder = f"{NAME}-{VERSION}.dist-info"
    texts = {
        f"{folder}/METADATA": f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {VERSION}\n",
        f"{folder}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    marks = {f"{package}/__init__.py": b"" for package in packages}
    everything = {**marks, **files, **{name: text.encode() for name, text in texts.items()}}
    record = [
        f"{name},sha256={_sum(content)},{len(content)}\n" for name, content in sorted(everything.items())
    ]
    everything[f"{folder}/RECORD"] = "".join([*record, f"{folder}/RECORD,,\n"]).encode()
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(everything.items()):
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return data.getvalue()


def _sum(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
