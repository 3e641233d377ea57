"""Identities and assumed roles through boto3."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.keyring import Keyring
from stepmill.cloud.root import new_key
from stepmill.cloud.service import ROOT, Principal
from stepmill.engine.clock import VirtualClock


@pytest.fixture(scope="module")
def role(cloud: Cloud) -> str:
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{cloud.account}:root"},
        "Action": "sts:AssumeRole",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    made = cloud.call("iam", "CreateRole", {"RoleName": "worker", "AssumeRolePolicyDocument": document})
    return str(made["Role"]["Arn"])


def test_the_owner_is_the_accounts_root(aws: Callable[[str], Any]) -> None:
    identity = aws("sts").get_caller_identity()
    assert (identity["Account"], identity["Arn"]) == ("123456789012", "arn:aws:iam::123456789012:root")


def test_an_assumed_role_acts_under_its_session_name(
    aws: Callable[[str], Any], aws_with: Callable[..., Any], role: str
) -> None:
    answer = aws("sts").assume_role(RoleArn=role, RoleSessionName="night-shift")
    given = answer["Credentials"]
    keys = {
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
    }
    arn = "arn:aws:sts::123456789012:assumed-role/worker/night-shift"
    assert answer["AssumedRoleUser"]["Arn"] == arn
    assert aws_with("sts", keys=keys).get_caller_identity()["Arn"] == arn
    with pytest.raises(ClientError, match="ssm:DescribeParameters"):
        aws_with("ssm", keys=keys).describe_parameters()


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"RoleSessionName": "a b"}, "ValidationError"),
        ({"RoleSessionName": "fine", "DurationSeconds": 43_201}, "ValidationError"),
        ({"RoleSessionName": "fine", "Policy": '{"Version":"2012-10-17","Statement":[]}'}, "ValidationError"),
        ({"RoleSessionName": "fine", "RoleArn": "arn:aws:iam::123456789012:role/ghost"}, "AccessDenied"),
    ],
)
def test_refuses_what_it_cannot_grant(
    aws: Callable[[str], Any], role: str, params: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError) as caught:
        aws("sts").assume_role(**({"RoleArn": role} | params))
    assert caught.value.response["Error"]["Code"] == code


def test_a_minted_key_ends_with_its_time(tmp_path: Path) -> None:
    clock = VirtualClock(1000.0)
    keyring = Keyring(new_key("AKIA"), clock)
    principal = Principal("arn:aws:iam::123456789012:role/worker", "s")
    short = keyring.expiring(principal, 1900.0).key.access_key_id
    lasting = keyring.lasting(principal).key.access_key_id
    clock.advance(899)
    assert keyring.principal_of(short) == principal
    clock.advance(1)
    keyring.expiring(principal, 9999.0)
    assert (keyring.principal_of(short), keyring.principal_of(lasting)) == (None, principal)
    assert keyring.lasting(principal).key.access_key_id == lasting
    assert keyring.principal_of(keyring.owner.access_key_id) == ROOT
