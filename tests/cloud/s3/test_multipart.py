import hashlib
import io
import random
from typing import Any

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

MIB = 1024**2


def noise(size: int, seed: int = 7) -> bytes:
    return random.Random(seed).randbytes(size)  # noqa: S311  # the same noise every time


def md5(data: bytes) -> "hashlib._Hash":
    return hashlib.md5(data, usedforsecurity=False)


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    code: str = error.value.response["Error"]["Code"]
    return code


def test_twenty_megabytes_go_up_in_parts_and_come_down_again(s3: Any, bucket: str) -> None:
    data = noise(20 * MIB + 17)
    config = TransferConfig(multipart_threshold=6 * MIB, multipart_chunksize=6 * MIB, max_concurrency=4)
    s3.upload_fileobj(io.BytesIO(data), bucket, "model.tar.gz", Config=config)
    down = io.BytesIO()
    s3.download_fileobj(bucket, "model.tar.gz", down, Config=config)
    assert hashlib.sha256(down.getvalue()).digest() == hashlib.sha256(data).digest()
    parts = [data[at : at + 6 * MIB] for at in range(0, len(data), 6 * MIB)]
    digest = md5(b"".join(md5(part).digest() for part in parts)).hexdigest()
    head = s3.head_object(Bucket=bucket, Key="model.tar.gz", ChecksumMode="ENABLED")
    assert (head["ETag"], head["ContentLength"]) == (f'"{digest}-4"', len(data))


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA256", "CRC64NVME"])
def test_a_multipart_checksum_is_kept_in_the_form_of_its_algorithm(
    s3: Any, bucket: str, algorithm: str
) -> None:
    config = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB)
    data = noise(6 * MIB)
    extra = {"ChecksumAlgorithm": algorithm}
    s3.upload_fileobj(io.BytesIO(data), bucket, "x", Config=config, ExtraArgs=extra)
    head = s3.head_object(Bucket=bucket, Key="x", ChecksumMode="ENABLED")
    if algorithm == "CRC64NVME":
        assert head["ChecksumType"] == "FULL_OBJECT"
    else:
        assert head["ChecksumType"] == "COMPOSITE"
        assert head[f"Checksum{algorithm}"].endswith("-2")


def test_parts_are_listed_and_copied_from_other_objects(s3: Any, bucket: str) -> None:
    source = noise(6 * MIB)
    s3.put_object(Bucket=bucket, Key="source", Body=source)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="joined", Metadata={"k": "v"})["UploadId"]
    named = {"Bucket": bucket, "Key": "joined", "UploadId": upload}
    first = s3.upload_part_copy(
        **named,
        PartNumber=1,
        CopySource={"Bucket": bucket, "Key": "source"},
        CopySourceRange=f"bytes=0-{5 * MIB - 1}",
    )["CopyPartResult"]["ETag"]
    last = s3.upload_part(**named, PartNumber=5, Body=b"tail")["ETag"]
    assert [(part["PartNumber"], part["Size"]) for part in s3.list_parts(**named)["Parts"]] == [
        (1, 5 * MIB),
        (5, 4),
    ]
    assert [each["Key"] for each in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == ["joined"]
    parts = [{"PartNumber": 1, "ETag": first}, {"PartNumber": 5, "ETag": last}]
    s3.complete_multipart_upload(**named, MultipartUpload={"Parts": parts})
    got = s3.get_object(Bucket=bucket, Key="joined")
    assert (got["Body"].read(), got["Metadata"]) == (source[: 5 * MIB] + b"tail", {"k": "v"})
    second = s3.get_object(Bucket=bucket, Key="joined", PartNumber=2)
    assert (second["Body"].read(), second["PartsCount"]) == (b"tail", 2)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def test_a_part_sent_again_replaces_the_first(s3: Any, bucket: str) -> None:
    upload = s3.create_multipart_upload(Bucket=bucket, Key="x")["UploadId"]
    named = {"Bucket": bucket, "Key": "x", "UploadId": upload}
    s3.upload_part(**named, PartNumber=1, Body=b"old")
    etag = s3.upload_part(**named, PartNumber=1, Body=b"new")["ETag"]
    s3.complete_multipart_upload(**named, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})
    assert s3.get_object(Bucket=bucket, Key="x")["Body"].read() == b"new"


def test_completing_twice_answers_the_same_and_writes_one_version(s3: Any, bucket: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    upload = s3.create_multipart_upload(Bucket=bucket, Key="x")["UploadId"]
    named = {"Bucket": bucket, "Key": "x", "UploadId": upload}
    etag = s3.upload_part(**named, PartNumber=1, Body=b"x")["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    answers = [s3.complete_multipart_upload(**named, MultipartUpload=parts) for _ in range(2)]
    assert answers[0]["VersionId"] == answers[1]["VersionId"]
    assert len(s3.list_object_versions(Bucket=bucket)["Versions"]) == 1


def test_an_aborted_upload_leaves_nothing(s3: Any, bucket: str) -> None:
    upload = s3.create_multipart_upload(Bucket=bucket, Key="x")["UploadId"]
    named = {"Bucket": bucket, "Key": "x", "UploadId": upload}
    s3.upload_part(**named, PartNumber=1, Body=b"old")
    s3.abort_multipart_upload(**named)
    with pytest.raises(ClientError) as error:
        s3.list_parts(**named)
    assert code_of(error) == "NoSuchUpload"


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([(1, "right"), (3, "right")], "InvalidPart"),
        ([(1, "wrong")], "InvalidPart"),
        ([(2, "right"), (1, "right")], "InvalidPartOrder"),
        ([(1, "right"), (2, "right")], "EntityTooSmall"),
    ],
)
def test_refuses_to_complete_from_parts_that_do_not_fit(
    s3: Any, bucket: str, parts: list[tuple[int, str]], code: str
) -> None:
    upload = s3.create_multipart_upload(Bucket=bucket, Key="x")["UploadId"]
    named = {"Bucket": bucket, "Key": "x", "UploadId": upload}
    etags = {number: s3.upload_part(**named, PartNumber=number, Body=b"x")["ETag"] for number in (1, 2)}
    named_parts = [
        {"PartNumber": number, "ETag": etags.get(number, '"0"') if kind == "right" else '"0"'}
        for number, kind in parts
    ]
    with pytest.raises(ClientError) as error:
        s3.complete_multipart_upload(**named, MultipartUpload={"Parts": named_parts})
    assert code_of(error) == code
