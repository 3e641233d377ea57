import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from typing import Any, cast

import pytest
from millkit import manifest
from millkit.archive import ArchiveRefused
from millkit.manifest import ModelAltered
from millkit.storage import ObjectMissing

from functions.seal_model.handler import SealModelInput
from functions.seal_model.handler import handler as seal_model
from functions.verify_model.handler import VerifyModelInput
from functions.verify_model.handler import handler as verify_model

MODEL = "s3://artifacts/training/model.tar.gz"
MANIFEST = "s3://artifacts/training/manifest.json"
FACTS: Any = {
    "data_uri": "s3://data/data/cars (1).csv",
    "data_version": "v1",
    "target": "Price",
    "hyperparameters": {"num_round": "300"},
    "algorithm": "xgboost",
    "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:1.7-1",
    "training_job_arn": "arn:aws:sagemaker:eu-west-1:123456789012:training-job/t",
    "code_uri": "s3://artifacts/code/0a1b/",
    "metrics": {"validation_rmse": 2341.2},
    "data_objects_uri": "s3://artifacts/training/data/0a1b.jsonl",
    "data_objects_sha256": "0a1b",
    "data_unchanged": True,
}


def archive(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return content.getvalue()


@pytest.fixture
def bucket(s3: Any) -> Any:
    """The client, with versions kept in the bucket, as ours is deployed."""
    s3.put_bucket_versioning(Bucket="artifacts", VersioningConfiguration={"Status": "Enabled"})
    return s3


@pytest.fixture
def model(bucket: Any) -> bytes:
    content = archive({"xgboost-model": b"trees" * 1_000})
    bucket.put_object(Bucket="artifacts", Key="training/model.tar.gz", Body=content)
    return content


def seal() -> VerifyModelInput:
    given: SealModelInput = {"model_uri": MODEL, "manifest_uri": MANIFEST, "facts": FACTS}
    sealed = seal_model(given, None)
    return {"model_uri": MODEL, "manifest_uri": sealed["manifest_uri"], "sha256": sealed["sha256"]}


def test_the_manifest_holds_the_sums_and_the_facts(s3: Any, model: bytes) -> None:
    sealed = seal()
    content = s3.get_object(Bucket="artifacts", Key="training/manifest.json")["Body"].read()
    trees = b"trees" * 1_000
    [version] = s3.list_object_versions(Bucket="artifacts", Prefix="training/model")["Versions"]
    assert json.loads(content) == {
        "schema": 2,
        "model_uri": MODEL,
        "archive": {
            "sha256": hashlib.sha256(model).hexdigest(),
            "size_bytes": len(model),
            "version_id": version["VersionId"],
        },
        "members": [
            {"name": "xgboost-model", "size_bytes": 5_000, "sha256": hashlib.sha256(trees).hexdigest()}
        ],
        "facts": FACTS,
    }
    assert sealed == {
        "model_uri": MODEL,
        "manifest_uri": MANIFEST,
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def test_a_sealed_model_is_let_through(model: bytes) -> None:
    sealed = seal()
    assert verify_model(sealed, None) == {"sha256": sealed["sha256"]}


def test_tells_the_facts_as_the_model_registry_takes_them(model: bytes) -> None:
    given: SealModelInput = {"model_uri": MODEL, "manifest_uri": MANIFEST, "facts": FACTS}
    assert seal_model(given, None)["labels"] == {
        "data_uri": "s3://data/data/cars _1_.csv",
        "data_version": "v1",
        "target": "Price",
        "image_digest": "unknown",
    }


def test_sealing_twice_gives_the_same_seal_and_one_manifest(s3: Any, model: bytes) -> None:
    sealed = seal()
    assert seal() == sealed
    assert verify_model(sealed, None) == {"sha256": sealed["sha256"]}


def test_a_key_that_only_begins_alike_is_no_version_of_the_model(s3: Any, model: bytes) -> None:
    for suffix in (".old", "/x"):
        s3.put_object(Bucket="artifacts", Key=f"training/model.tar.gz{suffix}", Body=b"x")
    sealed = seal()
    assert verify_model(sealed, None) == {"sha256": sealed["sha256"]}


def read(s3: Any, key: str) -> bytes:
    content: bytes = s3.get_object(Bucket="artifacts", Key=key)["Body"].read()
    return content


def flip(s3: Any, key: str, place: int) -> None:
    content = bytearray(read(s3, key))
    content[place % len(content)] ^= 1
    s3.put_object(Bucket="artifacts", Key=key, Body=bytes(content))


def restore(s3: Any, key: str, place: int) -> None:
    content = read(s3, key)
    flip(s3, key, place)
    s3.put_object(Bucket="artifacts", Key=key, Body=content)


def write_again(s3: Any, key: str, _place: int) -> None:
    s3.put_object(Bucket="artifacts", Key=key, Body=read(s3, key))


def delete(s3: Any, key: str, _place: int) -> None:
    s3.delete_object(Bucket="artifacts", Key=key)


def undelete(s3: Any, key: str, place: int) -> None:
    content = read(s3, key)
    delete(s3, key, place)
    s3.put_object(Bucket="artifacts", Key=key, Body=content)


ATTACKS = [(flip, 2), (restore, 3), (write_again, 2), (delete, 2), (undelete, 3)]
Attack = Callable[[Any, str, int], None]


def refusal(key: str, times: int) -> str:
    return (
        f"s3://artifacts/{key}: has been written or deleted {times} times, not once; "
        "train again, do not deploy it"
    )


@pytest.mark.parametrize("place", [0, 100, -1])
@pytest.mark.parametrize(("attack", "times"), ATTACKS)
def test_a_model_that_was_touched_between_the_training_job_and_the_seal_is_refused(
    s3: Any, model: bytes, attack: Attack, times: int, place: int
) -> None:
    attack(s3, "training/model.tar.gz", place)
    with pytest.raises(ModelAltered) as caught:
        seal()
    assert str(caught.value) == refusal("training/model.tar.gz", times)
    keys = [item["Key"] for item in s3.list_object_versions(Bucket="artifacts")["Versions"]]
    assert set(keys) == {"training/model.tar.gz"}


@pytest.mark.parametrize("checks_before", [0, 1])  # 1: between VerifyModel and VerifyServedModel
@pytest.mark.parametrize("place", [0, 100, -1])
@pytest.mark.parametrize("key", ["training/model.tar.gz", "training/manifest.json"])
@pytest.mark.parametrize(("attack", "times"), ATTACKS)
def test_a_model_or_manifest_that_was_touched_after_the_seal_is_refused(
    s3: Any, model: bytes, attack: Attack, times: int, key: str, place: int, checks_before: int
) -> None:
    sealed = seal()
    for _ in range(checks_before):
        verify_model(sealed, None)
    attack(s3, key, place)
    with pytest.raises(ModelAltered) as caught:
        verify_model(sealed, None)
    assert str(caught.value) == refusal(key, times)


@pytest.mark.parametrize("key", ["training/model.tar.gz", "training/manifest.json"])
def test_one_flipped_byte_is_refused_where_no_versions_tell_of_it(s3: Any, key: str) -> None:
    model = archive({"xgboost-model": b"trees" * 1_000})
    s3.put_object(Bucket="artifacts", Key="training/model.tar.gz", Body=model)
    sealed = seal()
    flip(s3, key, 100)
    with pytest.raises(ModelAltered) as caught:
        verify_model(sealed, None)
    changed = hashlib.sha256(read(s3, key)).hexdigest()
    was = hashlib.sha256(model).hexdigest() if "model" in key else sealed["sha256"]
    assert str(caught.value) == (
        f"s3://artifacts/{key}: sha256 is {changed}, sealed was {was}; train again, do not deploy it"
    )


def test_a_model_that_took_the_place_of_the_sealed_version_is_refused(s3: Any, model: bytes) -> None:
    """Whoever may delete versions can leave a single one behind, even with the same bytes."""
    sealed = seal()
    [version] = s3.list_object_versions(Bucket="artifacts", Prefix="training/model")["Versions"]
    new = s3.put_object(Bucket="artifacts", Key="training/model.tar.gz", Body=model)["VersionId"]
    s3.delete_object(Bucket="artifacts", Key="training/model.tar.gz", VersionId=version["VersionId"])
    with pytest.raises(ModelAltered) as caught:
        verify_model(sealed, None)
    assert str(caught.value) == (
        f"{MODEL}: is version {new}, sealed was {version['VersionId']}; train again, do not deploy it"
    )


class WrittenMeanwhile:
    """S3 where somebody writes the model between the listing of its versions and the reading."""

    def __init__(self, s3: Any) -> None:
        self.exceptions = s3.exceptions
        self.list_object_versions = s3.list_object_versions
        self._s3 = s3

    def get_object(self, **params: Any) -> Any:
        write_again(self._s3, params["Key"], 0)
        return self._s3.get_object(**params)


def test_a_model_that_is_written_while_it_is_looked_at_is_refused(s3: Any, model: bytes) -> None:
    with pytest.raises(ModelAltered) as caught:
        manifest.seal(WrittenMeanwhile(s3), MODEL, MANIFEST, FACTS)
    assert str(caught.value) == f"{MODEL}: was written while it was looked at; train again, do not deploy it"


def test_another_manifest_in_the_place_of_ours_is_refused_and_kept(s3: Any, model: bytes) -> None:
    s3.put_object(Bucket="artifacts", Key="training/manifest.json", Body=b"{}")
    with pytest.raises(ModelAltered, match=f"^{MANIFEST}: sha256 is "):
        seal()
    assert read(s3, "training/manifest.json") == b"{}"


def test_the_manifest_of_an_earlier_release_is_refused_in_words(s3: Any, model: bytes) -> None:
    content = json.dumps({"schema": 1, "model_uri": MODEL}).encode()
    s3.put_object(Bucket="artifacts", Key="training/manifest.json", Body=content)
    sealed = {"model_uri": MODEL, "manifest_uri": MANIFEST, "sha256": hashlib.sha256(content).hexdigest()}
    with pytest.raises(ModelAltered) as caught:
        verify_model(cast(VerifyModelInput, sealed), None)
    assert str(caught.value) == f"{MANIFEST}: is of schema 1, and 2 is expected; train again"


def test_the_manifest_of_another_model_is_refused(s3: Any, model: bytes) -> None:
    s3.put_object(Bucket="artifacts", Key="other.tar.gz", Body=model)
    with pytest.raises(ModelAltered) as caught:
        verify_model({**seal(), "model_uri": "s3://artifacts/other.tar.gz"}, None)
    assert str(caught.value) == (
        f"{MANIFEST}: seals {MODEL}, not s3://artifacts/other.tar.gz; pass the model's own"
    )


def test_a_model_that_has_gone_is_named(s3: Any, model: bytes) -> None:
    sealed = seal()
    [version] = s3.list_object_versions(Bucket="artifacts", Prefix="training/model")["Versions"]
    s3.delete_object(Bucket="artifacts", Key="training/model.tar.gz", VersionId=version["VersionId"])
    with pytest.raises(ObjectMissing, match=f"^{MODEL}: does not exist; was it deleted"):
        verify_model(sealed, None)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, f"{MODEL}: holds no file; the training job saved no model"),
        (
            {"../evil": b"x"},
            f"{MODEL}: member '../evil': has a name that leads out of the archive; use plain relative names",
        ),
    ],
)
def test_no_manifest_is_written_for_an_archive_that_is_refused(
    s3: Any, files: dict[str, bytes], said: str
) -> None:
    s3.put_object(Bucket="artifacts", Key="training/model.tar.gz", Body=archive(files))
    with pytest.raises(ArchiveRefused) as caught:
        seal()
    assert str(caught.value) == said
    assert [item["Key"] for item in s3.list_objects_v2(Bucket="artifacts")["Contents"]] == [
        "training/model.tar.gz"
    ]
