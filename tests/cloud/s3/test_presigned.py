import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import Principal
from stepmill.engine.clock import VirtualClock

WAYS = ["s3", "s3v4"]


@pytest.fixture(scope="module")
def clock() -> VirtualClock:
    return VirtualClock(time.time())


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory, clock: VirtualClock) -> Iterator[Cloud]:
    cloud = Cloud.start(tmp_path_factory.mktemp("root") / ".stepmill", port=0, clock=clock)
    yield cloud
    cloud.close()


def client(cloud: Cloud, way: str, **credentials: str) -> Any:
    owner = cloud.keyring.owner
    given = {"aws_access_key_id": owner.access_key_id, "aws_secret_access_key": owner.secret_access_key}
    return boto3.client(  # type: ignore[call-overload]
        "s3",
        endpoint_url=cloud.endpoint_url,
        region_name=cloud.region,
        config=Config(signature_version=way),
        **(credentials or given),
    )


def fetch(url: str, method: str = "GET", body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    request = urllib.request.Request(url, data=body, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def presign(cloud: Cloud, way: str, bucket: str, key: str, life_s: int, method: str = "get_object", **more: Any) -> str:
    url: str = client(cloud, way).generate_presigned_url(
        method, Params={"Bucket": bucket, "Key": key, **more}, ExpiresIn=life_s
    )
    return url


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("key", ["plain", "a b+c%/ü.csv"])
def test_a_url_reads_its_object(cloud: Cloud, s3: Any, bucket: str, way: str, key: str) -> None:
    s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    assert fetch(presign(cloud, way, bucket, key, 60)) == (200, b"x")


@pytest.mark.parametrize("way", WAYS)
def test_a_url_writes_its_object(cloud: Cloud, s3: Any, bucket: str, way: str) -> None:
    url = presign(cloud, way, bucket, "up", 60, "put_object", ContentType="text/csv")
    assert fetch(url, "PUT", b"new", **{"Content-Type": "text/csv"})[0] == 200
    assert s3.get_object(Bucket=bucket, Key="up")["Body"].read() == b"new"


@pytest.mark.parametrize("way", WAYS)
def test_an_expired_url_is_refused(cloud: Cloud, clock: VirtualClock, s3: Any, bucket: str, way: str) -> None:
    s3.put_object(Bucket=bucket, Key="x", Body=b"x")
    # The signer's clock is the system's; the cloud's is ahead of it by what the tests before let pass.
    ahead_s = int(clock.time() - time.time())
    url = presign(cloud, way, bucket, "x", ahead_s + 3600)
    assert fetch(url)[0] == 200
    clock.advance(3700)
    status, body = fetch(url)
    assert (status, b"Request has expired" in body) == (403, True)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("tamper", ["key", "signature", "method"])
def test_a_url_used_for_anything_else_is_refused(cloud: Cloud, s3: Any, bucket: str, way: str, tamper: str) -> None:
    for key in ("x", "y"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    url = presign(cloud, way, bucket, "x", 86_400)
    if tamper == "key":
        url = url.replace(f"/{bucket}/x?", f"/{bucket}/y?")
    if tamper == "signature":
        url = url.replace("Signature=", "Signature=0", 1)
    status, body = fetch(url, "DELETE" if tamper == "method" else "GET")
    assert (status, b"SignatureDoesNotMatch" in body) == (403, True)
    assert s3.get_object(Bucket=bucket, Key="x")["Body"].read() == b"x"


def test_a_url_that_would_live_for_more_than_a_week_is_refused(cloud: Cloud, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="x", Body=b"x")
    status, body = fetch(presign(cloud, "s3v4", bucket, "x", 8 * 86_400))
    assert (status, b"AuthorizationQueryParametersError" in body) == (400, True)


@pytest.mark.parametrize("way", WAYS)
def test_a_role_s_url_carries_its_session_token(cloud: Cloud, s3: Any, bucket: str, way: str) -> None:
    s3.put_object(Bucket=bucket, Key="x", Body=b"x")
    environment = cloud.credentials(Principal("arn:aws:iam::123456789012:role/reader", "s"))
    reader = client(
        cloud,
        way,
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=environment["AWS_SESSION_TOKEN"],
    )
    url = reader.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "x"}, ExpiresIn=86_400)
    status, body = fetch(url)
    # The signature is right; the role does not exist, so it may do nothing.
    assert (status, b"AccessDenied" in body, b"Signature" in body) == (403, True, False)


def test_objects_and_their_bytes_are_there_after_a_restart(tmp_path: Path) -> None:
    cloud = Cloud.start(tmp_path / "r", port=0)
    cloud.call("s3", "CreateBucket", {"Bucket": "kept"})
    cloud.call("s3", "PutObject", {"Bucket": "kept", "Key": "x", "Body": b"bytes"})
    orphan = cloud.root / "s3" / "blobs" / "00" / "00orphan"
    orphan.parent.mkdir(exist_ok=True)
    orphan.write_bytes(b"left by a crash")
    cloud.close()
    cloud = Cloud.start(tmp_path / "r", port=0)
    try:
        with cloud.call("s3", "GetObject", {"Bucket": "kept", "Key": "x"})["Body"] as body:
            assert body.read() == b"bytes"
        assert not orphan.exists()
    finally:
        cloud.close()
