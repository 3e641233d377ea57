"""Hyperparameter tuning jobs: training jobs that really run, each with other values.

Strategies Random and Grid; Bayesian is run as Random. Not here, refused by name: Hyperband, warm starts,
autotune, several training job definitions, instance choices of its own, convergence detection.
"""

import secrets
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import Answer, AwsError, Request
from stepmill.cloud.services.sagemaker import records, training
from stepmill.cloud.services.sagemaker.boxes import image_of
from stepmill.cloud.services.sagemaker.quotas import ENDED
from stepmill.cloud.services.sagemaker.service import SERVICE, check_request, invalid, pass_role
from stepmill.cloud.services.sagemaker.training import pick
from stepmill.cloud.services.sagemaker.tuning_lists import page
from stepmill.cloud.services.sagemaker.tuning_ranges import candidate, check_ranges, combinations
from stepmill.cloud.services.sagemaker.tuning_runs import (
    ARN,
    DETAIL_TYPE,
    KIND,
    STATUS,
    Tunings,
    child_params,
    tell,
)
from stepmill.cloud.services.sagemaker.tuning_summaries import overview, summaries

REFUSED = ["TrainingJobDefinitions", "WarmStartConfig", "Autotune"]
CONFIG = "HyperParameterTuningJobConfig"
LISTED = ["HyperParameterTuningJobName", ARN, STATUS, "CreationTime", "HyperParameterTuningEndTime"]
LISTED += ["LastModifiedTime", "TrainingJobStatusCounters", "ObjectiveStatusCounters"]


def resources(cloud: Cloud, params: dict[str, Any]) -> list[str]:
    name = params["HyperParameterTuningJobName"]
    return [cloud.arn("sagemaker", f"hyper-parameter-tuning-job/{name}")]


def known(cloud: Cloud, name: str) -> dict[str, Any]:
    """Raises: AwsError ResourceNotFound."""
    data = records.find(cloud, KIND, name)
    if data is None:
        raise AwsError("ResourceNotFound", f"Amazon SageMaker can't find a tuning job with the name {name}.")
    return data


@SERVICE.operation("CreateHyperParameterTuningJob", resources=resources)
def create_tuning_job(cloud: Cloud, request: Request) -> Answer:
    check_request(request)
    params = request.params
    name = params["HyperParameterTuningJobName"]
    (arn,) = resources(cloud, params)
    check(params)
    pass_role(cloud, request, params["TrainingJobDefinition"]["RoleArn"], arn)
    config = params[CONFIG]
    limits = config["ResourceLimits"]
    count = combinations(config["ParameterRanges"]) if config["Strategy"] == "Grid" else None
    now = cloud.clock.time()
    data: dict[str, Any] = {
        "HyperParameterTuningJobName": name,
        ARN: arn,
        CONFIG: config,
        "TrainingJobDefinition": params["TrainingJobDefinition"],
        STATUS: "InProgress",
        "CreationTime": now,
        "LastModifiedTime": now,
        **overview([]),
        "_Seed": config.get("RandomSeed", secrets.randbelow(2**31)),
        "_Planned": count or limits["MaxNumberOfTrainingJobs"],
        "_Children": [],
        "_Tags": params.get("Tags", []),
    }
    check_child(cloud, data)
    taken = AwsError(
        "ResourceInUse",
        "Hyperparameter tuning job names must be unique within an AWS account and region, and a tuning job "
        f"with this name already exists ({arn})",
    )
    if records.add(cloud, KIND, name, data, request.attempt, taken):
        records.add_tags(cloud, arn, params.get("Tags", []))
        tell(cloud, name)
        begin(cloud, name, data)
    return {ARN: arn}


def begin(cloud: Cloud, name: str, data: dict[str, Any]) -> None:
    cloud.state(Tunings).hurry(name)
    if longest_s := data[CONFIG]["ResourceLimits"].get("MaxRuntimeInSeconds"):
        cloud.scheduler.call_at(data["CreationTime"] + longest_s, lambda: cloud.state(Tunings).hurry(name))


def check(params: dict[str, Any]) -> None:
    """Refuse at once, by name, what cannot be tuned here. Raises: AwsError ValidationException."""
    for key in REFUSED:
        if params.get(key):
            raise invalid(f"{key} is not supported by the embedded cloud; leave it out")
    config = params[CONFIG]
    if "TrainingJobDefinition" not in params:
        raise invalid("TrainingJobDefinition is missing; it says what each training job runs")
    for key in ("TuningObjective", "HyperParameterRanges"):
        if key in params["TrainingJobDefinition"]:
            raise invalid(f"TrainingJobDefinition.{key}: give it in {CONFIG}; there is one definition")
    if "ResourceConfig" not in params["TrainingJobDefinition"]:
        raise invalid("TrainingJobDefinition.ResourceConfig is missing; it names the instances")
    if config["Strategy"] == "Hyperband" or config.get("StrategyConfig"):
        raise invalid(f"{CONFIG}.Strategy Hyperband is not supported by the embedded cloud; use Random")
    criteria = config.get("TuningJobCompletionCriteria", {})
    if criteria.get("ConvergenceDetected", {}).get("CompleteOnConvergence") == "Enabled":
        raise invalid(f"{CONFIG}.TuningJobCompletionCriteria.ConvergenceDetected is not supported here")
    for key in ("HyperParameterTuningJobObjective", "ParameterRanges"):
        if key not in config:
            raise invalid(f"{CONFIG}.{key} is missing")
    static = params["TrainingJobDefinition"].get("StaticHyperParameters", {})
    check_ranges(config["ParameterRanges"], static, config["Strategy"])
    check_limits(config)


def check_limits(config: dict[str, Any]) -> None:
    limits, where = config["ResourceLimits"], f"{CONFIG}.ResourceLimits"
    most, at_once = limits.get("MaxNumberOfTrainingJobs"), limits["MaxParallelTrainingJobs"]
    if config["Strategy"] == "Grid":
        count = combinations(config["ParameterRanges"])
        if most not in (None, count):
            raise invalid(f"{where}.MaxNumberOfTrainingJobs is {most}; the grid has {count} combinations")
        most = count
    if most is None:
        raise invalid(f"{where}.MaxNumberOfTrainingJobs is missing")
    if at_once > most:
        raise invalid(
            f"{where}.MaxParallelTrainingJobs is {at_once}, more than MaxNumberOfTrainingJobs {most}"
        )


def check_child(cloud: Cloud, data: dict[str, Any]) -> None:
    """The training jobs must be ones that can run, and must tell the objective. Raises: AwsError."""
    tuned = candidate(data[CONFIG], data["_Seed"], 0)
    params = child_params(data, {"name": "first", "tuned": tuned})
    training.check(cloud, params)
    uri = params["AlgorithmSpecification"]["TrainingImage"]
    metric = data[CONFIG]["HyperParameterTuningJobObjective"]["MetricName"]
    if metric not in [name for name, _ in training.definitions(params, image_of(cloud.root, uri))]:
        raise invalid(
            f"The objective metric for the hyperparameter tuning job, [{metric}], isn't valid for the "
            f"[{uri}] algorithm. Choose a valid objective metric."
        )


@SERVICE.operation("DescribeHyperParameterTuningJob", resources=resources)
def describe_tuning_job(cloud: Cloud, request: Request) -> Answer:
    data = known(cloud, request.params["HyperParameterTuningJobName"])
    return records.shown(data | overview(summaries(cloud, data)))


@SERVICE.operation("StopHyperParameterTuningJob", resources=resources)
def stop_tuning_job(cloud: Cloud, request: Request) -> Answer:
    name = request.params["HyperParameterTuningJobName"]
    with cloud.state(Tunings).lock_of(name):
        data = known(cloud, name)
        if data[STATUS] in ENDED:
            raise invalid(
                f"The request was rejected because the hyperparameter tuning job is in status {data[STATUS]}."
            )
        if data[STATUS] == "InProgress":
            tell(cloud, name, **{STATUS: "Stopping"})
    cloud.state(Tunings).hurry(name)
    return {}


@SERVICE.operation("ListHyperParameterTuningJobs")
def list_tuning_jobs(cloud: Cloud, request: Request) -> Answer:
    check_request(request)
    found, more = records.listing(cloud, KIND, request.params, "HyperParameterTuningJobName", STATUS)
    shown = []
    for one in found:
        limits = {"Strategy": one[CONFIG]["Strategy"], "ResourceLimits": one[CONFIG]["ResourceLimits"]}
        shown.append(pick(one | overview(summaries(cloud, one)), LISTED) | limits)
    return {"HyperParameterTuningJobSummaries": shown, **more}


@SERVICE.operation("ListTrainingJobsForHyperParameterTuningJob", resources=resources)
def list_training_jobs(cloud: Cloud, request: Request) -> Answer:
    check_request(request)
    data = known(cloud, request.params["HyperParameterTuningJobName"])
    found, more = page(summaries(cloud, data), request.params)
    return {"TrainingJobSummaries": [records.shown(one) for one in found], **more}


@SERVICE.on_start
def resume(cloud: Cloud) -> None:
    """Hear of training jobs that end; go on with what was under way."""

    def heard(event: dict[str, Any]) -> None:
        detail = event["detail"]
        tuning_arn = detail.get("TuningJobArn")
        if tuning_arn is not None and detail["TrainingJobStatus"] in ENDED:
            cloud.state(Tunings).hurry(tuning_arn.rpartition("/")[2])

    cloud.listen(training.TRAINING.detail_type, heard)
    for name in records.owing(cloud, KIND):
        records.emit(cloud, KIND, name, DETAIL_TYPE, ARN)
    for name in records.names(cloud, KIND):
        data = records.find(cloud, KIND, name) or {}
        if data[STATUS] not in ENDED:
            begin(cloud, name, data)
