"""Deployment packages: read, checked and unpacked once per content, whoever sends them how often."""

import base64
import hashlib
import io
import os
import shutil
import stat
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError, Principal
from stepmill.cloud.services.lambda_.service import invalid

# Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MOST_ZIPPED_BYTES = 52_428_800
MOST_UNZIPPED_BYTES = 262_144_000
MOST_MEMBERS = 30_000


def read_package(cloud: Cloud, code: dict[str, Any], principal: Principal) -> tuple[str, int]:
    """Take a package in (ZipFile or S3Bucket and S3Key). Answers its sha256 in hex and its size in bytes.

    Raises: AwsError InvalidParameterValueException for what is no safe zip archive.
    """
    if "ImageUri" in code:
        raise invalid("Code.ImageUri is not supported by the embedded cloud; deploy the function as a zip")
    if "ZipFile" in code:
        data = code["ZipFile"]
        if len(data) > MOST_ZIPPED_BYTES:
            raise AwsError(
                "RequestEntityTooLargeException", f"Zip file is larger than {MOST_ZIPPED_BYTES} bytes", 413
            )
    elif "S3Bucket" in code and "S3Key" in code:
        data = _from_s3(cloud, code, principal)
    else:
        raise invalid("Please provide a source for function code.")
    sha = hashlib.sha256(data).hexdigest()
    folder = code_folder(cloud, sha)
    if not folder.is_dir():
        _unpack(data, folder)
        folder.with_suffix(".zip").write_bytes(data)
    return sha, len(data)


def code_folder(cloud: Cloud, sha: str) -> Path:
    return cloud.root / "lambda" / "code" / sha


def as_base64(sha: str) -> str:
    """The CodeSha256 that AWS shows."""
    return base64.b64encode(bytes.fromhex(sha)).decode()


def _from_s3(cloud: Cloud, code: dict[str, Any], principal: Principal) -> bytes:
    params = {"Bucket": code["S3Bucket"], "Key": code["S3Key"]}
    if "S3ObjectVersion" in code:
        params["VersionId"] = code["S3ObjectVersion"]
    try:
        answer = cloud.call("s3", "GetObject", params, principal=principal)
    except AwsError as error:
        raise invalid(
            f"Error occurred while GetObject. S3 Error Code: {error.code}. S3 Error Message: {error.message}"
        ) from None
    data: bytes = answer["Body"].read(MOST_UNZIPPED_BYTES + 1)
    if len(data) > MOST_UNZIPPED_BYTES:
        raise invalid(f"Zip file is larger than {MOST_UNZIPPED_BYTES} bytes")
    return data


def _unpack(data: bytes, folder: Path) -> None:
    part = folder.with_name(f"{folder.name}.{os.urandom(4).hex()}.part")
    part.mkdir(parents=True)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check(archive)
            for member in archive.infolist():
                _write(archive, member, part)
        part.rename(folder)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError):
        raise invalid(
            "Could not unzip uploaded file. Please check your file, then try to upload again."
        ) from None
    except OSError:
        if not folder.is_dir():  # another request unpacked the same package meanwhile
            raise
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _check(archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise invalid(f"The package has {len(members)} members; at most {MOST_MEMBERS} are allowed")
    if sum(member.file_size for member in members) > MOST_UNZIPPED_BYTES:
        raise invalid(f"Unzipped size must be smaller than {MOST_UNZIPPED_BYTES} bytes")
    seen: set[str] = set()
    for member in members:
        path, mode = PurePosixPath(member.filename), member.external_attr >> 16
        if (
            path.is_absolute()
            or ".." in path.parts
            or "\\" in member.orig_filename
            or "\0" in member.orig_filename
        ):
            raise invalid(
                f"The package member {member.orig_filename!r} is outside the package; it is refused"
            )
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise invalid(f"The package member {member.filename!r} is a link or device; it is refused")
        if str(path) in seen:
            raise invalid(f"The package member {member.filename!r} is there twice; pack it once")
        seen.add(str(path))


def _write(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> None:
    path = folder / member.filename
    if member.is_dir():
        path.mkdir(parents=True, exist_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member) as source, path.open("xb") as target:
        shutil.copyfileobj(source, target)
    if member.external_attr >> 16 & 0o111:
        path.chmod(0o755)
