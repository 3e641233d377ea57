"""Signatures in headers and in URLs; who has no secret has no access."""

import io
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.client import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.protocol.messages import HttpRequest
from stepmill.cloud.service import AwsError
from stepmill.cloud.signature import check_signature

KEYS = ["plain.csv", "a b/ü+%/ä&=?#.csv", "dots/../up", "double//slash/", "~tilde'(1)*!"]


def fetch(url: str, method: str = "GET", body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    request = urllib.request.Request(url, body, named, method=method)  # noqa: S310  # our own loopback address
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


@pytest.fixture(scope="module")
def bucket(cloud: Cloud) -> str:
    cloud.call("s3", "CreateBucket", {"Bucket": "signed"})
    for key in KEYS:
        cloud.call("s3", "PutObject", {"Bucket": "signed", "Key": key, "Body": key.encode()})
    return "signed"


@pytest.fixture(scope="module", params=["s3v4", "s3"])
def signer(request: pytest.FixtureRequest, cloud: Cloud) -> Any:
    owner = cloud.keyring.owner
    client = boto3.client(
        "s3",
        endpoint_url=cloud.endpoint_url,
        region_name=cloud.region,
        aws_access_key_id=owner.access_key_id,
        aws_secret_access_key=owner.secret_access_key,
        config=Config(signature_version=request.param),
    )
    yield client
    client.close()


@pytest.mark.parametrize("key", KEYS)
def test_a_presigned_url_reads_its_object(signer: Any, bucket: str, key: str) -> None:
    url = signer.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key})
    assert fetch(url) == (200, key.encode())


def test_a_presigned_url_writes_its_object_with_its_content_type(
    signer: Any, bucket: str, cloud: Cloud
) -> None:
    params = {"Bucket": bucket, "Key": "put", "ContentType": "text/csv"}
    url = signer.generate_presigned_url("put_object", Params=params)
    assert fetch(url, "PUT", b"1,2", Content_Type="text/csv")[0] == 200
    assert cloud.call("s3", "GetObject", {"Bucket": bucket, "Key": "put"})["Body"].read() == b"1,2"
    assert fetch(url, "PUT", b"1,2", Content_Type="text/html")[0] == 403


@pytest.mark.parametrize(
    "change",
    [
        lambda url: url.replace("plain.csv", "double//slash/"),
        lambda url: url.replace("Signature=", "Signature=0"),
        lambda url: url + "&versionId=other",
        lambda url: url.replace("Expires=", "Expires=9"),
    ],
    ids=["another key", "another signature", "another parameter", "a later end"],
)
def test_a_changed_url_is_refused(signer: Any, bucket: str, change: Callable[[str], str]) -> None:
    url = change(signer.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "plain.csv"}))
    status, body = fetch(url)
    assert (status, b"SignatureDoesNotMatch" in body) == (403, True)


def test_a_url_for_reading_does_not_write(signer: Any, bucket: str) -> None:
    url = signer.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "plain.csv"})
    assert fetch(url, "DELETE")[0] == 403


@pytest.mark.parametrize(
    ("change", "later_s", "code", "message"),
    [
        (lambda query: query, 61, "AccessDenied", "Request has expired"),
        (lambda query: query, -1000, "AccessDenied", "Request is not valid yet"),
        (
            lambda query: query.replace("Expires=60", "Expires=604801"),
            0,
            "Authorization",
            "at most 604800 seconds",
        ),
        (lambda query: query.replace("X-Amz-Expires=60", "x=y"), 0, "Authorization", "must be well-formed"),
        (
            lambda query: query.replace("X-Amz-Date=2", "X-Amz-Date=two"),
            0,
            "Authorization",
            "must be well-formed",
        ),
    ],
    ids=["after its end", "before its time", "for over 7 days", "without an end", "without a time"],
)
def test_a_url_is_good_for_its_time_only(
    change: Callable[[str], str], later_s: float, code: str, message: str
) -> None:
    signed = AWSRequest("GET", "http://127.0.0.1:4510/bucket/plain.csv")
    S3SigV4QueryAuth(Credentials("AKIA", "secret"), "s3", "us-east-1", expires=60).add_auth(signed)
    now_s = datetime.now(UTC).timestamp()

    def check(query: str, at_s: float) -> None:
        request = HttpRequest("GET", "/bucket/plain.csv", query, {}, io.BytesIO())
        check_signature(request, {"host": "127.0.0.1:4510"}, "AKIA", "secret", lambda: at_s)

    query = str(signed.url).partition("?")[2]
    check(query, now_s)
    with pytest.raises(AwsError) as caught:
        check(change(query), now_s + later_s)
    assert (caught.value.code.startswith(code), message in caught.value.message) == (True, True)


@pytest.mark.parametrize(
    ("service", "call", "status", "code"),
    [
        ("ssm", "describe_parameters", 400, "InvalidSignatureException"),
        ("kms", "list_keys", 400, "InvalidSignatureException"),
        ("lambda", "list_functions", 403, "InvalidSignatureException"),
        ("sts", "get_caller_identity", 403, "SignatureDoesNotMatch"),
        ("s3", "list_buckets", 403, "SignatureDoesNotMatch"),
    ],
)
def test_a_key_id_without_its_secret_is_refused(
    cloud: Cloud, aws_with: Callable[..., Any], service: str, call: str, status: int, code: str
) -> None:
    keys = {"AWS_ACCESS_KEY_ID": cloud.keyring.owner.access_key_id, "AWS_SECRET_ACCESS_KEY": "guessed"}
    with pytest.raises(ClientError) as caught:
        getattr(aws_with(service, keys=keys), call)()
    error = caught.value.response
    assert (error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Code"]) == (status, code)


def test_a_body_that_was_changed_on_the_way_is_refused(cloud: Cloud, aws: Callable[[str], Any]) -> None:
    client = aws("ssm")

    def change(request: Any, **_: Any) -> None:
        request.body = request.body.replace(b"honest", b"forged")

    client.meta.events.register("before-send.ssm.PutParameter", change)
    with pytest.raises(ClientError, match="InvalidSignatureException"):
        client.put_parameter(Name="/x", Value="honest", Type="String")
    client.meta.events.unregister("before-send.ssm.PutParameter", change)
