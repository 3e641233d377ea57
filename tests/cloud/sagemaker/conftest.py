"""Trained models and a served endpoint, shared by the tests of a module."""

from collections.abc import Iterator

import pytest

from stepmill.cloud.cloud import Cloud
from tests.cloud.sagemaker.things import LINEAR, XGBOOST, channel, deploy, prices, put, run, training


@pytest.fixture(scope="module")
def artefacts(cloud: Cloud) -> dict[str, str]:
    """A trained model of each algorithm."""
    train, validation = put(cloud, "e/train.csv", prices(200)), put(cloud, "e/val.csv", prices(50, seed=2))
    channels = [channel("train", train), channel("validation", validation)]
    made = {}
    for name, image, parameters in (
        ("xgboost", XGBOOST, {"num_round": "40"}),
        ("linear", LINEAR, {"predictor_type": "regressor"}),
    ):
        params = training(cloud, f"for-{name}", image, HyperParameters=parameters, InputDataConfig=channels)
        done = run(cloud, "TrainingJob", params)
        assert done["TrainingJobStatus"] == "Completed", done.get("FailureReason")
        made[name] = done["ModelArtifacts"]["S3ModelArtifacts"]
    return made


@pytest.fixture(scope="module")
def served(cloud: Cloud, artefacts: dict[str, str]) -> Iterator[str]:
    assert deploy(cloud, "served", XGBOOST, artefacts["xgboost"])["EndpointStatus"] == "InService"
    yield "served"
    cloud.call("sagemaker", "DeleteEndpoint", {"EndpointName": "served"})
