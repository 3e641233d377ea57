"""What a job does when S3 refuses: passing errors are waited for, lasting ones named (row 23)."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError, Principal
from stepmill.cloud.services.sagemaker.transfer import TransferFailed, download_prefix, upload

ROLE = Principal("arn:aws:iam::123456789012:role/job")


class Refusing:
    """An S3 of one object that refuses an operation some times first."""

    region = "us-east-1"

    def __init__(self, operation: str, errors: list[AwsError]) -> None:
        self._operation = operation
        self._errors: Iterator[AwsError] = iter(errors)
        self.calls: list[str] = []
        self.written = b""

    def call(self, _service: str, operation: str, params: Any, **_more: Any) -> dict[str, Any]:
        self.calls.append(operation)
        body = params["Body"].read() if "Body" in params else b""
        if operation == self._operation and (error := next(self._errors, None)):
            raise error
        self.written = body
        listed = [{"Key": "data/a.csv", "Size": 2}]
        return {"Contents": listed} if operation == "ListObjectsV2" else {"Body": io.BytesIO(b"ab")}


def refused(code: str, status: int, times: int) -> list[AwsError]:
    return [AwsError(code, "said S3", status) for _ in range(times)]


@pytest.mark.parametrize("operation", ["ListObjectsV2", "GetObject"])
@pytest.mark.parametrize("code", ["SlowDown", "ServiceUnavailable", "InternalError"])
def test_a_passing_error_is_met_by_asking_again(tmp_path: Path, operation: str, code: str) -> None:
    s3 = Refusing(operation, refused(code, 503, 2))
    assert download_prefix(cast(Cloud, s3), ROLE, "s3://b/data/", tmp_path / "in", 100) == 1
    assert (tmp_path / "in" / "a.csv").read_bytes() == b"ab"
    assert s3.calls.count(operation) == 3


def test_what_is_sent_again_is_sent_from_its_beginning(tmp_path: Path) -> None:
    (tmp_path / "model").write_bytes(b"whole")
    s3 = Refusing("PutObject", refused("SlowDown", 503, 1))
    upload(cast(Cloud, s3), ROLE, tmp_path / "model", "b", "k")
    assert (s3.calls, s3.written) == (["PutObject", "PutObject"], b"whole")


@pytest.mark.parametrize(
    ("code", "status", "calls"), [("SlowDown", 503, 4), ("NoSuchKey", 404, 1), ("AccessDenied", 403, 1)]
)
def test_a_lasting_error_fails_the_job_by_name(tmp_path: Path, code: str, status: int, calls: int) -> None:
    s3 = Refusing("GetObject", refused(code, status, 9))
    with pytest.raises(TransferFailed) as caught:
        download_prefix(cast(Cloud, s3), ROLE, "s3://b/data/", tmp_path / "in", 100)
    assert str(caught.value) == f"ClientError: Data download failed: {code}: said S3 (s3://b/data/)"
    assert s3.calls.count("GetObject") == calls
