"""A container of our own in the unchanged machines: trained, judged, served, scored with and watched.

Its use case has a step of its own too, before and after the model, in a file beside it.
"""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from stepmill.cli.usecase.deploying import parameters
from stepmill.cli.usecase.reading import read
from stepmill.cli.usecase.steps import archived
from tests.end_to_end.platform import REPOSITORY, Platform, first_row
from tests.end_to_end.test_use_cases import ask, monitored, scored_rows

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
    "data": {"preprocess_step": "careful"},
    "scoring": {"postprocess_step": "careful"},
    "variants": {"ridge": {"algorithm": "custom", "image": IMAGE, "hyperparameters": {"l2": 0.01}}},
}

CAREFUL = """
def before(rows):
    for row in rows:
        tidy = {name: " ".join(cell.split()).lower() for name, cell in row.items()}
        yield {**tidy, "PerDoor": f"{float(row['Mileage']) / float(row['Doors']):.0f}"}


def after(rows):
    for row in rows:
        yield {**row, "prediction": f"{float(row['prediction']):.2f}"}
"""


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """With the image registered as examples/byoc/README.md says; the monitor runs by hand only."""
    platform = Platform(tmp_path_factory.mktemp("platform") / ".stepmill")
    use_case = platform.root.parent / "usecase.yaml"
    use_case.write_text(json.dumps(USE_CASE))
    (use_case.parent / "steps").mkdir()
    (use_case.parent / "steps" / "careful.py").write_text(CAREFUL)
    platform.up()
    entry = (EXAMPLE / "images.toml").read_text().replace('"FOLDER"', json.dumps(str(EXAMPLE / "program")))
    (platform.root / "images.toml").write_text(entry)
    try:
        steps = archived(use_case, REPOSITORY / "template.yaml")
        platform.deploy(steps, **parameters(read(use_case)), MonitorState="DISABLED")
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


@pytest.fixture(scope="module")
def sample(cars: bytes) -> list[dict[str, str]]:
    """100 cars from all over the table."""
    return list(csv.DictReader(io.StringIO(cars.decode())))[::8][:100]


@pytest.fixture(scope="module")
def driven(sample: list[dict[str, str]]) -> list[dict[str, str]]:
    """The same with three times the mileage, and without a price."""
    worn = [{**car, "Make": car["Make"].upper(), "Mileage": str(3 * int(car["Mileage"]))} for car in sample]
    return [{name: cell for name, cell in car.items() if name != "Price"} for car in worn]


@pytest.fixture(scope="module")
def scored(
    platform: Platform, data_uri: str, driven: list[dict[str, str]]
) -> tuple[list[dict[str, str]], dict[str, Any]]:
    platform.deployed(platform.ended_on(data_uri))
    return scored_rows(platform, "driven.csv", driven)


def test_its_model_is_scored_with_explained_and_watched_like_any_other(
    platform: Platform,
    sample: list[dict[str, str]],
    driven: list[dict[str, str]],
    scored: tuple[list[dict[str, str]], dict[str, Any]],
) -> None:
    """What the cars were sold for is known."""
    prices = [car["Price"] for car in sample]
    rows, output = scored
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


def test_asked_over_http_it_answers_what_batch_scoring_gave_through_the_same_step(
    platform: Platform, driven: list[dict[str, str]], scored: tuple[list[dict[str, str]], dict[str, Any]]
) -> None:
    rows, _ = scored
    status, told = ask(platform, {"rows": driven})
    assert (status, told.get("degraded")) == (200, False), told
    assert told["predictions"] == [float(row["prediction"]) for row in rows]
    assert {len(row["prediction"].partition(".")[2]) for row in rows} == {2}
    bucket = platform.outputs["ArtifactsBucketName"]
    listed = platform.client("s3").list_objects_v2(Bucket=bucket, Prefix="realtime/")["Contents"]
    [key] = [one["Key"] for one in listed if told["inference_id"] in one["Key"]]
    record = json.loads(platform.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
    for kept, row in zip(record["rows"], rows, strict=True):
        assert kept.keys() == {*driven[0], "PerDoor"}
        assert {name: str(cell) for name, cell in kept.items()} == {name: row[name] for name in kept}


def test_a_row_that_the_step_does_not_take_is_refused_with_the_reason(
    platform: Platform, driven: list[dict[str, str]]
) -> None:
    status, told = ask(platform, [driven[0], {**driven[1], "Doors": ""}])
    what = "the step 'careful' failed on it (ValueError: could not convert string to float: '')"
    assert (status, told["errors"]) == (400, [{"problem": what, "row": 2}])


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
