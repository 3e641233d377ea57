"""Deployment packages made for tests."""

import io
import json
import textwrap
import zipfile
from typing import Any

from stepmill.cloud.cloud import Cloud

TRUST = """{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"""
ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'


def package(source: str, name: str = "handler.py", **others: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(name, textwrap.dedent(source))
        for other, text in others.items():
            archive.writestr(other.replace("__", "/") + ".py", textwrap.dedent(text))
    return data.getvalue()


def role(cloud: Cloud, name: str = "function-role") -> str:
    """A role that Lambda may assume and that may do everything."""
    known = [one["RoleName"] for one in cloud.call("iam", "ListRoles")["Roles"]]
    if name not in known:
        cloud.call("iam", "CreateRole", {"RoleName": name, "AssumeRolePolicyDocument": TRUST})
        cloud.call("iam", "PutRolePolicy", {"RoleName": name, "PolicyName": "all", "PolicyDocument": ALL})
    return f"arn:aws:iam::{cloud.account}:role/{name}"


def create(cloud: Cloud, name: str, source: str, **params: Any) -> dict[str, Any]:
    given = {"FunctionName": name, "Runtime": "python3.13", "Handler": "handler.handler", "Role": role(cloud)}
    return cloud.call("lambda", "CreateFunction", given | {"Code": {"ZipFile": package(source)}} | params)


def invoke(cloud: Cloud, name: str, event: Any = None, **params: Any) -> dict[str, Any]:
    answer = cloud.call(
        "lambda", "Invoke", {"FunctionName": name, "Payload": json.dumps(event).encode(), **params}
    )
    return {**answer, "Payload": json.loads(answer["Payload"].read() or "null")}
