"""The either-or members of SageMaker's requests, which AWS's own models do not carry.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stepmill.asl.errors import AslError
from stepmill.asl.integrations.call import check_name, exactly_one, members

if TYPE_CHECKING:
    from stepmill.asl.expressions import Dynamic, Object

NAME = r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
NAME_RULE = "1 to 63 letters, digits and inner hyphens"
TUNING_NAME = r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,31}"


def job_name(state_id: str, field: str, value: object) -> None:
    """A name written out in full is legal; one that is formatted at run time is the checker's work."""
    check_name(state_id, field, value, NAME, NAME_RULE)


def tuning_name(state_id: str, value: object) -> None:
    """Shorter than other jobs' names: those of its training jobs begin with it."""
    field, rule = "HyperParameterTuningJobName", "1 to 32 letters, digits and inner hyphens"
    check_name(state_id, field, value, TUNING_NAME, rule)


def algorithm(
    state_id: str, value: Object | Dynamic, where: str = "Parameters.AlgorithmSpecification"
) -> None:
    given = members(value)
    if given is None:
        return
    both = {name: given.get(name) for name in ("TrainingImage", "AlgorithmName")}
    exactly_one(state_id, where, both)
    if given.get("TrainingInputMode") is None:
        raise AslError(
            f"States.{state_id}: {where} lacks TrainingInputMode; give 'File', 'Pipe' or 'FastFile'"
        )


def tuning(state_id: str, value: Object | Dynamic) -> None:
    """A strategy, its limits and what is tried; Grid counts by itself."""
    given = members(value)
    if given is None:
        return
    where = "Parameters.HyperParameterTuningJobConfig"
    _require(state_id, where, given, ("Strategy", "ResourceLimits"))
    limits = members(given["ResourceLimits"])
    if limits is not None:
        counted = () if given["Strategy"] == "Grid" else ("MaxNumberOfTrainingJobs",)
        _require(state_id, f"{where}.ResourceLimits", limits, (*counted, "MaxParallelTrainingJobs"))


def tuned_training(state_id: str, value: Object | Dynamic | None) -> None:
    """What each training job of a tuning runs."""
    given = members(value)
    if given is None:
        return
    where = "Parameters.TrainingJobDefinition"
    required = ("AlgorithmSpecification", "RoleArn", "OutputDataConfig", "StoppingCondition")
    _require(state_id, where, given, required)
    kinds = ("ResourceConfig", "HyperParameterTuningResourceConfig")
    if all(given.get(name) is None for name in kinds):
        raise AslError(f"States.{state_id}: {where} lacks ResourceConfig; SageMaker requires it")
    algorithm(state_id, given["AlgorithmSpecification"], f"{where}.AlgorithmSpecification")


def training_resources(state_id: str, value: Object | Dynamic) -> None:
    given = members(value)
    if given is None:
        return
    where = "Parameters.ResourceConfig"
    alternatives = ("InstanceType", "InstanceGroups", "InstancePlacementConfig")
    if given.get("InstanceType") is None and all(given.get(name) is None for name in alternatives):
        raise AslError(f"States.{state_id}: {where} lacks InstanceType; give it with InstanceCount")
    if given.get("InstanceType") is not None:
        if given.get("InstanceGroups") is not None:
            raise AslError(
                f"States.{state_id}: {where} has InstanceType and InstanceGroups; give one of them"
            )
        _require(state_id, where, given, ("InstanceCount",))


def processing_resources(state_id: str, value: Object | Dynamic) -> None:
    given = members(value)
    if given is None:
        return
    where = "Parameters.ProcessingResources"
    _require(state_id, where, given, ("ClusterConfig",))
    cluster = members(given["ClusterConfig"])
    if cluster is not None:
        _require(
            state_id, f"{where}.ClusterConfig", cluster, ("InstanceCount", "InstanceType", "VolumeSizeInGB")
        )


def channels(state_id: str, value: Sequence[Object] | Dynamic | None) -> None:
    """Each training channel has a name and reads from exactly one kind of source."""
    if not isinstance(value, (list, tuple)):
        return
    for index, channel in enumerate(value):
        given = members(channel)
        if given is None:
            continue
        where = f"Parameters.InputDataConfig[{index}]"
        _require(state_id, where, given, ("ChannelName", "DataSource"))
        source = members(given["DataSource"])
        if source is not None:
            kinds = ("S3DataSource", "FileSystemDataSource", "DatasetSource")
            exactly_one(state_id, f"{where}.DataSource", {name: source.get(name) for name in kinds})


def containers(
    state_id: str, primary: Object | Dynamic | None, several: Sequence[Object] | Dynamic | None
) -> None:
    """A model has one container or a list of them, each with an image or a model package."""
    exactly_one(state_id, "Parameters", {"PrimaryContainer": primary, "Containers": several})
    listed = list(several) if isinstance(several, (list, tuple)) else []
    for place, value in [
        ("PrimaryContainer", primary),
        *((f"Containers[{i}]", item) for i, item in enumerate(listed)),
    ]:
        given = members(value)
        if given is not None:
            both = {name: given.get(name) for name in ("Image", "ModelPackageName")}
            exactly_one(state_id, f"Parameters.{place}", both)


def variants(state_id: str, value: Sequence[Object] | Dynamic) -> None:
    """Each variant names its model and is either on instances or serverless."""
    if not isinstance(value, (list, tuple)):
        return
    for index, variant in enumerate(value):
        given = members(variant)
        if given is None:
            continue
        where = f"Parameters.ProductionVariants[{index}]"
        _require(state_id, where, given, ("VariantName",))
        if given.get("ServerlessConfig") is not None and given.get("InstanceType") is not None:
            raise AslError(
                f"States.{state_id}: {where} has InstanceType and ServerlessConfig; give one of them"
            )
        if given.get("ModelName") is not None and given.get("ServerlessConfig") is None:
            _require(state_id, where, given, ("InstanceType",))


def transform_io(state_id: str, source: Object | Dynamic, output: Object | Dynamic) -> None:
    for where, value, required in (
        ("Parameters.TransformInput", source, ("DataSource",)),
        ("Parameters.TransformOutput", output, ("S3OutputPath",)),
    ):
        given = members(value)
        if given is not None:
            _require(state_id, where, given, required)


def _require(state_id: str, where: str, given: Object, names: tuple[str, ...]) -> None:
    missing = [name for name in names if given.get(name) in (None, "")]
    if missing:
        raise AslError(f"States.{state_id}: {where} lacks {', '.join(missing)}; SageMaker requires it")
