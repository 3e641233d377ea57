"""How old, or how early, a request's signature may be."""

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError
from stepmill.cloud.signing_time import check_age, signed_at
from stepmill.engine.clock import VirtualClock
from tests.cloud.conftest import connect

FORM = "application/x-www-form-urlencoded"
# Per service: method, path, headers, body of a call without parameters.
CALLS = {
    "s3": ("GET", "/", {}, ""),
    "ssm": ("POST", "/", {"X-Amz-Target": "AmazonSSM.DescribeParameters"}, "{}"),
    "sts": ("POST", "/", {"Content-Type": FORM}, "Action=GetCallerIdentity&Version=2011-06-15"),
    "lambda": ("GET", "/2015-03-31/functions/", {}, ""),
}

# Prints the codes of the refusals of a request that comes so many minutes after it was signed.
CHECKED_HERE = """
import io, time
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from stepmill.cloud.protocol.messages import HttpRequest
from stepmill.cloud.service import AwsError
from stepmill.cloud.signature import check_signature

def code(late_min):
    signed = AWSRequest("POST", "http://127.0.0.1/", {"Host": "127.0.0.1"}, b"{}")
    SigV4Auth(Credentials("AKIA", "secret"), "ssm", "us-east-1").add_auth(signed)
    headers = {name.lower(): value for name, value in signed.headers.items()}
    request = HttpRequest("POST", "/", "", headers, io.BytesIO(b"{}"))
    try:
        check_signature(request, headers, "AKIA", "secret", lambda: time.time() + 60 * late_min)
    except AwsError as error:
        return error.code

print([code(late_min) for late_min in (-16, -14, 14, 16)])
"""


class ServerTime:
    """The server's clock, set by the test."""

    def __init__(self) -> None:
        self.now_s = time.time()

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture(scope="module")
def server_time() -> ServerTime:
    return ServerTime()


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory, server_time: ServerTime) -> Iterator[Cloud]:
    cloud = Cloud.start(tmp_path_factory.mktemp("root") / ".stepmill", port=0, server_time=server_time)
    yield cloud
    cloud.close()


def signed(cloud: Cloud, service: str, headers: dict[str, str] | None = None) -> AWSRequest:
    method, path, its_headers, body = CALLS[service]
    request = AWSRequest(method, cloud.endpoint_url + path, its_headers | (headers or {}), body.encode())
    owner = cloud.keyring.owner
    signer = S3SigV4Auth if service == "s3" else SigV4Auth
    credentials = Credentials(owner.access_key_id, owner.secret_access_key)
    signer(credentials, service, cloud.region).add_auth(request)
    return request


def send(request: AWSRequest) -> tuple[int, str]:
    asked = urllib.request.Request(  # noqa: S310  # our own loopback address
        str(request.url), request.data or None, dict(request.headers.items()), method=request.method
    )
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def basic(at: datetime) -> str:
    return at.strftime("%Y%m%dT%H%M%SZ")


@pytest.mark.parametrize("late_min", [-14, 14])
@pytest.mark.parametrize("service", sorted(CALLS))
def test_a_clock_14_minutes_off_is_let_in(
    cloud: Cloud, server_time: ServerTime, service: str, late_min: int
) -> None:
    request = signed(cloud, service)
    made = datetime.fromisoformat(request.context["timestamp"])
    server_time.now_s = (made + timedelta(minutes=late_min)).timestamp()
    assert send(request)[0] == 200


@pytest.mark.parametrize("late_min", [-16, 16])
@pytest.mark.parametrize(
    ("service", "status", "code"),
    [
        ("ssm", 400, "InvalidSignatureException"),
        ("lambda", 403, "InvalidSignatureException"),
        ("sts", 403, "SignatureDoesNotMatch"),
    ],
)
def test_a_clock_16_minutes_off_is_refused_with_both_times(
    cloud: Cloud, server_time: ServerTime, service: str, status: int, code: str, late_min: int
) -> None:
    request = signed(cloud, service)
    when = request.context["timestamp"]
    made = datetime.fromisoformat(when)
    now = made + timedelta(minutes=late_min)
    server_time.now_s = now.timestamp()
    answer, body = send(request)
    if late_min > 0:
        limit = basic(now - timedelta(minutes=15))
        message = f"Signature expired: {when} is now earlier than {limit} ({basic(now)} - 15 min.)"
    else:
        limit = basic(now + timedelta(minutes=15))
        message = f"Signature not yet current: {when} is still later than {limit} ({basic(now)} + 15 min.)"
    assert (answer, code in body, message in body) == (status, True, True)


@pytest.mark.parametrize("late_min", [-16, 16])
def test_s3_refuses_a_clock_16_minutes_off_in_its_own_words(
    cloud: Cloud, server_time: ServerTime, late_min: int
) -> None:
    request = signed(cloud, "s3")
    when = request.context["timestamp"]
    now = datetime.fromisoformat(when) + timedelta(minutes=late_min)
    server_time.now_s = now.timestamp()
    status, body = send(request)
    assert (status, dict(re.findall(r"<(\w+)>([^<]+)</\1>", body)) | {"RequestId": ""}) == (
        403,
        {
            "Code": "RequestTimeTooSkewed",
            "Message": "The difference between the request time and the current time is too large.",
            "RequestTime": when,
            "ServerTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "MaxAllowedSkewMilliseconds": "900000",
            "RequestId": "",
        },
    )


@pytest.mark.parametrize(("late_min", "status"), [(14, 200), (16, 403)])
def test_the_date_header_counts_where_there_is_no_other(
    cloud: Cloud, server_time: ServerTime, late_min: int, status: int
) -> None:
    request = signed(cloud, "sts", {"Date": format_datetime(datetime.now(UTC), usegmt=True)})
    assert "X-Amz-Date" not in request.headers
    made = datetime.fromisoformat(request.context["timestamp"])
    server_time.now_s = (made + timedelta(minutes=late_min)).timestamp()
    assert send(request)[0] == status


@pytest.mark.parametrize(
    "said",
    [
        "",
        "now",
        "20260131T235959",
        "2026-01-31T23:59:59Z",
        "20261331T235959Z",
        "Fri, 31 Dec 9999 23:59:59 -1400",
    ],
    ids=["nothing", "a word", "no zone", "dashes", "month 13", "after the year 9999"],
)
def test_a_request_without_a_time_is_refused(cloud: Cloud, said: str) -> None:
    request = signed(cloud, "ssm")
    request.headers.replace_header("X-Amz-Date", said)
    status, body = send(request)
    assert (status, "must be a time such as 20260131T235959Z, got" in body) == (400, True)


def test_an_old_request_with_a_new_time_is_refused(cloud: Cloud, server_time: ServerTime) -> None:
    request = signed(cloud, "sts")
    server_time.now_s = time.time() + 1000
    request.headers.replace_header("X-Amz-Date", basic(datetime.fromtimestamp(server_time.now_s, UTC)))
    status, body = send(request)
    assert (status, "signature we calculated does not match" in body) == (403, True)


def presigned(cloud: Cloud, life_s: int) -> AWSRequest:
    owner = cloud.keyring.owner
    request = AWSRequest("GET", f"{cloud.endpoint_url}/no-such-bucket/key")
    credentials = Credentials(owner.access_key_id, owner.secret_access_key)
    S3SigV4QueryAuth(credentials, "s3", cloud.region, expires=life_s).add_auth(request)
    return AWSRequest("GET", request.url)


@pytest.mark.parametrize(
    ("life_s", "late_s", "status", "words"),
    [
        (60, 59, 404, "NoSuchBucket"),
        (60, 60, 403, "Request has expired"),
        (604_800, 604_799, 404, "NoSuchBucket"),
        (604_800, 604_800, 403, "Request has expired"),
        (604_801, 0, 400, "at most 604800 seconds"),
        (60, -899, 404, "NoSuchBucket"),
        (60, -901, 403, "Request is not valid yet"),
    ],
)
def test_a_url_lives_by_the_servers_time(
    cloud: Cloud, server_time: ServerTime, life_s: int, late_s: int, status: int, words: str
) -> None:
    request = presigned(cloud, life_s)
    made = re.findall(r"X-Amz-Date=(\w+)", str(request.url))[0]
    server_time.now_s = datetime.fromisoformat(made).timestamp() + late_s
    request.headers["Date"] = request.headers["X-Amz-Date"] = made  # what the client claims is of no use
    answer, body = send(request)
    assert (answer, words in body) == (status, True)


def test_a_clock_of_schedules_that_runs_ahead_keeps_no_client_out(tmp_path: Path) -> None:
    clock = VirtualClock(time.time() + 8 * 86_400)
    cloud = Cloud.start(tmp_path / "root", port=0, clock=clock)
    try:
        with closing(connect(cloud, "sts")) as client:
            assert client.get_caller_identity()["Account"] == "123456789012"
    finally:
        cloud.close()


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati", "right/UTC", "XXX+23"])
def test_the_zone_of_the_machine_does_not_matter(zone: str) -> None:
    folder = Path(__file__).parents[3]
    environment = os.environ | {"TZ": zone, "PYTHONPATH": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", CHECKED_HERE],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    refused = "InvalidSignatureException"
    assert done.stdout == f"{[refused, None, None, refused]}\n"


@pytest.mark.parametrize(
    "at",
    ["2024-02-29T23:59:59Z", "2026-03-08T07:00:00Z", "2026-11-01T06:30:00Z", "2016-12-31T23:59:59Z"],
    ids=["29 February", "the clocks go forward", "the clocks go back", "before a leap second"],
)
def test_a_time_is_read_as_the_second_it_is(at: str) -> None:
    there = datetime.fromisoformat(at)
    when = signed_at({"x-amz-date": basic(there)}, "ssm")
    assert when == signed_at({"date": format_datetime(there, usegmt=True)}, "ssm") == basic(there)
    for late_s in (-900, 900):
        check_age(when, "ssm", there.timestamp() + late_s)
    for late_s in (-901, 901):
        with pytest.raises(AwsError):
            check_age(when, "ssm", there.timestamp() + late_s)
