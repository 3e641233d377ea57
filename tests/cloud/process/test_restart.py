"""What a cloud that ends, or is killed, leaves behind."""

import logging
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import AwsError, Principal

TRUST = '{"Version":"2012-10-17","Statement":[]}'
POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ssm:*","Resource":"*"}]}'
DEADLINE_S = 20.0


@contextmanager
def running(root: Path) -> Iterator[Cloud]:
    cloud = Cloud.start(root, port=0)
    try:
        yield cloud
    finally:
        cloud.close()


def test_parameters_logs_roles_tables_and_the_key_survive(tmp_path: Path) -> None:
    item = {"k": {"S": "lock"}, "b": {"B": b"\x00\xff"}, "n": {"N": "1"}}
    with running(tmp_path / "root") as cloud:
        key = cloud.keyring.owner
        cloud.call("ssm", "PutParameter", {"Name": "/a", "Value": "kept", "Type": "String"})
        cloud.log("/g", "s", ["a line"])
        cloud.call("iam", "CreateRole", {"RoleName": "r", "AssumeRolePolicyDocument": TRUST})
        cloud.call("iam", "PutRolePolicy", {"RoleName": "r", "PolicyName": "p", "PolicyDocument": POLICY})
        cloud.call("dynamodb", "CreateTable", TABLE)
        cloud.call("dynamodb", "PutItem", {"TableName": "t", "Item": item})
        with pytest.raises(AwsError, match="ConditionalCheckFailed"):
            cloud.call(
                "dynamodb", "PutItem", {"TableName": "t", "Item": item, "ConditionExpression": "n = k"}
            )
    role = Principal("arn:aws:iam::123456789012:role/r")
    with running(tmp_path / "root") as cloud:
        assert cloud.keyring.owner == key
        assert (
            cloud.call("ssm", "GetParameter", {"Name": "/a"}, principal=role)["Parameter"]["Value"] == "kept"
        )
        events = cloud.call("logs", "GetLogEvents", {"logGroupName": "/g", "logStreamName": "s"})["events"]
        assert [event["message"] for event in events] == ["a line"]
        found = cloud.call("dynamodb", "GetItem", {"TableName": "t", "Key": {"k": {"S": "lock"}}})
        assert found["Item"] == item
        assert len(cloud.store.query("select 1 from moto_write")) == 4


TABLE: dict[str, Any] = {
    "TableName": "t",
    "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def test_a_write_that_cannot_be_replayed_is_logged_and_the_others_are(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with running(tmp_path / "root") as cloud:
        cloud.call("iam", "CreateRole", {"RoleName": "r", "AssumeRolePolicyDocument": TRUST})
        with cloud.store.transaction() as conn:
            conn.execute(
                "insert into moto_write values (0, 'iam', 'DeleteRole', '{\"RoleName\": \"ghost\"}')"
            )
    with caplog.at_level(logging.WARNING), running(tmp_path / "root") as cloud:
        assert [role["RoleName"] for role in cloud.call("iam", "ListRoles")["Roles"]] == ["r"]
    assert [record.getMessage()[:37] for record in caplog.records] == [
        "iam DeleteRole was not restored: NoSu"
    ]


def test_a_folder_is_free_again_after_its_cloud_ended(tmp_path: Path) -> None:
    for _ in range(2):
        with running(tmp_path / "root") as cloud:
            assert cloud.endpoint_url == f"http://127.0.0.1:{cloud.port}"


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux's")
def test_a_killed_cloud_leaves_no_process_and_no_lock(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from stepmill.cloud.cloud import Cloud\n"
        "cloud = Cloud.start(Path(sys.argv[1]), port=0)\n"
        "cloud.call('ssm', 'PutParameter', {'Name': '/a', 'Value': 'kept', 'Type': 'String'})\n"
        "cloud.moto.await_ready(); print('ready', flush=True); time.sleep(60)"
    )
    argv = [sys.executable, "-c", code, str(tmp_path / "root")]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, process_group=0) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        children = descendants(process.pid)
        assert any("moto.server" in command for command in children.values())
        process.send_signal(signal.SIGKILL)
        process.wait()
    deadline = time.monotonic() + DEADLINE_S
    while left := [pid for pid in children if Path(f"/proc/{pid}").exists()]:
        assert time.monotonic() < deadline, left
        time.sleep(0.02)
    with running(tmp_path / "root") as cloud:
        assert cloud.call("ssm", "GetParameter", {"Name": "/a"})["Parameter"]["Value"] == "kept"


def descendants(pid: int) -> dict[int, str]:
    """pid -> command line of every process below `pid`."""
    found: dict[int, str] = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            found[child] = Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ")
            found |= descendants(child)
    return found
