"""A cloud with stacks/foundation.yaml, stacks/realtime.yaml and two tiny linear models behind endpoints.

`python -m bench.realtime.serve <folder>` prints one line of JSON about it and serves until its input ends.
"""

import io
import json
import sys
import tarfile
import time
from pathlib import Path
from typing import Any

import boto3

from stepmill.cli.deploy import deploy
from stepmill.cloud.cloud import Cloud

STACKS = Path(__file__).parents[2] / "stacks"
IMAGE = "382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1"
ENDPOINTS = ("stepmill-dev", "stepmill-dev-linear")
NAMES = ("Mileage", "Cylinder", "Doors", "Cruise", "Sound", "Leather")
COLUMNS = [{"name": name, "type": "numeric", "median": 1.0} for name in NAMES]
SHARED = ("ArtifactsBucketName", "DeadLettersArn", "CommonLayerArn", "FunctionBasicsArn")
NO_LIMIT = {"RateLimit": "10000", "BurstLimit": "10000", "DailyQuota": "10000000"}


def main() -> None:
    cloud = Cloud.start(Path(sys.argv[1]), port=0)
    try:
        print(json.dumps(set_up(cloud)), flush=True)
        sys.stdin.read()
    finally:
        cloud.close()


def set_up(cloud: Cloud) -> dict[str, Any]:
    owner = cloud.keyring.owner
    environ = {
        "AWS_ENDPOINT_URL": cloud.endpoint_url,
        "AWS_DEFAULT_REGION": cloud.region,
        "AWS_ACCESS_KEY_ID": owner.access_key_id,
        "AWS_SECRET_ACCESS_KEY": owner.secret_access_key,
    }

    def client(service: str) -> Any:
        make: Any = boto3.client
        keys = {name.lower(): value for name, value in environ.items() if "KEY" in name}
        return make(service, endpoint_url=cloud.endpoint_url, region_name=cloud.region, **keys)

    def told(text: str) -> None:
        print(text, file=sys.stderr)

    mail = {"NotificationEmail": "team@example.com"}
    made = deploy(client, STACKS / "foundation.yaml", "foundation", mail, told).outputs
    shared = {name: made[name] for name in SHARED}
    of_jobs = {**shared, "DataBucketName": made["DataBucketName"]}
    layer = deploy(client, STACKS / "jobs.yaml", "jobs", of_jobs, told).outputs["JobsLayerArn"]
    given = {**shared, "JobsLayerArn": layer, **NO_LIMIT}
    given |= {"FirstEndpointName": ENDPOINTS[0], "SecondEndpointName": ENDPOINTS[1]}
    api = deploy(client, STACKS / "realtime.yaml", "realtime", given, told).outputs
    for endpoint in ENDPOINTS:
        serve(cloud, made["ArtifactsBucketName"], endpoint)
    key = cloud.call("apigateway", "GetApiKey", {"apiKey": api["ApiKeyId"], "includeValue": True})["value"]
    handler = {
        "FIRST_ENDPOINT_NAME": ENDPOINTS[0],
        "SECOND_ENDPOINT_NAME": ENDPOINTS[1],
        "RULE": "largest",
        "POSTPROCESS_STEP": "none",
        "ENDPOINT_TIMEOUT_S": "5",
        "ARTIFACTS_BUCKET": made["ArtifactsBucketName"],
        "DEAD_LETTERS_ARN": made["DeadLettersArn"],
    }
    return {"environ": {**environ, **handler}, "url": api["PredictUrl"], "key": key}


def serve(cloud: Cloud, bucket: str, endpoint: str) -> None:
    model = json.dumps({"weights": [1.0] * len(COLUMNS), "bias": 0.0}).encode()
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        member = tarfile.TarInfo("model_algo-1")
        member.size = len(model)
        archive.addfile(member, io.BytesIO(model))
    features = json.dumps({"columns": COLUMNS}).encode()
    folder = f"training/{endpoint}"
    for name, body in (("model.tar.gz", data.getvalue()), ("schema/features.json", features)):
        cloud.call("s3", "PutObject", {"Bucket": bucket, "Key": f"{folder}/{name}", "Body": body})
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{bucket}/{folder}/model.tar.gz"}
    container["Environment"] = {"SCHEMA_URI": f"s3://{bucket}/{folder}/schema/features.json"}  # type: ignore[assignment]
    name = endpoint.replace("stepmill-dev", "stepmill-dev-model")
    model_of = {"ModelName": name, "PrimaryContainer": container, "ExecutionRoleArn": role(cloud)}
    cloud.call("sagemaker", "CreateModel", model_of)
    variant = {"VariantName": "AllTraffic", "ModelName": name, "InstanceType": "ml.m5.large"}
    config = {"EndpointConfigName": name}
    variants = [{**variant, "InitialInstanceCount": 1}]
    cloud.call("sagemaker", "CreateEndpointConfig", {**config, "ProductionVariants": variants})
    cloud.call("sagemaker", "CreateEndpoint", {"EndpointName": endpoint, **config})
    status = "Creating"
    while status == "Creating":
        time.sleep(0.05)
        found = cloud.call("sagemaker", "DescribeEndpoint", {"EndpointName": endpoint})
        status = found["EndpointStatus"]
    assert status == "InService", found


def role(cloud: Cloud) -> str:
    arn = f"arn:aws:iam::{cloud.account}:role/bench-model"
    if arn not in [one["Arn"] for one in cloud.call("iam", "ListRoles")["Roles"]]:
        trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}}
        document = {"Version": "2012-10-17", "Statement": [{**trust, "Action": "sts:AssumeRole"}]}
        named = {"RoleName": "bench-model"}
        cloud.call("iam", "CreateRole", {**named, "AssumeRolePolicyDocument": json.dumps(document)})
        allow = {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
        text = json.dumps({"Version": "2012-10-17", **allow})
        cloud.call("iam", "PutRolePolicy", {**named, "PolicyName": "p", "PolicyDocument": text})
    return arn


if __name__ == "__main__":
    main()
