"""The list of what a training reads, and the digest of the image that made a model, against moto."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError
from millkit import image_digest, lineage
from millkit.hyperparameters import InputInvalid

from functions.check_data.handler import CheckDataInput
from functions.check_data.handler import handler as check_data

CARS = b"Price,Mileage\n9000,1\n8000,2\n"
FOLDER = "s3://artifacts/training/1/data"
ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
KIND = "application/vnd.docker.distribution.manifest.v2+json"
MANIFEST = json.dumps({"schemaVersion": 2, "mediaType": KIND, "config": {}, "layers": []})


@pytest.fixture
def bucket(s3: Any) -> Any:
    """The client, with versions kept in the bucket, as ours is deployed."""
    s3.put_bucket_versioning(Bucket="artifacts", VersioningConfiguration={"Status": "Enabled"})
    return s3


def put(s3: Any, key: str, content: bytes = CARS) -> str:
    """The version's id."""
    return str(s3.put_object(Bucket="artifacts", Key=key, Body=content)["VersionId"])


def look(listed: str | None = None, target: str | None = "Price") -> Any:
    given: CheckDataInput = {
        "data_uri": "s3://artifacts/data/",
        "target": target,
        "objects_uri": FOLDER,
        "listed_sha256": listed,
        "preprocess_step": None,
        "settings": None,
    }
    return check_data(given, None)


def lines(s3: Any, uri: str) -> list[dict[str, Any]]:
    key = uri.removeprefix("s3://artifacts/")
    body = s3.get_object(Bucket="artifacts", Key=key)["Body"].read()
    return [json.loads(line) for line in body.splitlines()]


def test_the_current_version_of_every_file_is_written_down(bucket: Any) -> None:
    put(bucket, "data/b.csv")
    put(bucket, "data/gone.csv")
    bucket.delete_object(Bucket="artifacts", Key="data/gone.csv")
    put(bucket, "data/notes.txt")
    first, second = put(bucket, "data/\u00e4/c.csv"), put(bucket, "data/b.csv")
    found = look()
    etag = bucket.head_object(Bucket="artifacts", Key="data/b.csv")["ETag"].strip('"')
    sizes = {"size_bytes": len(CARS), "etag": etag}
    assert lines(bucket, found["objects_uri"]) == [
        {"key": "data/b.csv", "version_id": second, **sizes},
        {"key": "data/\u00e4/c.csv", "version_id": first, **sizes},
    ]
    assert found["objects_uri"] == f"{FOLDER}/{found['objects_sha256'][:16]}.jsonl"
    assert (found["files"], found["size_bytes"], found["unchanged"]) == (2, 2 * len(CARS), True)


class TwoAPage:
    """A client of S3 whose lists come in pages of two."""

    def __init__(self, s3: Any) -> None:
        self._s3 = s3

    def __getattr__(self, name: str) -> Any:
        return getattr(self._s3, name)

    def list_object_versions(self, **asked: Any) -> Any:
        return self._s3.list_object_versions(MaxKeys=2, **asked)


def test_files_of_several_pages_of_s3_are_all_written_down(bucket: Any) -> None:
    names = [f"data/{number}.csv" for number in range(5)]
    for name in names * 2:
        put(bucket, name)
    found = lineage.keep(TwoAPage(bucket), "s3://artifacts/data/", FOLDER)
    assert [one["key"] for one in lines(bucket, found.uri)] == names


def test_the_same_files_are_listed_under_the_same_name_and_written_once(bucket: Any) -> None:
    put(bucket, "data/a.csv")
    first = look()
    assert look(first["objects_sha256"], target=None) == first
    [key] = [
        one["Key"] for one in bucket.list_object_versions(Bucket="artifacts", Prefix="training/")["Versions"]
    ]
    assert f"s3://artifacts/{key}" == first["objects_uri"]


@pytest.mark.parametrize("key", ["data/a.csv", "data/new.csv"])
def test_a_file_that_was_replaced_or_added_meanwhile_is_noticed(bucket: Any, key: str) -> None:
    put(bucket, "data/a.csv")
    first = look()
    put(bucket, key)
    again = look(first["objects_sha256"], target=None)
    assert again["unchanged"] is False
    assert len(lines(bucket, first["objects_uri"])) == 1


def test_a_list_without_a_target_looks_into_no_file(bucket: Any) -> None:
    put(bucket, "data/a.csv", b"no table")
    assert look(target=None)["files"] == 1


def test_what_no_machine_can_look_into_is_refused_before_the_data(s3: Any) -> None:
    settings = {"hyperparameters": {"depth": 3}, "training_instance_types": ["a"], "tuning": None}
    given: Any = {"data_uri": "s3://artifacts/nothing", "target": "Price", "settings": settings}
    with pytest.raises(InputInvalid, match=r"input\.hyperparameters\.depth is 3; give a text"):
        check_data(given | {"objects_uri": FOLDER, "listed_sha256": None}, None)


@pytest.fixture
def digest(client: Callable[[str], Any]) -> str:
    """Of the image mine:2 in this account."""
    ecr = client("ecr")
    ecr.create_repository(repositoryName="team/mine")
    put_image = ecr.put_image(repositoryName="team/mine", imageManifest=MANIFEST, imageTag="2")
    return str(put_image["image"]["imageId"]["imageDigest"])


def test_a_tag_is_resolved_by_the_registry(client: Callable[[str], Any], digest: str) -> None:
    assert digest.startswith("sha256:")
    assert image_digest.resolve(client("ecr"), f"{ECR}/team/mine:2") == digest


def test_an_image_that_is_named_by_its_digest_needs_no_registry() -> None:
    assert image_digest.resolve(None, f"{ECR}/team/mine@sha256:0a1b") == "sha256:0a1b"


@pytest.mark.parametrize(
    "image",
    [
        f"{ECR}/team/mine:3",
        f"{ECR}/team/mine",
        f"{ECR}/another:2",
        f"{ECR.replace('eu-west-1', 'us-east-1')}/team/mine:2",
        "docker.io/library/python:3",
        "",
    ],
    ids=["tag", "latest", "repository", "region", "registry", "nothing"],
)
def test_a_digest_that_nobody_tells_is_unknown(
    client: Callable[[str], Any], digest: str, image: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert image_digest.resolve(client("ecr"), image) == "unknown"
    assert json.loads(capsys.readouterr().out)["reason"]


def test_a_registry_that_does_not_answer_costs_no_model(client: Callable[[str], Any]) -> None:
    class Silent:
        meta = client("ecr").meta

        def batch_get_image(self, **_: Any) -> Any:
            raise ConnectTimeoutError(endpoint_url=ECR)

    assert image_digest.resolve(Silent(), f"{ECR}/team/mine:2") == "unknown"
