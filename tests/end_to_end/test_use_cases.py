"""The second use case: the same template and machines, other parameters."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from stepmill.cli import session
from stepmill.cli.usecase.deploying import parameters
from stepmill.cli.usecase.reading import read
from tests.cloud.apigateway.things import request
from tests.end_to_end.platform import REPOSITORY, Platform, wait_for

EXAMPLES = REPOSITORY / "examples"


def made_of(name: str, **others: str) -> dict[str, str]:
    return {**parameters(read(EXAMPLES / name / "usecase.yaml")), **others}


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """The use case of the diamonds is deployed."""
    platform = Platform(tmp_path_factory.mktemp("platform") / ".stepmill")
    platform.up()
    try:
        platform.deploy(**made_of("diamonds"))
        yield platform
    finally:
        platform.kill()


@pytest.fixture(scope="module")
def diamonds(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """3,000 of them."""
    folder = tmp_path_factory.mktemp("diamonds")
    argv = [
        sys.executable,
        str(EXAMPLES / "diamonds/make_data.py"),
        "--output",
        str(folder),
        "--rows",
        "3000",
    ]
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
    return Path(folder, "diamonds.csv").read_bytes()


@pytest.fixture(scope="module")
def trained(platform: Platform, diamonds: bytes) -> dict[str, dict[str, Any]]:
    """Both executions that one upload has started, by algorithm, when both models serve."""
    uri = platform.upload("diamonds.csv", diamonds)
    found = wait_for(
        lambda: one if len(one := platform.executions_on(uri)) == 2 else None, "two executions of one upload"
    )
    ended = {json.loads(one["input"])["algorithm"]: platform.ended(one["executionArn"]) for one in found}
    for execution in ended.values():
        assert platform.deployed(execution)["status"] == "SUCCEEDED"
    return ended


def verdict(execution: dict[str, Any]) -> dict[str, Any]:
    return dict(json.loads(execution["output"])["verdict"])


def test_one_upload_trains_both_variants_to_registered_models(
    platform: Platform, trained: dict[str, dict[str, Any]]
) -> None:
    boosted, linear = (verdict(trained[name])["candidate_rmse"] for name in ("xgboost", "linear-learner"))
    assert boosted < 900 < linear < 1300
    groups = platform.client("sagemaker").list_model_package_groups()["ModelPackageGroupSummaryList"]
    assert {one["ModelPackageGroupName"] for one in groups} == {"stepmill-dev", "stepmill-dev-linear"}
    facts = platform.package()["CustomerMetadataProperties"]
    assert (facts["target"], facts["algorithm"], facts["max_instances"]) == ("price", "xgboost", "4")
    assert platform.package("/linear")["CustomerMetadataProperties"]["algorithm"] == "linear-learner"


@pytest.mark.usefixtures("trained")
def test_both_serve_and_a_diamond_is_priced_by_the_rule_of_the_use_case(
    platform: Platform, diamonds: bytes
) -> None:
    stone = next(csv.DictReader(io.StringIO(diamonds.decode())))
    price = float(stone.pop("price"))
    status, answer = ask(platform, {"rows": [stone]})
    assert (status, answer["rule"], answer["degraded"]) == (200, "mean", False)
    by = {name: values[0] for name, values in answer["by"].items()}
    assert by.keys() == {"stepmill-dev", "stepmill-dev-linear"}
    assert answer["predictions"] == [pytest.approx(sum(by.values()) / 2)]
    assert abs(by["stepmill-dev"] - price) < 3_000


def ask(platform: Platform, document: Any) -> tuple[int, Any]:
    """POST to the realtime API, signed and with its key."""
    address, url = session.running(platform.root), platform.outputs["PredictUrl"]
    key = platform.client("apigateway").get_api_key(apiKey=platform.outputs["ApiKeyId"], includeValue=True)
    body = json.dumps(document).encode()
    asked = AWSRequest("POST", url, data=body, headers={"content-type": "application/json"})
    owner = Credentials(address["access_key_id"], address["secret_access_key"])
    SigV4Auth(owner, "execute-api", address["region"]).add_auth(asked)
    status, _, answer = request(url, "POST", body, {**dict(asked.headers.items()), "x-api-key": key["value"]})
    return status, json.loads(answer)


def test_the_other_use_case_needs_no_other_template(platform: Platform) -> None:
    """The same bytes are deployed; the machines' definitions are the same, the inputs on arrival are not."""
    before = described(platform)
    command = ["deploy", "--use-case", "examples/cars/usecase.yaml", "--parameters"]
    stepmill(platform, *command, "NotificationEmail=team@example.com", "PollIntervalS=1")
    after = described(platform)
    assert after["templates"] == before["templates"]
    assert (before["target"], after["target"]) == ("price", "Price")


def stepmill(platform: Platform, *words: str) -> None:
    """As a user types it, with the line of `stepmill up` pasted."""
    address = session.running(platform.root)
    pasted = {
        "AWS_ENDPOINT_URL": address["endpoint_url"],
        "AWS_ACCESS_KEY_ID": address["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": address["secret_access_key"],
        "AWS_DEFAULT_REGION": address["region"],
    }
    argv = [sys.executable, "-m", "stepmill.cli", *words]
    subprocess.run(argv, check=True, cwd=REPOSITORY, env=os.environ | pasted, stdout=subprocess.DEVNULL)


def described(platform: Platform) -> dict[str, Any]:
    """Templates of all stacks by name, and the target of files that arrive."""
    cloudformation = platform.client("cloudformation")
    stacks = [one["StackName"] for one in cloudformation.describe_stacks()["Stacks"]]
    templates = {name: cloudformation.get_template(StackName=name)["TemplateBody"] for name in stacks}
    parameter = platform.client("ssm").get_parameter(Name=platform.outputs["UseCaseParameterName"])
    return {"templates": templates, "target": json.loads(parameter["Parameter"]["Value"])["target"]}
