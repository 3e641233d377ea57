"""Roles, buckets, data and requests that the tests of SageMaker share."""

import json
import random
import time
from typing import Any

from stepmill.cloud.cloud import Cloud

ECR = "683313688378.dkr.ecr.us-east-1.amazonaws.com"
XGBOOST = f"{ECR}/sagemaker-xgboost:1.7-1"
LINEAR = "382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1"
SKLEARN = f"{ECR}/sagemaker-scikit-learn:1.2-1-cpu-py3"
BUCKET = "cars"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
ENDED = ("Completed", "Failed", "Stopped")


def role(cloud: Cloud, name: str = "job-role", action: str | list[str] = "*", resource: str = "*") -> str:
    known = [one["RoleName"] for one in cloud.call("iam", "ListRoles")["Roles"]]
    if name not in known:
        policy = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}],
        }
        document = json.dumps(TRUST)
        cloud.call("iam", "CreateRole", {"RoleName": name, "AssumeRolePolicyDocument": document})
        params = {"RoleName": name, "PolicyName": "all", "PolicyDocument": json.dumps(policy)}
        cloud.call("iam", "PutRolePolicy", params)
    return f"arn:aws:iam::{cloud.account}:role/{name}"


def put(cloud: Cloud, key: str, text: str | bytes) -> str:
    known = [one["Name"] for one in cloud.call("s3", "ListBuckets")["Buckets"]]
    if BUCKET not in known:
        cloud.call("s3", "CreateBucket", {"Bucket": BUCKET})
    body = text if isinstance(text, bytes) else text.encode()
    cloud.call("s3", "PutObject", {"Bucket": BUCKET, "Key": key, "Body": body})
    return f"s3://{BUCKET}/{key}"


def get(cloud: Cloud, uri: str) -> bytes:
    key = uri.removeprefix(f"s3://{BUCKET}/")
    data: bytes = cloud.call("s3", "GetObject", {"Bucket": BUCKET, "Key": key})["Body"].read()
    return data


def keys(cloud: Cloud, prefix: str) -> list[str]:
    page = cloud.call("s3", "ListObjectsV2", {"Bucket": BUCKET, "Prefix": prefix})
    return [one["Key"] for one in page.get("Contents", [])]


def prices(rows: int, seed: int = 1) -> str:
    """Label first: price = 3 a + 2 b + 10, without noise."""
    draw = random.Random(seed)  # noqa: S311  data, no secret
    pairs = [(draw.randint(0, 50), draw.randint(0, 50)) for _ in range(rows)]
    return "".join(f"{3 * a + 2 * b + 10},{a},{b}\n" for a, b in pairs)


def channel(name: str, uri: str, **more: Any) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}, "ContentType": "text/csv", **more}


def training(cloud: Cloud, name: str, image: str = XGBOOST, **more: Any) -> dict[str, Any]:
    return {
        "TrainingJobName": name,
        "RoleArn": role(cloud),
        "AlgorithmSpecification": {"TrainingImage": image, "TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/models/"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 120},
        **more,
    }


def command(source: str) -> dict[str, list[str]]:
    """Entry point and arguments that run the source; each may have at most 256 characters."""
    pieces = [source[start : start + 250] for start in range(0, len(source), 250)]
    entry = ["python3", "-c", "import sys; exec(compile(''.join(sys.argv[1:]), 'script', 'exec'))"]
    return {"ContainerEntrypoint": entry, "ContainerArguments": pieces}


def script(cloud: Cloud, name: str, source: str, **more: Any) -> dict[str, Any]:
    """A training job whose container runs a line of Python."""
    put(cloud, "unused", "x")
    algorithm = {"TrainingImage": SKLEARN, "TrainingInputMode": "File", **command(source)}
    algorithm |= more.pop("algorithm", {})
    return training(cloud, name, AlgorithmSpecification=algorithm, **more)


def processing(cloud: Cloud, name: str, source: str, **more: Any) -> dict[str, Any]:
    put(cloud, "unused", "x")
    resources = {"ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}}
    return {
        "ProcessingJobName": name,
        "RoleArn": role(cloud),
        "AppSpecification": {"ImageUri": SKLEARN, **command(source)},
        "ProcessingResources": resources,
        **more,
    }


def run(cloud: Cloud, noun: str, params: dict[str, Any], timeout_s: float = 60) -> dict[str, Any]:
    """Create a job, wait for its end, answer its description."""
    cloud.call("sagemaker", f"Create{noun}", params)
    return ended(cloud, noun, params[f"{noun}Name"], timeout_s)


def ended(cloud: Cloud, noun: str, name: str, timeout_s: float = 60) -> dict[str, Any]:
    deadline = time.monotonic() + timeout_s
    while True:
        found = cloud.call("sagemaker", f"Describe{noun}", {f"{noun}Name": name})
        if found[f"{noun}Status"] in ENDED:
            return found
        assert time.monotonic() < deadline, f"{name} has not ended: {found}"
        time.sleep(0.05)


def settled(cloud: Cloud, endpoint: str, timeout_s: float = 60) -> dict[str, Any]:
    deadline = time.monotonic() + timeout_s
    while True:
        found = cloud.call("sagemaker", "DescribeEndpoint", {"EndpointName": endpoint})
        if found["EndpointStatus"] in ("InService", "Failed"):
            return found
        assert time.monotonic() < deadline, f"{endpoint} has not settled: {found}"
        time.sleep(0.05)


def lines(cloud: Cloud, group: str, prefix: str) -> list[str]:
    params = {"logGroupName": group, "logStreamNamePrefix": prefix}
    return [one["message"].rstrip("\n") for one in cloud.call("logs", "FilterLogEvents", params)["events"]]


def configure(cloud: Cloud, name: str, image: str, artefact: str, **more: Any) -> str:
    """A model and a configuration of one variant, both called `name`."""
    model = {"ModelName": name, "ExecutionRoleArn": role(cloud)}
    cloud.call(
        "sagemaker", "CreateModel", model | {"PrimaryContainer": {"Image": image, "ModelDataUrl": artefact}}
    )
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": name,
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    params = {"EndpointConfigName": name, "ProductionVariants": [variant], **more}
    cloud.call("sagemaker", "CreateEndpointConfig", params)
    return name


def deploy(cloud: Cloud, name: str, image: str, artefact: str, **more: Any) -> dict[str, Any]:
    configure(cloud, name, image, artefact, **more)
    cloud.call("sagemaker", "CreateEndpoint", {"EndpointName": name, "EndpointConfigName": name})
    return settled(cloud, name)


def invoke(cloud: Cloud, endpoint: str, body: bytes, **more: Any) -> dict[str, Any]:
    params = {"EndpointName": endpoint, "Body": body, "ContentType": "text/csv", **more}
    answer = cloud.call("sagemaker-runtime", "InvokeEndpoint", params)
    return {**answer, "Body": answer["Body"].read()}
