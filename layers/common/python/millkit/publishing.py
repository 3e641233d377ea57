"""The code that SageMaker jobs run, from a function's layers to S3.

A job finds it under `<uri>/jobs/...` and `<uri>/millkit/...`. The URI names the content: running executions
keep the code they started with, and publishing twice changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from millkit import wheel
from millkit.errors import MillError


class CodeMissing(MillError):
    """The layers hold no job."""


def jobs_folder(paths: Iterable[str]) -> Path:
    """The layer with the jobs: Lambda puts each layer's `python` on the path, and AWS joins all in /opt.

    Raises:
        CodeMissing: no layer holds jobs.
    """
    for folder in (Path(path).parent for path in paths if Path(path).name == "python"):
        if folder.is_dir() and any(_job_files(folder)):
            return folder
    raise CodeMissing("no layer on the path holds a job; attach the jobs layer")


def publish(s3: Any, bucket: str, jobs: Path, millkit: Path) -> str:
    """Copy the job families under `jobs` and the package `millkit`; the answer is `s3://<bucket>/code/<sha>/`.

    All of it is there as a wheel too, for the jobs of Glue.
    """
    files = dict(sorted([*_job_files(jobs), *_package_files(millkit)]))
    digest = hashlib.sha256()
    for name, content in files.items():
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    prefix = f"code/{digest.hexdigest()[:16]}/"
    for name, content in files.items():
        s3.put_object(Bucket=bucket, Key=prefix + name, Body=content, ContentType="text/x-python")
    packed = wheel.build(files)
    s3.put_object(Bucket=bucket, Key=prefix + wheel.FILE, Body=packed, ContentType="application/zip")
    return f"s3://{bucket}/{prefix}"


def _job_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """A family is a folder with Python files. On AWS all layers share /opt: `python` is none."""
    for family in folder.iterdir():
        if family.is_dir() and family.name != "python":
            for file in family.rglob("*.py"):
                yield f"jobs/{file.relative_to(folder).as_posix()}", file.read_bytes()


def _package_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for file in folder.glob("*.py"):
        yield f"millkit/{file.name}", file.read_bytes()
