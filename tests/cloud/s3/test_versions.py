from typing import Any

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def versioned(s3: Any, bucket: str) -> str:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return bucket


def test_every_version_is_kept_and_read_by_its_id(s3: Any, versioned: str) -> None:
    ids = [s3.put_object(Bucket=versioned, Key="x", Body=body)["VersionId"] for body in (b"1", b"2")]
    assert len(set(ids)) == 2
    read = [s3.get_object(Bucket=versioned, Key="x", VersionId=each)["Body"].read() for each in ids]
    assert read == [b"1", b"2"]
    assert s3.get_object(Bucket=versioned, Key="x")["VersionId"] == ids[1]


def test_a_delete_marker_hides_the_object_until_it_is_removed(s3: Any, versioned: str) -> None:
    version_id = s3.put_object(Bucket=versioned, Key="x", Body=b"1")["VersionId"]
    marker = s3.delete_object(Bucket=versioned, Key="x")
    assert marker["DeleteMarker"] is True
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket=versioned, Key="x")
    assert error.value.response["Error"]["Code"] == "NoSuchKey"
    listed = s3.list_object_versions(Bucket=versioned)
    assert [(each["VersionId"], each["IsLatest"]) for each in listed["Versions"]] == [(version_id, False)]
    assert [(each["VersionId"], each["IsLatest"]) for each in listed["DeleteMarkers"]] == [
        (marker["VersionId"], True)
    ]
    s3.delete_object(Bucket=versioned, Key="x", VersionId=marker["VersionId"])
    assert s3.get_object(Bucket=versioned, Key="x")["Body"].read() == b"1"


def test_reading_a_delete_marker_by_its_id_is_not_allowed(s3: Any, versioned: str) -> None:
    marker = s3.delete_object(Bucket=versioned, Key="x")["VersionId"]
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket=versioned, Key="x", VersionId=marker)
    assert error.value.response["Error"]["Code"] == "MethodNotAllowed"


def test_deleting_the_newest_version_brings_back_the_one_before(s3: Any, versioned: str) -> None:
    s3.put_object(Bucket=versioned, Key="x", Body=b"1")
    newest = s3.put_object(Bucket=versioned, Key="x", Body=b"2")["VersionId"]
    s3.delete_object(Bucket=versioned, Key="x", VersionId=newest)
    assert s3.get_object(Bucket=versioned, Key="x")["Body"].read() == b"1"


def test_a_suspended_bucket_replaces_only_its_null_version(s3: Any, versioned: str) -> None:
    kept = s3.put_object(Bucket=versioned, Key="x", Body=b"1")["VersionId"]
    s3.put_bucket_versioning(Bucket=versioned, VersioningConfiguration={"Status": "Suspended"})
    for body in (b"2", b"3"):
        assert "VersionId" not in s3.put_object(Bucket=versioned, Key="x", Body=body)
    listed = s3.list_object_versions(Bucket=versioned)["Versions"]
    assert [(each["VersionId"], each["IsLatest"]) for each in listed] == [("null", True), (kept, False)]


def test_versions_are_paged_newest_first_within_a_key(s3: Any, versioned: str) -> None:
    expected = []
    for key in ("a", "b"):
        ids = [s3.put_object(Bucket=versioned, Key=key, Body=b"")["VersionId"] for _ in range(3)]
        expected += [(key, each) for each in reversed(ids)]
    pages = s3.get_paginator("list_object_versions").paginate(
        Bucket=versioned, PaginationConfig={"PageSize": 2}
    )
    listed = [page.get("Versions", []) for page in pages]
    assert [len(page) for page in listed] == [2, 2, 2]
    assert [(each["Key"], each["VersionId"]) for page in listed for each in page] == expected


def test_a_batch_deletes_what_it_names_and_reports_each(s3: Any, versioned: str) -> None:
    version_id = s3.put_object(Bucket=versioned, Key="a b", Body=b"1")["VersionId"]
    answer = s3.delete_objects(
        Bucket=versioned,
        Delete={"Objects": [{"Key": "a b", "VersionId": version_id}, {"Key": "never was"}]},
    )
    assert answer["Deleted"][0] == {"Key": "a b", "VersionId": version_id}
    assert (answer["Deleted"][1]["Key"], answer["Deleted"][1]["DeleteMarker"]) == ("never was", True)


def test_a_bucket_with_an_old_version_is_not_empty(s3: Any, versioned: str) -> None:
    version_id = s3.put_object(Bucket=versioned, Key="x", Body=b"1")["VersionId"]
    marker = s3.delete_object(Bucket=versioned, Key="x")["VersionId"]
    with pytest.raises(ClientError) as error:
        s3.delete_bucket(Bucket=versioned)
    assert error.value.response["Error"]["Code"] == "BucketNotEmpty"
    for each in (version_id, marker):
        s3.delete_object(Bucket=versioned, Key="x", VersionId=each)
    s3.delete_bucket(Bucket=versioned)
    with pytest.raises(ClientError) as error:
        s3.head_bucket(Bucket=versioned)
    assert error.value.response["Error"]["Code"] == "404"
