"""Between S3 and the folders of a job, done as the job's role.

A key becomes a path below the job's folder or the job fails: a key is a name, never a path to follow.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.sandbox.archive import open_no_follow
from stepmill.cloud.service import AwsError, Principal
from stepmill.cloud.services.sagemaker.service import split_s3_uri

AGAIN = {"SlowDown", "ServiceUnavailable", "InternalError", "InternalFailure", "RequestTimeout", "503", "500"}
TRIES = 4
PIECE_BYTES = 1 << 20
T = TypeVar("T")


class TransferFailed(Exception):
    """In the words of a job's FailureReason."""


def s3(cloud: Cloud, principal: Principal, operation: str, params: dict[str, Any]) -> dict[str, Any]:
    """A call that passing errors do not fail. Raises: AwsError."""
    for attempt in range(TRIES):
        try:
            return cloud.call("s3", operation, params, principal=principal)
        except AwsError as error:
            if error.code not in AGAIN or attempt == TRIES - 1:
                raise
            body = params.get("Body")
            if body is not None:
                body.seek(0)
            time.sleep(0.1 * 2**attempt)
    raise AssertionError("unreachable: the last try answers or raises")


def list_keys(cloud: Cloud, principal: Principal, bucket: str, prefix: str) -> Iterator[tuple[str, int]]:
    token: dict[str, str] = {}
    while True:
        page = s3(cloud, principal, "ListObjectsV2", {"Bucket": bucket, "Prefix": prefix, **token})
        for entry in page.get("Contents", []):
            yield entry["Key"], entry["Size"]
        if not page.get("IsTruncated"):
            return
        token = {"ContinuationToken": page["NextContinuationToken"]}


def download_prefix(cloud: Cloud, principal: Principal, uri: str, folder: Path, most_bytes: int) -> int:
    """Every object under the prefix into `folder`. Answers the number of files. Raises: TransferFailed."""
    bucket, prefix = split_s3_uri(uri)
    folder.mkdir(parents=True, exist_ok=True)
    count, total = 0, 0
    try:
        for key, size in list_keys(cloud, principal, bucket, prefix):
            if key.endswith("/") and size == 0:
                continue  # what consoles make to show an empty folder
            total += size
            if total > most_bytes:
                raise TransferFailed(
                    f"ClientError: Data download failed: {uri} is larger than the volume of {most_bytes} "
                    f"bytes; "
                    "ask for a larger VolumeSizeInGB"
                )
            download(cloud, principal, bucket, key, folder / local_name(prefix, key))
            count += 1
    except AwsError as error:
        raise TransferFailed(
            f"ClientError: Data download failed: {error.code}: {error.message} ({uri})"
        ) from None
    if count == 0:
        raise TransferFailed(
            f'ClientError: No S3 objects found under S3 URL "{uri}" given in input data source. Please '
            "ensure that the "
            f"bucket exists in the selected region ({cloud.region}), that objects exist under that S3 "
            f"prefix, and that "
            f'the role "{principal.role_arn}" has "s3:ListBucket" permissions on bucket "{bucket}".'
        )
    return count


def local_name(prefix: str, key: str) -> Path:
    """Where a key lies below the channel's folder. Raises: TransferFailed when it would lie elsewhere."""
    if key == prefix or not prefix:
        rest = key.rsplit("/", 1)[-1] if prefix else key
    elif key.startswith(prefix.rstrip("/") + "/"):
        rest = key[len(prefix.rstrip("/")) + 1 :]
    else:
        rest = key[prefix.rfind("/") + 1 :]
    parts = rest.split("/")
    if any(part in ("", ".", "..") or "\0" in part or len(part.encode()) > 255 for part in parts):
        raise TransferFailed(
            f"ClientError: Data download failed: key {key!r} is no path below a folder; rename it"
        )
    return Path(*parts)


def download(cloud: Cloud, principal: Principal, bucket: str, key: str, path: Path) -> None:
    """Raises: AwsError; TransferFailed when one key is a folder of another one."""
    body = s3(cloud, principal, "GetObject", {"Bucket": bucket, "Key": key})["Body"]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            while piece := body.read(PIECE_BYTES):
                file.write(piece)
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        raise TransferFailed(
            f"ClientError: Data download failed: key {key!r} is both a file and a folder; rename one of them"
        ) from None
    finally:
        body.close()


def upload_folder(cloud: Cloud, principal: Principal, folder: Path, uri: str) -> list[str]:
    """Every regular file below `folder`; links that a job left are not followed. Answers the names left out.

    Raises: TransferFailed.
    """
    bucket, prefix = split_s3_uri(uri)
    left_out = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            left_out.append(name)
        elif path.is_file():
            upload(cloud, principal, path, bucket, f"{prefix.rstrip('/')}/{name}" if prefix else name)
    return left_out


def upload(cloud: Cloud, principal: Principal, path: Path, bucket: str, key: str) -> None:
    """Raises: TransferFailed."""
    try:
        with open_no_follow(path) as file:
            s3(cloud, principal, "PutObject", {"Bucket": bucket, "Key": key, "Body": file})
    except AwsError as error:
        raise TransferFailed(
            f"ClientError: Failed to upload s3://{bucket}/{key}: {error.code}: {error.message}"
        ) from None
