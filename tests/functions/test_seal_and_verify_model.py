import hashlib
import io
import json
import tarfile
from typing import Any

import pytest
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
    "data_version": "v1",
    "algorithm": "xgboost",
    "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:1.7-1",
    "training_job_arn": "arn:aws:sagemaker:eu-west-1:123456789012:training-job/t",
    "metrics": {"validation_rmse": 2341.2},
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
def model(s3: Any) -> bytes:
    content = archive({"xgboost-model": b"trees" * 1_000})
    s3.put_object(Bucket="artifacts", Key="training/model.tar.gz", Body=content)
    return content


def seal() -> VerifyModelInput:
    given: SealModelInput = {"model_uri": MODEL, "manifest_uri": MANIFEST, "facts": FACTS}
    sealed = seal_model(given, None)
    return {"model_uri": MODEL, "manifest_uri": sealed["manifest_uri"], "sha256": sealed["sha256"]}


def test_the_manifest_holds_the_sums_and_the_facts(s3: Any, model: bytes) -> None:
    sealed = seal()
    content = s3.get_object(Bucket="artifacts", Key="training/manifest.json")["Body"].read()
    trees = b"trees" * 1_000
    assert json.loads(content) == {
        "schema": 1,
        "model_uri": MODEL,
        "archive": {"sha256": hashlib.sha256(model).hexdigest(), "size_bytes": len(model)},
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


def test_sealing_twice_gives_the_same_seal(model: bytes) -> None:
    assert seal() == seal()


def flip(s3: Any, key: str, place: int) -> None:
    content = bytearray(s3.get_object(Bucket="artifacts", Key=key)["Body"].read())
    content[place % len(content)] ^= 1
    s3.put_object(Bucket="artifacts", Key=key, Body=bytes(content))


@pytest.mark.parametrize("place", [0, 100, -1])
@pytest.mark.parametrize("key", ["training/model.tar.gz", "training/manifest.json"])
def test_one_flipped_byte_is_refused(s3: Any, model: bytes, key: str, place: int) -> None:
    sealed = seal()
    flip(s3, key, place)
    with pytest.raises(ModelAltered) as caught:
        verify_model(sealed, None)
    changed = hashlib.sha256(s3.get_object(Bucket="artifacts", Key=key)["Body"].read()).hexdigest()
    was = hashlib.sha256(model).hexdigest() if "model" in key else sealed["sha256"]
    assert str(caught.value) == (
        f"s3://artifacts/{key}: sha256 is {changed}, sealed was {was}; train again, do not deploy it"
    )


def test_the_manifest_of_another_model_is_refused(s3: Any, model: bytes) -> None:
    s3.put_object(Bucket="artifacts", Key="other.tar.gz", Body=model)
    with pytest.raises(ModelAltered) as caught:
        verify_model({**seal(), "model_uri": "s3://artifacts/other.tar.gz"}, None)
    assert str(caught.value) == (
        f"{MANIFEST}: seals {MODEL}, not s3://artifacts/other.tar.gz; pass the model's own"
    )


def test_a_model_that_has_gone_is_named(s3: Any, model: bytes) -> None:
    sealed = seal()
    s3.delete_object(Bucket="artifacts", Key="training/model.tar.gz")
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
