"""How an endpoint's model takes its rows: the schema/features.json of what it serves, looked up and kept.

The way there: endpoint -> its config -> its models -> the variable SCHEMA_URI of the container, or of the
model package that the model was made of, or the package's `schema_uri`. Whoever asks an endpoint encodes the
rows for it, so a look that is older than `FRESH_S` is renewed beside the next request.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from millkit import steps, storage
from millkit.errors import DataError, MillError
from millkit.features import Encoder
from millkit.intake import Intake

# SageMaker's description has 400 operations, and reading it is most of a cold start. This one has the four
# that are asked here, with what is read of their answers.
SERVICE_MODELS = str(Path(__file__).with_name("service_models"))
FRESH_S = 5.0
SCHEMA_URI = "SCHEMA_URI"
SERVING = frozenset(["InService", "Updating", "SystemUpdating", "RollingBack"])


class EndpointUnusable(MillError):
    """The endpoint cannot be asked now; the message says why."""


class Served(NamedTuple):
    """What an endpoint serves: `config_name` with models that all take rows as `intake` does."""

    config_name: str
    intake: Intake
    looked_s: float

    def is_fresh(self, now_s: float) -> bool:
        return now_s - self.looked_s < FRESH_S


def look(sagemaker: Any, s3: Any, endpoint: str, known: Served | None, folder: Path | None = None) -> Served:
    """What `endpoint` serves now; nothing but its config's name is asked for while that stays `known`'s.

    `folder` has the steps that this deployment knows.

    Raises:
        EndpointUnusable: it is not there, does not serve, its models take rows in different ways or as a step
            leaves them that is not known here, or the update that is under way brings another way.
        botocore's errors: SageMaker does not say.
    """
    found = sagemaker.describe_endpoint(EndpointName=endpoint)
    if found["EndpointStatus"] not in SERVING:
        raise EndpointUnusable(f"has status {found['EndpointStatus']}")
    config = found["EndpointConfigName"]
    if known is not None and known.config_name == config:
        intake = known.intake
    else:
        intake = _intake(sagemaker, s3, config, folder)
    pending = found.get("PendingDeploymentSummary", {}).get("EndpointConfigName", config)
    if pending != config and not _intake(sagemaker, s3, pending, folder).gives_the_same(intake):
        raise EndpointUnusable("is being updated to a model that takes other features")
    return Served(config, intake, time.monotonic())


def _intake(sagemaker: Any, s3: Any, config: str, folder: Path | None) -> Intake:
    variants = sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"]
    uris = sorted({_schema_uri(sagemaker, variant["ModelName"]) for variant in variants})
    intakes = [_read(s3, uri, folder) for uri in uris]
    if not all(one.gives_the_same(intakes[0]) for one in intakes):
        raise EndpointUnusable(f"config {config} has models that take different features")
    return intakes[0]


def _schema_uri(sagemaker: Any, model: str) -> str:
    found = sagemaker.describe_model(ModelName=model)
    container = found.get("PrimaryContainer") or (found.get("Containers") or [{}])[0]
    uri = container.get("Environment", {}).get(SCHEMA_URI)
    if not uri and container.get("ModelPackageName"):
        package = sagemaker.describe_model_package(ModelPackageName=container["ModelPackageName"])
        uri = _schema_uri_of(package)
    if not uri:
        raise EndpointUnusable(f"model {model} has no {SCHEMA_URI} that tells how its features are made")
    return str(uri)


def _schema_uri_of(package: Mapping[str, Any]) -> str | None:
    containers = package.get("InferenceSpecification", {}).get("Containers") or [{}]
    uri: str | None = containers[0].get("Environment", {}).get(SCHEMA_URI)
    return uri or package.get("CustomerMetadataProperties", {}).get("schema_uri")


def _read(s3: Any, uri: str, folder: Path | None) -> Intake:
    try:
        document = json.loads(storage.open_object(s3, storage.Place.parse(uri)).stream.read())
        encoder, step = Encoder.from_document(document), document.get("step", steps.NONE)
        uploaded = tuple(str(name) for name in document.get("uploaded", ()))
    except (MillError, ValueError, KeyError, TypeError) as wrong:
        raise EndpointUnusable(f"{uri} is no schema that can be read ({type(wrong).__name__})") from wrong
    try:
        before = steps.load(folder, step, steps.BEFORE)
    except DataError as wrong:
        # Its medians and categories are those of stepped rows: encoded without it, a row is another row.
        what = str(wrong).partition(";")[0]
        raise EndpointUnusable(
            f"has a model that takes rows as a step leaves them ({what}); deploy with "
            f"jobs/tabular/steps/{step}.py, or with the use case that has it"
        ) from wrong
    return Intake(encoder, step, before, uploaded)
