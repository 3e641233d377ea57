"""The second use case, from training to monitoring: the same template and machines, other parameters."""

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
from tests.end_to_end.test_batch_scoring import objects, scored, upload

EXAMPLES = REPOSITORY / "examples"


def made_of(name: str, **others: str) -> dict[str, str]:
    return {**parameters(read(EXAMPLES / name / "usecase.yaml")), **others}


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """The use case of the diamonds is deployed; the monitor runs by hand only."""
    platform = Platform(tmp_path_factory.mktemp("platform") / ".stepmill")
    platform.up()
    try:
        platform.deploy(**made_of("diamonds", MonitorState="DISABLED"))
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


@pytest.mark.usefixtures("trained")
def test_scored_stones_are_watched_and_what_moved_is_named(platform: Platform, diamonds: bytes) -> None:
    """200 stones are said to be three times as heavy; what they were sold for is known."""
    stones = list(csv.DictReader(io.StringIO(diamonds.decode())))[:200]
    prices = [stone.pop("price") for stone in stones]
    heavy = [{**stone, "carat": f"{3 * float(stone['carat']):.2f}"} for stone in stones]
    rows, output = scored_rows(platform, "heavy.csv", heavy)
    assert (output["figures"]["scored"], output["figures"]["rejected"]) == (200, 0)
    assert [{name: row[name] for name in heavy[0]} for row in rows] == heavy
    assert min(float(row["prediction"]) for row in rows) >= 0
    sold = {row["inference_id"]: price for row, price in zip(rows, prices, strict=True)}
    done, found = monitored(platform, sold)
    assert (done["outcome"], done["window"]) == ("drift", 1)
    violated = {one["feature"]: one for one in found if one["violated"]}
    assert violated.keys() >= {"carat", "price", "rmse"}
    assert violated.keys().isdisjoint({"cut", "color", "clarity"})
    assert {one["inference_id"] for one in violated["carat"]["sample_rows"]} & sold.keys()
    mail = platform.mail_with("Drift at stepmill-dev", "carat, distribution")
    assert "200 with ground truth" in mail


def scored_rows(
    platform: Platform, name: str, rows: list[dict[str, str]]
) -> tuple[list[dict[str, str]], dict[str, Any]]:
    """A file of rows as batch scoring hands it out, and the execution's output. No training is started."""
    ssm, parameter = platform.client("ssm"), platform.outputs["ScoringUseCaseParameterName"]
    use_case = json.loads(ssm.get_parameter(Name=parameter)["Parameter"]["Value"])
    few = json.dumps({**use_case, "retrain": False, "explained_rows": 5})
    ssm.put_parameter(Name=parameter, Value=few, Overwrite=True)
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    done = scored(platform, upload(platform, name, text.getvalue().encode()))
    assert done["status"] == "SUCCEEDED", done.get("cause")
    output = json.loads(done["output"])
    [part] = objects(platform, output["scored_uri"]).values()
    return list(csv.DictReader(io.StringIO(part))), output


def monitored(platform: Platform, truths: dict[str, str]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Output of a run of the monitor, with ground truth by inference id; and what was measured."""
    endpoint, s3 = platform.outputs["EndpointName"], platform.client("s3")
    table = "".join(["inference_id,truth\n", *(f"{name},{truth}\n" for name, truth in truths.items())])
    bucket = platform.outputs["DataBucketName"]
    s3.put_object(Bucket=bucket, Key=f"truth/{endpoint}/sold.csv", Body=table.encode())
    arn = platform.outputs["ModelMonitorArn"]
    started = platform.client("stepfunctions").start_execution(stateMachineArn=arn, input="{}")
    done = platform.ended(started["executionArn"])
    assert done["status"] == "SUCCEEDED", done.get("cause")
    output = json.loads(done["output"])
    place = f"s3://{platform.outputs['ArtifactsBucketName']}/monitoring/{endpoint}/violations/"
    lines = [json.loads(line) for text in objects(platform, place).values() for line in text.splitlines()]
    return output, lines


def test_the_other_use_case_needs_no_other_template(platform: Platform) -> None:
    """The same bytes are deployed; the machines' definitions are the same, the inputs on arrival are not."""
    before = described(platform)
    command = ["deploy", "--use-case", "examples/cars/usecase.yaml", "--parameters"]
    stepmill(
        platform, *command, "NotificationEmail=team@example.com", "PollIntervalS=1", "MonitorState=DISABLED"
    )
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
