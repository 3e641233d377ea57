"""Which model answered when, and where its schema and baselines are.

The parameter model-package-arn tells which package became the champion when: Parameter Store keeps its last
100 values with their times. An endpoint that was made without the registry has its model's SCHEMA_URI and no
baseline.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timezone
from typing import Any, NamedTuple

from millkit import storage
from millkit.features import Encoder
from millkit.storage import Place

from jobs.monitoring.captured import LineBroken

UTC_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"
SCHEMA_URI = "SCHEMA_URI"
NO_MODEL = "unknown"


class Model(NamedTuple):
    """`version` names folders. Without a baseline, `silence` says why."""

    version: str
    name: str
    package_arn: str
    schema_uri: str
    baseline_uri: str
    quality_uri: str
    attributions_uri: str
    silence: str


class Schema(NamedTuple):
    encoder: Encoder
    target: str


def history(ssm: Any, sagemaker: Any, parameter: str, endpoint: str) -> list[list[str]]:
    """[since, package ARN or "", model name, schema URI], by time: what the plan of a window fixes."""
    found: list[list[str]] = []
    more: dict[str, str] = {}
    while True:
        try:
            page = ssm.get_parameter_history(Name=parameter, **more)
        except ssm.exceptions.ParameterNotFound:
            break
        for one in page["Parameters"]:
            if ":model-package/" in one["Value"]:
                since = one["LastModifiedDate"].astimezone(timezone.utc).strftime(UTC_FORMAT)
                found.append([since, one["Value"], "", ""])
        if not page.get("NextToken"):
            break
        more = {"NextToken": page["NextToken"]}
    return sorted(found) or _without_registry(sagemaker, endpoint)


def _without_registry(sagemaker: Any, endpoint: str) -> list[list[str]]:
    try:
        config = sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"]
        variants = sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"]
        name = variants[0]["ModelName"]
        model = sagemaker.describe_model(ModelName=name)
    except sagemaker.exceptions.ClientError:
        return []
    container = model.get("PrimaryContainer") or (model.get("Containers") or [{}])[0]
    uri = container.get("Environment", {}).get(SCHEMA_URI, "")
    return [["", "", name, uri]]


class Served:
    """The models of an endpoint, each described when it is first met."""

    def __init__(self, s3: Any, sagemaker: Any, known: list[list[str]]) -> None:
        self._s3 = s3
        self._sagemaker = sagemaker
        self._known = known
        self._models: dict[str, Model] = {}
        self._schemas: dict[str, Schema | None] = {}

    def at(self, time: str) -> Iterator[Model]:
        """The model that served then; then the others, nearest first: a roll-out serves before it exports."""
        if not self._known:
            yield Model(NO_MODEL, NO_MODEL, "", "", "", "", "", "no model of this endpoint is known")
            return
        earlier = [number for number, entry in enumerate(self._known) if entry[0] <= time]
        here = earlier[-1] if earlier else 0
        met: set[str] = set()
        for number in sorted(range(len(self._known)), key=lambda one: (abs(one - here), -one)):
            model = self._model(self._known[number])
            if model.version not in met:
                met.add(model.version)
                yield model

    def numbered(self, package: str) -> Model:
        """The version of that number, in the group of the endpoint."""
        arns = [entry[1] for entry in self._known if entry[1]]
        if not arns or not package.isdigit():
            return next(self.at(""))._replace(
                version=f"package-{package or 'none'}", name=package or NO_MODEL
            )
        return self._model(["", f"{arns[-1].rpartition('/')[0]}/{package}", "", ""])

    def versioned(self, version: str) -> Model:
        """The model that has written records of that version before."""
        for entry in self._known:
            model = self._model(entry)
            if model.version == version:
                return model
        return self.numbered(version)

    def schema(self, model: Model) -> Schema | None:
        """None where the model tells of none."""
        if model.schema_uri not in self._schemas:
            self._schemas[model.schema_uri] = self._read(model.schema_uri) if model.schema_uri else None
        return self._schemas[model.schema_uri]

    def has(self, uri: str) -> bool:
        """Whether both files of a baseline are there."""
        try:
            for name in ("statistics.json", "constraints.json"):
                storage.read_head(self._s3, Place.parse(f"{uri}/{name}"), 1)
        except storage.ObjectMissing:
            return False
        return True

    def _read(self, uri: str) -> Schema:
        try:
            document = json.loads(storage.open_object(self._s3, Place.parse(uri)).stream.read())
            return Schema(Encoder.from_document(document), str(document.get("target", "")))
        except (storage.ObjectMissing, ValueError, KeyError, TypeError) as wrong:
            raise LineBroken(f"schema {uri} cannot be read ({type(wrong).__name__})") from wrong

    def _model(self, entry: list[str]) -> Model:
        _, arn, name, schema_uri = entry
        if not arn:
            silence = f"model {name} has no baseline: it was deployed without the Model Registry"
            return Model(name, name, "", schema_uri, "", "", "", silence)
        if arn not in self._models:
            self._models[arn] = self._described(arn)
        return self._models[arn]

    def _described(self, arn: str) -> Model:
        title = arn.partition(":model-package/")[2]
        number = title.rpartition("/")[2]
        try:
            found = self._sagemaker.describe_model_package(ModelPackageName=arn)
        except self._sagemaker.exceptions.ClientError as wrong:
            if "AccessDenied" in str(wrong) or "Throttl" in str(wrong):
                raise
            return Model(number, title, arn, "", "", "", "", f"package {title} is gone from the registry")
        baselines = {**found.get("ModelMetrics", {}), **found.get("DriftCheckBaselines", {})}
        facts = found.get("CustomerMetadataProperties", {})
        data, quality = (_folder(baselines.get(name, {})) for name in ("ModelDataQuality", "ModelQuality"))
        explained = found.get("ModelMetrics", {}).get("Explainability", {}).get("Report", {})
        attributions = explained.get("S3Uri", "").rpartition("/")[0]
        silence = f"package {title} was registered without a baseline" if not data else ""
        if data and not self.has(data):
            data, silence = "", f"package {title} has no baseline at {data}"
        if quality and not self.has(quality):
            quality = ""
        schema_uri = facts.get("schema_uri", "")
        return Model(number, title, arn, schema_uri, data, quality, attributions, silence)


def _folder(metric: dict[str, Any]) -> str:
    found = metric.get("Statistics", metric.get("Constraints", {})).get("S3Uri", "")
    return str(found).rpartition("/")[0]
