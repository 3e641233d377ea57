"""Who is let in."""

import http.client
import socket
import stat
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from stepmill.cloud.body import LARGEST_CALL_BYTES
from stepmill.cloud.cloud import Cloud, listen_on
from stepmill.cloud.root import CannotStart, lock_root


class Reply(NamedTuple):
    status: int
    headers: list[str]
    body: bytes


def ask(
    cloud: Cloud, headers: dict[str, str], body: bytes = b"", method: str = "POST", path: str = "/"
) -> Reply:
    with closing(http.client.HTTPConnection("127.0.0.1", cloud.port, timeout=10)) as connection:
        connection.putrequest(method, path, skip_host="Host" in headers)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            connection.putheader(name, value)
        connection.endheaders(body)
        with connection.getresponse() as answer:
            return Reply(answer.status, [name.lower() for name in answer.headers], answer.read())


def signed(cloud: Cloud, host: str, **extra: str) -> dict[str, str]:
    """Headers of a call that is right but for what the test makes wrong."""
    target = {"X-Amz-Target": "AmazonSSM.DescribeParameters", "Host": host}
    request = AWSRequest("POST", f"http://{host or 'none'}/", target | extra, b"{}")
    owner = cloud.keyring.owner
    credentials = Credentials(owner.access_key_id, owner.secret_access_key)
    SigV4Auth(credentials, "ssm", cloud.region).add_auth(request)
    return dict(request.headers.items())


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "127.0.0.1.evil.example:{port}", "localhost:1", ""]
)
def test_refuses_a_host_header_that_is_not_its_own(cloud: Cloud, host: str) -> None:
    answer = ask(cloud, signed(cloud, host.format(port=cloud.port)), b"{}")
    assert (answer.status, b"is not this cloud" in answer.body) == (403, True)


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_lets_its_own_names_in(cloud: Cloud, name: str) -> None:
    assert ask(cloud, signed(cloud, f"{name}:{cloud.port}"), b"{}").status == 200


def test_no_answer_allows_another_origin_to_read_it(cloud: Cloud) -> None:
    answer = ask(cloud, signed(cloud, f"127.0.0.1:{cloud.port}", Origin="https://evil.example"), b"{}")
    assert answer.status == 200
    assert [name for name in answer.headers if name.startswith("access-control")] == []


@pytest.mark.parametrize(
    ("service", "code"),
    [("ssm", "InvalidClientTokenId"), ("sts", "InvalidClientTokenId"), ("dynamodb", "InvalidClientTokenId")],
)
def test_refuses_an_unknown_key(aws_with: Callable[..., Any], service: str, code: str) -> None:
    client = aws_with(
        service, keys={"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "x"}
    )
    call = {"ssm": "describe_parameters", "sts": "get_caller_identity", "dynamodb": "list_tables"}[service]
    with pytest.raises(ClientError) as caught:
        getattr(client, call)()
    error = caught.value.response
    assert (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]) == (code, 403)


def test_s3_names_an_unknown_key_in_its_own_way(aws_with: Callable[..., Any]) -> None:
    client = aws_with("s3", keys={"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "x"})
    with pytest.raises(ClientError) as caught:
        client.list_buckets()
    assert caught.value.response["Error"]["Code"] == "InvalidAccessKeyId"


def test_refuses_an_unsigned_request(cloud: Cloud) -> None:
    answer = ask(cloud, {}, method="GET", path="/some-bucket/some-key")
    assert (answer.status, b"<Code>AccessDenied</Code>" in answer.body) == (403, True)


@pytest.mark.parametrize("service", ["ssm", "dynamodb", "cloudwatch"])
def test_refuses_a_request_signed_for_another_region(aws_with: Callable[..., Any], service: str) -> None:
    call = {"ssm": "describe_parameters", "dynamodb": "list_tables", "cloudwatch": "list_metrics"}[service]
    with pytest.raises(ClientError) as caught:
        getattr(aws_with(service, region="eu-west-1"), call)()
    assert caught.value.response["Error"]["Message"] == (
        "The request is signed for region eu-west-1, this cloud is in us-east-1; "
        "set AWS_DEFAULT_REGION=us-east-1"
    )


def test_refuses_a_body_over_the_limit_before_reading_it(cloud: Cloud) -> None:
    headers = signed(cloud, f"127.0.0.1:{cloud.port}") | {"Content-Length": str(LARGEST_CALL_BYTES + 1)}
    answer = ask(cloud, headers)
    assert answer.status == 413
    assert b"over the limit of 104857600 bytes" in answer.body


def test_listens_on_the_loopback_address_only(cloud: Cloud) -> None:
    with listen_on(0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
    # 127.0.0.2 is this machine too, and would reach a socket that listens on every address.
    with pytest.raises(OSError, match=r"refused|assign"):
        socket.create_connection(("127.0.0.2", cloud.port), timeout=5).close()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_what_asks_for_no_credentials_has_no_port(cloud: Cloud) -> None:
    """moto lets every web page in, under any Host header."""
    cloud.moto.await_ready()
    listening = {inode for line in tcp_lines() for inode in [line[9]] if line[3] == "0A"}
    for process in Path("/proc/self/task").glob("*/children"):
        for pid in process.read_text().split():
            sockets = {str(file.readlink()) for file in Path(f"/proc/{pid}/fd").iterdir()}
            assert not sockets & {f"socket:[{inode}]" for inode in listening}, pid
    socket_file = cloud.moto.pool.socket_file
    assert stat.S_ISSOCK(socket_file.stat().st_mode)
    assert stat.S_IMODE(socket_file.parent.stat().st_mode) == 0o700


def tcp_lines() -> list[list[str]]:
    """The kernel's table of sockets, a list of fields for each."""
    files = [Path("/proc/net/tcp"), Path("/proc/net/tcp6")]
    return [line.split() for file in files if file.exists() for line in file.read_text().splitlines()[1:]]


def test_moto_is_reached_from_a_folder_whose_path_is_too_long_for_a_socket(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30)
    cloud = Cloud.start(folder, port=0)
    try:
        assert cloud.call("iam", "ListRoles")["Roles"] == []
        assert folder not in cloud.moto.pool.socket_file.parents
        assert stat.S_IMODE(cloud.moto.pool.socket_file.parent.stat().st_mode) == 0o700
    finally:
        cloud.close()
    assert not cloud.moto.pool.socket_file.parent.exists()


def test_a_taken_port_is_named_with_the_way_out(cloud: Cloud, tmp_path: Path) -> None:
    with pytest.raises(CannotStart) as caught:
        Cloud.start(tmp_path / "other", port=cloud.port)
    assert str(caught.value) == (
        f"port {cloud.port} is taken (Address already in use); choose another with --port"
    )


def test_a_folder_in_use_is_refused(cloud: Cloud) -> None:
    with pytest.raises(CannotStart, match=r"in use by the cloud with process id \d+; stop that one, or"):
        Cloud.start(cloud.root, port=0)


@pytest.mark.parametrize(
    "names",
    [[], ["owner_key.json"], ["cloud.sqlite", "s3"], ["lock"], ["images.toml", "quotas.toml"]],
    ids=["empty", "a cloud's", "of a cloud that was killed early", "never came up", "settings"],
)
def test_a_folder_of_its_own_that_is_open_to_others_is_made_private(tmp_path: Path, names: list[str]) -> None:
    folder = tmp_path / "made"
    folder.mkdir()
    for name in names:
        (folder / name).touch()
    folder.chmod(0o755)
    lock_root(folder).close()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_cloud_that_comes_back_closes_a_folder_that_was_opened(tmp_path: Path) -> None:
    Cloud.start(tmp_path / "root", port=0).close()
    (tmp_path / "root").chmod(0o777)
    (tmp_path / "root" / "mine.txt").touch()
    Cloud.start(tmp_path / "root", port=0).close()
    assert stat.S_IMODE((tmp_path / "root").stat().st_mode) == 0o700


def test_a_folder_of_someone_elses_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    (tmp_path / "lock").touch()
    tmp_path.chmod(0o755)
    before = tmp_path.stat()
    with pytest.raises(CannotStart) as caught:
        Cloud.start(tmp_path, port=0)
    assert str(caught.value) == (
        f"folder {tmp_path} holds 'thesis.tex', which is not a cloud's; "
        "name an empty or a new folder with --root"
    )
    assert sorted(file.name for file in tmp_path.iterdir()) == ["lock", "thesis.tex"]
    assert (tmp_path.stat().st_mode, tmp_path.stat().st_mtime_ns) == (before.st_mode, before.st_mtime_ns)


def test_the_owners_key_is_readable_by_the_owner_only(cloud: Cloud) -> None:
    modes = {
        name: (cloud.root / name).stat().st_mode & 0o777 for name in ("owner_key.json", "cloud.sqlite", ".")
    }
    assert modes == {"owner_key.json": 0o600, "cloud.sqlite": 0o600, ".": 0o700}
