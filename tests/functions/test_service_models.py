"""Predict's short description of SageMaker, against botocore's and against the code that relies on it."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape
from millkit import aws, endpoint_schema

from tests.functions.answering import Answer, Service, serving
from tests.stacks.calls import actions

OWN = Path(endpoint_schema.SERVICE_MODELS, "sagemaker", "2017-07-24", "service-2.json")
SCHEMA_URI = "s3://artifacts/training/one/features.json"


def model(own: bool) -> Any:
    session = botocore.session.get_session()
    if own:
        session.set_config_variable("data_path", endpoint_schema.SERVICE_MODELS)
    return session.get_service_model("sagemaker")


def unlike(own: Shape, full: Shape, where: str) -> Iterator[str]:
    """Where the short description says something that the full one does not."""
    if own.type_name != full.type_name:
        yield f"{where}: is a {own.type_name}, not a {full.type_name}"
    elif isinstance(own, StructureShape) and isinstance(full, StructureShape):
        if own.required_members and own.required_members != full.required_members:
            yield f"{where}: requires {own.required_members}, not {full.required_members}"
        for name, member in own.members.items():
            if name in full.members:
                yield from unlike(member, full.members[name], f"{where}.{name}")
            else:
                yield f"{where}.{name}: is not there"
    elif isinstance(own, ListShape) and isinstance(full, ListShape):
        yield from unlike(own.member, full.member, f"{where}[]")
    elif isinstance(own, MapShape) and isinstance(full, MapShape):
        yield from unlike(own.value, full.value, f"{where}{{}}")


def test_the_short_description_says_nothing_that_botocores_does_not() -> None:
    own, full = model(own=True), model(own=False)
    metadata = {name: full.metadata[name] for name in own.metadata}
    assert dict(own.metadata) == metadata
    found: list[str] = []
    for name in own.operation_names:
        mine, theirs = own.operation_model(name), full.operation_model(name)
        assert mine.http == theirs.http
        found += unlike(mine.input_shape, theirs.input_shape, f"{name} in")
        found += unlike(mine.output_shape, theirs.output_shape, f"{name} out")
    assert found == []


def test_it_has_the_operations_that_predict_calls() -> None:
    asked = {action.partition(":")[2] for action in actions("predict") if action.startswith("sagemaker:")}
    assert set(model(own=True).operation_names) == asked - {"InvokeEndpoint"}
    assert json.loads(OWN.read_text())["operations"].keys() == asked - {"InvokeEndpoint"}


def test_other_clients_have_all_operations() -> None:
    assert "CreateEndpoint" in aws.session().get_service_model("sagemaker").operation_names


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    with serving() as service:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "testing")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER", service.url())
        aws.client.cache_clear()
        aws.session.cache_clear()
        yield service
    aws.client.cache_clear()
    aws.session.cache_clear()


class Store:
    """S3 with one schema."""

    class exceptions:  # noqa: N801  botocore's name
        ClientError = Exception

    def get_object(self, **asked: Any) -> dict[str, Any]:
        assert f"s3://{asked['Bucket']}/{asked['Key']}" == SCHEMA_URI
        columns = [{"name": "Mileage", "type": "numeric", "median": 1.0}]
        return {"Body": io.BytesIO(json.dumps({"columns": columns}).encode()), "ContentLength": 1}


IN_SERVICE = {"EndpointStatus": "InService", "EndpointConfigName": "one", "CreationTime": 1.0}
UPDATING = {**IN_SERVICE, "PendingDeploymentSummary": {"EndpointConfigName": "two"}}
CONFIG = {"ProductionVariants": [{"ModelName": "m", "InstanceType": "ml.m5.large"}]}
NAMED = {"PrimaryContainer": {"Environment": {"SCHEMA_URI": SCHEMA_URI}}}
PACKAGED = {"Containers": [{"ModelPackageName": "p"}]}
IN_PACKAGE = {"InferenceSpecification": {"Containers": [{"Environment": {"SCHEMA_URI": SCHEMA_URI}}]}}
BESIDE = {"CustomerMetadataProperties": {"schema_uri": SCHEMA_URI}}


@pytest.mark.parametrize(
    "answers",
    [
        [IN_SERVICE, CONFIG, NAMED],
        [IN_SERVICE, CONFIG, PACKAGED, IN_PACKAGE],
        [IN_SERVICE, CONFIG, PACKAGED, BESIDE],
        [UPDATING, CONFIG, NAMED, CONFIG, NAMED],
    ],
    ids=["of the model", "of its package", "beside its package", "while it is updated"],
)
def test_all_that_a_look_reads_is_described(service: Service, answers: list[Any]) -> None:
    service.answers = [Answer(body=json.dumps(answer).encode()) for answer in answers]
    sagemaker = aws.client("sagemaker", 20, 1, endpoint_schema.SERVICE_MODELS)
    found = endpoint_schema.look(sagemaker, Store(), "stepmill-dev", None)
    assert (found.config_name, [column.name for column in found.intake.encoder.columns]) == (
        "one",
        ["Mileage"],
    )
    assert service.answers == []
