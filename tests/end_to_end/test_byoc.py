"""A container of our own in the unchanged machines: trained, judged, served, scored with and watched.

Its use case has a step of its own before the model too.
"""

import csv
import io
import json
from collections.abc import Iterator

import pytest

from stepmill.cli.usecase.deploying import parameters
from stepmill.cli.usecase.model import UseCase
from tests.end_to_end.platform import REPOSITORY, Platform, first_row
from tests.end_to_end.test_use_cases import monitored, scored_rows

REPOSITORY_NAME = "ridge"
KIND = "application/vnd.docker.distribution.manifest.v2+json"
MANIFEST = json.dumps({"schemaVersion": 2, "mediaType": KIND, "config": {}, "layers": []})
IMAGE = f"123456789012.dkr.ecr.us-east-1.amazonaws.com/{REPOSITORY_NAME}:1"
EXAMPLE = REPOSITORY / "examples/byoc"
USE_CASE = {
    "target": "Price",
    "unit": "USD",
    "rmse_limit": 4000,
    "approval": "automatic",
    "data": {"preprocess_step": "tidy_texts"},
    "variants": {"ridge": {"algorithm": "custom", "image": IMAGE, "hyperparameters": {"l2": 0.01}}},
}


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """With the image registered as examples/byoc/README.md says; the monitor runs by hand only."""
    platform = Platform(tmp_path_factory.mktemp("platform") / ".stepmill")
    platform.up()
    entry = (EXAMPLE / "images.toml").read_text().replace('"FOLDER"', json.dumps(str(EXAMPLE / "program")))
    (platform.root / "images.toml").write_text(entry)
    try:
        platform.deploy(**parameters(UseCase.model_validate(USE_CASE)), MonitorState="DISABLED")
        yield platform
    finally:
        platform.kill()


@pytest.fixture(scope="module")
def digest(platform: Platform) -> str:
    """Of the image, which is pushed."""
    ecr = platform.client("ecr")
    ecr.create_repository(repositoryName=REPOSITORY_NAME)
    pushed = ecr.put_image(repositoryName=REPOSITORY_NAME, imageManifest=MANIFEST, imageTag="1")
    return str(pushed["image"]["imageId"]["imageDigest"])


@pytest.fixture(scope="module")
def data_uri(platform: Platform, cars: bytes, digest: str) -> str:
    return platform.upload("cars.csv", cars)


def test_an_upload_makes_a_model_of_a_container_of_our_own_go_live_and_answer(
    platform: Platform, data_uri: str, digest: str
) -> None:
    trained = platform.ended_on(data_uri)
    assert trained["status"] == "SUCCEEDED", trained.get("cause")
    verdict = json.loads(trained["output"])["verdict"]
    assert 1_000 < verdict["candidate_rmse"] < 2_700  # XGBoost's is 2,400
    assert platform.deployed(trained)["status"] == "SUCCEEDED"
    facts = platform.package()["CustomerMetadataProperties"]
    assert (facts["image"], facts["image_digest"], facts["algorithm"]) == (IMAGE, digest, "custom")
    place, _, key = facts["manifest_uri"].removeprefix("s3://").partition("/")
    manifest = json.loads(platform.client("s3").get_object(Bucket=place, Key=key)["Body"].read())
    assert manifest["facts"]["hyperparameters"] == {"l2": "0.01"}
    assert [one["name"] for one in manifest["members"]] == ["model.json"]
    assert 5_000 < float(platform.predict(first_row(platform))) < 80_000


def test_its_model_is_scored_with_explained_and_watched_like_any_other(
    platform: Platform, data_uri: str, cars: bytes
) -> None:
    """100 cars from all over the table with three times the mileage; what they were sold for is known."""
    platform.deployed(platform.ended_on(data_uri))
    sample = list(csv.DictReader(io.StringIO(cars.decode())))[::8][:100]
    prices = [car.pop("Price") for car in sample]
    driven = [{**car, "Make": car["Make"].upper(), "Mileage": str(3 * int(car["Mileage"]))} for car in sample]
    rows, output = scored_rows(platform, "driven.csv", driven)
    assert (output["figures"]["scored"], output["figures"]["rejected"]) == (100, 0)
    assert 0 < output["figures"]["ndcg"] <= 1
    # The training's step has made them one with what the model knows.
    assert [row["Make"] for row in rows] == [car["Make"].lower() for car in driven]
    sold = {row["inference_id"]: price for row, price in zip(rows, prices, strict=True)}
    done, found = monitored(platform, sold)
    assert (done["outcome"], done["window"]) == ("drift", 1)
    violated = {one["feature"]: one for one in found if one["violated"]}
    assert violated.keys() >= {"Mileage", "rmse"}
    assert "Make" not in violated
    assert {one["inference_id"] for one in violated["Mileage"]["sample_rows"]} <= sold.keys()


def test_the_jobs_may_fetch_the_image_of_that_repository_and_of_no_other(
    platform: Platform, data_uri: str
) -> None:
    platform.ended_on(data_uri)
    iam = platform.client("iam")
    job = platform.client("sagemaker").list_training_jobs()["TrainingJobSummaries"][0]["TrainingJobName"]
    role = (
        platform.client("sagemaker").describe_training_job(TrainingJobName=job)["RoleArn"].rpartition("/")[2]
    )
    [basics] = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    version = iam.get_policy(PolicyArn=basics["PolicyArn"])["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=basics["PolicyArn"], VersionId=version)["PolicyVersion"]
    [images] = [one for one in document["Document"]["Statement"] if one["Sid"] == "Images"]
    assert images["Resource"][-1] == f"arn:aws:ecr:us-east-1:123456789012:repository/{REPOSITORY_NAME}"
    assert len(images["Resource"]) == 4


def test_a_container_that_refuses_its_hyperparameters_is_told_in_its_own_words(
    platform: Platform, data_uri: str
) -> None:
    given = {"data_uri": data_uri, "algorithm": "custom", "image": IMAGE}
    trained = platform.ended(platform.start(**given, hyperparameters={"depth": "3"}))
    assert (trained["status"], trained["error"]) == ("FAILED", "JobFailed")
    assert "hyperparameter depth is not known; there are l2, degree" in trained["cause"]


def test_without_a_repository_only_the_images_of_aws_may_be_fetched() -> None:
    text = (REPOSITORY / "stacks/jobs.yaml").read_text()
    assert "- WithOwnImages\n" in text
    assert text.count("${ImageRepository}") == 1
