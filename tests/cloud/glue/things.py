"""Roles, scripts and runs that the tests of Glue share."""

import json
import time
from typing import Any

from stepmill.cloud.cloud import Cloud

BUCKET = "glue-scripts"
OVER = ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT")


def role(
    cloud: Cloud, name: str = "glue-role", service: str = "glue.amazonaws.com", action: str = "*"
) -> str:
    known = [one["RoleName"] for one in cloud.call("iam", "ListRoles")["Roles"]]
    if name not in known:
        trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        allow = {"Effect": "Allow", "Action": action, "Resource": "*"}
        documents = [json.dumps({"Version": "2012-10-17", "Statement": [one]}) for one in (trust, allow)]
        cloud.call("iam", "CreateRole", {"RoleName": name, "AssumeRolePolicyDocument": documents[0]})
        params = {"RoleName": name, "PolicyName": "all", "PolicyDocument": documents[1]}
        cloud.call("iam", "PutRolePolicy", params)
    return f"arn:aws:iam::{cloud.account}:role/{name}"


def put(cloud: Cloud, key: str, text: str | bytes) -> str:
    if BUCKET not in [one["Name"] for one in cloud.call("s3", "ListBuckets")["Buckets"]]:
        cloud.call("s3", "CreateBucket", {"Bucket": BUCKET})
    body = text if isinstance(text, bytes) else text.encode()
    cloud.call("s3", "PutObject", {"Bucket": BUCKET, "Key": key, "Body": body})
    return f"s3://{BUCKET}/{key}"


def get(cloud: Cloud, key: str) -> str:
    body: bytes = cloud.call("s3", "GetObject", {"Bucket": BUCKET, "Key": key})["Body"].read()
    return body.decode()


def definition(cloud: Cloud, name: str, source: str, **more: Any) -> dict[str, Any]:
    location = put(cloud, f"{name}.py", source)
    command = {"Name": "pythonshell", "PythonVersion": "3.9", "ScriptLocation": location}
    return {"Name": name, "Role": role(cloud), "Command": command, **more}


def make(cloud: Cloud, name: str, source: str, **more: Any) -> str:
    cloud.call("glue", "CreateJob", definition(cloud, name, source, **more))
    return name


def start(cloud: Cloud, name: str, **more: Any) -> str:
    return str(cloud.call("glue", "StartJobRun", {"JobName": name, **more})["JobRunId"])


def found(cloud: Cloud, name: str, run_id: str) -> dict[str, Any]:
    run: dict[str, Any] = cloud.call("glue", "GetJobRun", {"JobName": name, "RunId": run_id})["JobRun"]
    return run


def until(cloud: Cloud, name: str, run_id: str, *states: str, timeout_s: float = 60) -> dict[str, Any]:
    deadline = time.monotonic() + timeout_s
    while (run := found(cloud, name, run_id))["JobRunState"] not in states:
        assert time.monotonic() < deadline, run
        time.sleep(0.02)
    return run


def run(
    cloud: Cloud, name: str, source: str, arguments: dict[str, str] | None = None, **more: Any
) -> dict[str, Any]:
    """Make a job, run it once, answer its run when it is over."""
    make(cloud, name, source, **more)
    return until(cloud, name, start(cloud, name, Arguments=arguments or {}), *OVER)


def lines(cloud: Cloud, kind: str, run_id: str) -> list[str]:
    params = {"logGroupName": f"/aws-glue/python-jobs/{kind}", "logStreamNames": [run_id]}
    return [one["message"] for one in cloud.call("logs", "FilterLogEvents", params)["events"]]
