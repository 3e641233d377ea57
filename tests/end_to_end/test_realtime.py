"""From an HTTP request to the models of two endpoints and back: foundation, jobs and realtime in stacks/.

The models are tiny: a line through the rows' features, served by the stand-in of Linear Learner.
"""

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import pytest

from stepmill.cli.deploy import deploy
from stepmill.cloud.cloud import Cloud
from tests.cloud.apigateway.things import request, signed
from tests.cloud.sagemaker.things import LINEAR, settled
from tests.docs.pages import blocks, shell_lines
from tests.end_to_end.platform import REPOSITORY

FIRST, SECOND = "stepmill-dev", "stepmill-dev-linear"
COLUMNS = [
    {"name": "Mileage", "type": "numeric", "median": 10.0},
    {"name": "Make", "type": "categorical", "categories": ["Buick", "Saab"]},
]
ROW = {"Mileage": 5, "Make": "Saab"}
SHARED = ("ArtifactsBucketName", "DeadLettersArn", "CommonLayerArn", "FunctionBasicsArn")


class Deployed(NamedTuple):
    url: str
    key_id: str
    key: dict[str, str]


class Service:
    """The deployed API. `post` signs and sends the key, unless told otherwise."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        template = REPOSITORY / "stacks/foundation.yaml"
        given = {"NotificationEmail": "team@example.com"}
        self.made = deploy(self.client, template, "foundation", given, print).outputs
        wanted = (*SHARED, "DataBucketName")
        given = {name: self.made[name] for name in wanted}
        self.made |= deploy(self.client, REPOSITORY / "stacks/jobs.yaml", "jobs", given, print).outputs
        self.url, self.key_id, self.key = self.deployed("dev", (FIRST, SECOND))

    def deployed(self, stage: str, endpoints: tuple[str, str], **settings: str) -> Deployed:
        """One more API, of a stage of its own."""
        wanted = (*SHARED, "JobsLayerArn")
        given = {name: self.made[name] for name in wanted} | {"Stage": stage, **settings}
        given |= {
            "FirstEndpointName": endpoints[0],
            "SecondEndpointName": endpoints[1],
            "EndpointTimeoutS": "2",
        }
        template = REPOSITORY / "stacks/realtime.yaml"
        outputs = deploy(self.client, template, f"realtime-{stage}", given, print).outputs
        asked = {"apiKey": outputs["ApiKeyId"], "includeValue": True}
        key = str(self.cloud.call("apigateway", "GetApiKey", asked)["value"])
        return Deployed(outputs["PredictUrl"], outputs["ApiKeyId"], {"x-api-key": key})

    def client(self, service: str) -> Any:
        owner = self.cloud.keyring.owner
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.cloud.endpoint_url,
            region_name=self.cloud.region,
            aws_access_key_id=owner.access_key_id,
            aws_secret_access_key=owner.secret_access_key,
        )

    def serve(self, endpoint: str, name: str, bias: float) -> None:
        """A model that answers Mileage + 1 for Buick + 2 for Saab + bias."""
        bucket, cloud = self.made["ArtifactsBucketName"], self.cloud
        model = json.dumps({"weights": [1.0, 1.0, 2.0], "bias": bias}).encode()
        data = io.BytesIO()
        with tarfile.open(fileobj=data, mode="w:gz") as archive:
            member = tarfile.TarInfo("model_algo-1")
            member.size = len(model)
            archive.addfile(member, io.BytesIO(model))
        for key, body in (
            (f"training/{name}/model.tar.gz", data.getvalue()),
            (f"training/{name}/prepared/schema/features.json", json.dumps({"columns": COLUMNS}).encode()),
        ):
            cloud.call("s3", "PutObject", {"Bucket": bucket, "Key": key, "Body": body})
        schema = f"s3://{bucket}/training/{name}/prepared/schema/features.json"
        container = {"Image": LINEAR, "ModelDataUrl": f"s3://{bucket}/training/{name}/model.tar.gz"}
        container_and_role = {
            "PrimaryContainer": {**container, "Environment": {"SCHEMA_URI": schema}},
            "ExecutionRoleArn": model_role(cloud),
        }
        cloud.call(
            "sagemaker", "CreateModel", {"ModelName": f"{endpoint}-model-{name}", **container_and_role}
        )
        variant = {"VariantName": "AllTraffic", "ModelName": f"{endpoint}-model-{name}"}
        variants = [{**variant, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}]
        config = {"EndpointConfigName": f"{endpoint}-config-{name}"}
        cloud.call("sagemaker", "CreateEndpointConfig", {**config, "ProductionVariants": variants})
        cloud.call("sagemaker", "CreateEndpoint", {"EndpointName": endpoint, **config})
        assert settled(cloud, endpoint)["EndpointStatus"] == "InService"

    def post(self, body: Any, kind: str = "application/json") -> tuple[int, Any]:
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        headers = signed(self.cloud, self.url, "POST", data, None, **{"content-type": kind})
        status, _, content = request(self.url, "POST", data, {**headers, **self.key})
        return status, json.loads(content)


def model_role(cloud: Cloud) -> str:
    from tests.cloud.sagemaker.things import role

    return role(cloud)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    cloud = Cloud.start(tmp_path_factory.mktemp("realtime") / ".stepmill", port=0)
    try:
        service = Service(cloud)
        service.serve(FIRST, "one", 100.0)
        service.serve(SECOND, "two", 200.0)
        yield service
    finally:
        cloud.close()


def test_a_signed_request_with_a_key_is_answered_with_the_larger_prediction(service: Service) -> None:
    status, told = service.post({"rows": [ROW, {"Mileage": None, "Make": "Buick"}]})
    assert status == 200, told
    assert {name: value for name, value in told.items() if name != "inference_id"} == {
        "predictions": [207.0, 211.0],
        "by": {FIRST: [107.0, 111.0], SECOND: [207.0, 211.0]},
        "rule": "largest",
        "degraded": False,
    }


def test_csv_is_answered_and_the_request_recorded(service: Service) -> None:
    status, told = service.post("Mileage,Make\n5,Saab\n", "text/csv")
    assert (status, told["predictions"]) == (200, [207.0])
    found = service.cloud.call(
        "s3", "ListObjectsV2", {"Bucket": service.made["ArtifactsBucketName"], "Prefix": "realtime/"}
    )
    [key] = [one["Key"] for one in found["Contents"] if told["inference_id"] in one["Key"]]
    place = {"Bucket": service.made["ArtifactsBucketName"], "Key": key}
    record = json.loads(service.cloud.call("s3", "GetObject", place)["Body"].read())
    assert key == f"realtime/{FIRST}/dt={record['time'][:10]}/{told['inference_id']}.json"
    assert (record["rows"], record["predictions"], record["degraded"]) == ([ROW], [207.0], False)


def test_endpoints_and_bucket_take_what_is_sent_directly(service: Service) -> None:
    """Their signatures are checked here: one that is wrong would be answered by 403, and the client asked."""
    status, told = service.post(ROW)
    assert status == 200
    group = {"logGroupName": "/aws/lambda/stepmill-dev-predict"}
    lines = [event["message"] for event in service.cloud.call("logs", "FilterLogEvents", group)["events"]]
    assert any(told["inference_id"] in line for line in lines)
    assert [line for line in lines if "asked_through_the_client" in line] == []


def test_without_signature_or_key_nobody_is_answered(service: Service) -> None:
    body = json.dumps(ROW).encode()
    status, _, content = request(service.url, "POST", body, service.key)
    assert (status, content) == (403, b'{"message":"Missing Authentication Token"}')
    headers = signed(service.cloud, service.url, "POST", body)
    status, _, content = request(service.url, "POST", body, headers)
    assert (status, content) == (403, b'{"message":"Forbidden"}')


def test_where_the_key_alone_lets_in_it_is_needed_and_its_rate_is_held(service: Service) -> None:
    endpoint = "stepmill-test"
    service.serve(endpoint, "three", 300.0)
    limits = {"RateLimit": "1", "BurstLimit": "1"}
    url, _, key = service.deployed("test", (endpoint, endpoint), Authorizer="NONE", **limits)
    body = json.dumps(ROW).encode()

    def answered(headers: dict[str, str]) -> tuple[int, Any]:
        status, _, content = request(url, "POST", body, {"content-type": "application/json", **headers})
        told = json.loads(content)
        return status, told.get("predictions", told)

    assert answered(key) == (200, [307.0])
    assert answered({}) == (403, {"message": "Forbidden"})
    # At once, as a slow machine may take a second for each of several one after the other.
    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(answered, [key] * 6))
    assert (429, {"message": "Too Many Requests"}) in told
    assert {status for status, _ in told} <= {200, 429}


def test_a_wrong_row_is_told_with_its_column(service: Service) -> None:
    status, told = service.post({"rows": [ROW, {**ROW, "Mileage": "many"}]})
    assert (status, told["errors"]) == (
        400,
        [{"problem": "'many' is not a number", "row": 2, "column": "Mileage"}],
    )


@pytest.fixture
def environ(service: Service) -> dict[str, str]:
    """What a shell has after the line of `stepmill up` and the two outputs."""
    owner = service.cloud.keyring.owner
    return {
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL": service.cloud.endpoint_url,
        "AWS_DEFAULT_REGION": service.cloud.region,
        "AWS_ACCESS_KEY_ID": owner.access_key_id,
        "AWS_SECRET_ACCESS_KEY": owner.secret_access_key,
        "PREDICT_URL": service.url,
        "API_KEY_ID": service.key_id,
        "API_KEY": service.key["x-api-key"],
    }


def test_the_python_of_the_page_gets_predictions(
    service: Service, environ: dict[str, str], tmp_path: Path
) -> None:
    [block] = [block for block in blocks(REPOSITORY / "docs/realtime.md") if block.file == "ask.py"]
    (tmp_path / "ask.py").write_text(block.text)
    command = [sys.executable, str(tmp_path / "ask.py"), json.dumps([ROW])]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[207.0]\n", "")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_curl_of_the_page_gets_predictions(
    service: Service, environ: dict[str, str], tmp_path: Path
) -> None:
    [line] = [line for line in shell_lines(REPOSITORY / "docs/realtime.md") if line.startswith("curl ")]
    (tmp_path / "cars.csv").write_text("Mileage,Make\n5,Saab\n")
    command = ["sh", "-c", f"{line} --silent"]
    done = subprocess.run(command, env=environ, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["predictions"] == [207.0]


def test_one_endpoint_gone_is_degraded_and_both_gone_are_unavailable(service: Service) -> None:
    """The last test: it takes the endpoints away."""
    service.cloud.call("sagemaker", "DeleteEndpoint", {"EndpointName": SECOND})
    status, told = service.post(ROW)
    assert (status, told["predictions"], told["degraded"]) == (200, [107.0], True)
    assert told["reasons"] == {SECOND: "failed (ValidationError)"}
    service.cloud.call("sagemaker", "DeleteEndpoint", {"EndpointName": FIRST})
    status, told = service.post(ROW)
    assert (status, sorted(told["reasons"])) == (503, [FIRST, SECOND])
