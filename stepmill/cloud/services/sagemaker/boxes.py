"""From a job's request to the limits of its box, and from the way the box ended to the job's fate."""

import os
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError
from pathlib import Path

from stepmill.cloud.images.container import box_of
from stepmill.cloud.images.registry import Image, UnknownImage, find_image
from stepmill.cloud.sandbox.box import CANNOT_BUILD, GIB, Box, Limits
from stepmill.cloud.sandbox.run import Ended
from stepmill.cloud.services.sagemaker.jobs import Job, JobFailed, JobStopped
from stepmill.cloud.services.sagemaker.service import invalid

LEAST_MEMORY_BYTES = 16 * GIB


def image_of(root: Path, uri: str) -> Image:
    """Raises: AwsError ValidationException when no local program stands in for the image."""
    try:
        return find_image(uri, root)
    except UnknownImage as error:
        raise invalid(str(error)) from None


def job_box(job: Job, image: Image, argv: Sequence[str], env: Mapping[str, str], volume_gb: int) -> Box:
    """Raises: JobFailed when a package of the image is not installed here."""
    try:
        return box_of(image, job.cloud.root, job.opt_ml, argv, env, limits(volume_gb))
    except PackageNotFoundError as error:
        raise JobFailed(
            f"ClientError: image {image.name} needs the package {error}, which is not installed"
        ) from None


def limits(volume_gb: int) -> Limits:
    return Limits(memory_bytes=max(LEAST_MEMORY_BYTES, physical_memory_bytes()), disk_bytes=volume_gb * GIB)


def physical_memory_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def judge(job: Job, ended: Ended, default: str) -> None:
    """Raises: JobFailed or JobStopped unless the command ended well. `default` is the reason when it gave
    none.
    """
    if ended.reason == "stopped":
        raise JobStopped
    if ended.reason == "timed_out":
        raise JobStopped("MaxRuntimeExceeded")
    if ended.reason in ("disk_full", "files_full"):
        raise JobFailed(
            "ClientError: Please use an instance type with more storage: the volume of the job is full"
        )
    if ended.exit_code == CANNOT_BUILD:
        raise JobFailed("InternalServerError: the job's sandbox could not be built; the job's log says why")
    if ended.exit_code != 0:
        raise JobFailed(f"AlgorithmError: {failure_text(job) or default}, exit code: {ended.exit_code}")


def failure_text(job: Job) -> str:
    return read_text(job.opt_ml / "output" / "failure")


def read_text(path: Path) -> str:
    """What a job wrote into a small file; a link or a folder in its place is no text."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return ""
    with os.fdopen(descriptor, "rb") as file:
        try:
            return file.read(4096).decode("utf-8", "replace").strip()
        except OSError:
            return ""
