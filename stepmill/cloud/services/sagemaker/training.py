"""Training jobs: channels in, the image's program or the user's script, model.tar.gz out."""

import json
import shutil
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.images.registry import Image
from stepmill.cloud.sandbox.archive import pack
from stepmill.cloud.sandbox.box import GIB
from stepmill.cloud.sandbox.run import Run
from stepmill.cloud.service import Answer, Request
from stepmill.cloud.services.sagemaker import jobs, records
from stepmill.cloud.services.sagemaker.boxes import image_of, job_box, judge
from stepmill.cloud.services.sagemaker.early_stopping import Objective
from stepmill.cloud.services.sagemaker.jobs import Job, JobFailed, Kind
from stepmill.cloud.services.sagemaker.metrics import MetricReader
from stepmill.cloud.services.sagemaker.quotas import check_limit
from stepmill.cloud.services.sagemaker.script_mode import script_command
from stepmill.cloud.services.sagemaker.service import SERVICE, check_request, invalid, pass_role, split_s3_uri
from stepmill.cloud.services.sagemaker.transfer import download_prefix, upload

SHOWN = ["TrainingJobName", "HyperParameters", "AlgorithmSpecification", "RoleArn", "InputDataConfig"]
SHOWN += ["OutputDataConfig", "ResourceConfig", "VpcConfig", "StoppingCondition", "EnableNetworkIsolation"]
SHOWN += [
    "EnableInterContainerTrafficEncryption",
    "EnableManagedSpotTraining",
    "CheckpointConfig",
    "Environment",
]
SHOWN += ["DebugHookConfig", "ExperimentConfig", "RetryStrategy", "ProfilerConfig"]


def perform(job: Job) -> None:
    data = job.data
    image = image_of(job.cloud.root, data["AlgorithmSpecification"]["TrainingImage"])
    enter(job, "Downloading", "Downloading input data")
    prepare(job, data)
    argv, env = command(job, image)
    job.check_stop()
    enter(job, "Training", "Training image download completed. Training in progress.")
    objective = Objective(job)
    reader = MetricReader(definitions(data, image), objective.hear)

    def on_lines(lines: list[str]) -> None:
        reader.feed(lines, job.cloud.clock.time())
        job.log(lines)

    volume_gb = data["ResourceConfig"]["VolumeSizeInGB"]
    box = job_box(job, image, argv, env, volume_gb)
    most_s = data["StoppingCondition"].get("MaxRuntimeInSeconds", 86400)
    ended = job.watch(Run(box, job.scratch, on_lines, most_seconds=most_s))
    if ended.reason in (None, "stopped", "timed_out") and (ended.exit_code == 0 or ended.reason):
        enter(job, "Uploading", "Uploading generated training model")
        finish(job, reader, objective)
    judge(job, ended, "Training job failed with no reason in /opt/ml/output/failure; see its log")


def enter(job: Job, status: str, message: str) -> None:
    if job.is_closing or job.wants_stop.is_set():
        return  # the record says Stopping
    now = job.cloud.clock.time()
    changes: dict[str, Any] = {"SecondaryStatus": status}
    if status == "Training" or "TrainingStartTime" not in job.data:
        changes["TrainingStartTime"] = now
    changes["SecondaryStatusTransitions"] = jobs.transitions(job.data, status, message, now)
    job.change(**changes)


def prepare(job: Job, data: dict[str, Any]) -> None:
    """/opt/ml as a training container finds it. Raises: TransferFailed, JobStopped."""
    config = job.opt_ml / "input" / "config"
    for folder in (config, job.opt_ml / "model", job.opt_ml / "output" / "data", job.opt_ml / "code"):
        folder.mkdir(parents=True)
    channels = {}
    most_bytes = data["ResourceConfig"]["VolumeSizeInGB"] * GIB
    for channel in data.get("InputDataConfig", []):
        source = channel["DataSource"]["S3DataSource"]
        channels[channel["ChannelName"]] = {
            "TrainingInputMode": "File",
            "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
            "RecordWrapperType": channel.get("RecordWrapperType", "None"),
        } | ({"ContentType": channel["ContentType"]} if "ContentType" in channel else {})
        folder = job.opt_ml / "input" / "data" / channel["ChannelName"]
        download_prefix(job.cloud, job.principal, source["S3Uri"], folder, most_bytes)
        job.check_stop()
    resources = {
        "current_host": "algo-1",
        "current_instance_type": data["ResourceConfig"]["InstanceType"],
        "current_group_name": "homogeneousCluster",
        "hosts": ["algo-1"],
        "network_interface_name": "lo",
    }
    for name, content in (
        ("hyperparameters", data.get("HyperParameters", {})),
        ("resourceconfig", resources),
        ("inputdataconfig", channels),
    ):
        (config / f"{name}.json").write_text(json.dumps(content))


def command(job: Job, image: Image) -> tuple[list[str], dict[str, str]]:
    """What to run and its variables. Raises: JobFailed when image and request name no program."""
    algorithm = job.data["AlgorithmSpecification"]
    env = {
        "TRAINING_JOB_NAME": job.name,
        "TRAINING_JOB_ARN": job.data["TrainingJobArn"],
        "AWS_REGION": job.cloud.region,
        **job.data.get("Environment", {}),
    }
    if entrypoint := algorithm.get("ContainerEntrypoint"):
        return [*entrypoint, *algorithm.get("ContainerArguments", [])], env
    parameters = job.data.get("HyperParameters", {})
    if image.runs_scripts and "sagemaker_program" in parameters:
        return script_command(job, parameters, env)
    if image.train is None:
        raise JobFailed(
            f"ClientError: image {image.name} has no training program; give ContainerEntrypoint or the "
            f"hyperparameters "
            "sagemaker_program and sagemaker_submit_directory"
        )
    return [*image.train, *algorithm.get("ContainerArguments", [])], env


def definitions(data: dict[str, Any], image: Image) -> list[tuple[str, str]]:
    given = data["AlgorithmSpecification"].get("MetricDefinitions", [])
    return [(one["Name"], one["Regex"]) for one in given] or list(image.metrics)


def finish(job: Job, reader: MetricReader, objective: Objective) -> None:
    """Upload what was made, also by a job that was stopped: AWS gives it time to save its model."""
    bucket, prefix = split_s3_uri(job.data["OutputDataConfig"]["S3OutputPath"])
    place = "/".join(part for part in (prefix.rstrip("/"), job.name, "output") if part)
    left_out = pack_and_upload(job, "model", bucket, f"{place}/model.tar.gz")
    if any((job.opt_ml / "output" / "data").iterdir()):
        left_out += pack_and_upload(job, "output/data", bucket, f"{place}/output.tar.gz")
    if left_out:
        job.log([f"left out, because links and special files are not packed: {', '.join(left_out)}"])
    changes: dict[str, Any] = {"ModelArtifacts": {"S3ModelArtifacts": f"s3://{bucket}/{place}/model.tar.gz"}}
    if final := reader.final():
        changes["FinalMetricDataList"] = final
    if objective.values:
        changes["_Objectives"] = objective.values
    if not job.is_closing:
        job.data = records.change(job.cloud, job.kind.noun, job.name, changes)


def pack_and_upload(job: Job, folder: str, bucket: str, key: str) -> list[str]:
    archive = job.folder / key.rsplit("/", 1)[-1]
    left_out = pack(job.opt_ml / folder, archive)
    upload(job.cloud, job.principal, archive, bucket, key)
    archive.unlink()
    shutil.rmtree(job.opt_ml / folder)
    return left_out


TRAINING = Kind("TrainingJob", "training-job", perform, "Requested resource not found.")


def resources(cloud: Cloud, params: dict[str, Any]) -> list[str]:
    return [cloud.arn("sagemaker", f"training-job/{params['TrainingJobName']}")]


@SERVICE.operation("CreateTrainingJob", resources=resources)
def create_training_job(cloud: Cloud, request: Request) -> Answer:
    check_request(request)
    return begin(cloud, request, {})


def begin(cloud: Cloud, request: Request, more: dict[str, Any]) -> Answer:
    """Take the job in, with `more` in its record."""
    params = request.params
    pass_role(cloud, request, params["RoleArn"], resources(cloud, params)[0])
    check(cloud, params)
    data = {key: params[key] for key in SHOWN if key in params}
    data |= {"_RoleArn": params["RoleArn"], "_Instance": params["ResourceConfig"]["InstanceType"]}
    data |= {"SecondaryStatus": "Starting", **more}
    data["SecondaryStatusTransitions"] = jobs.transitions(
        {}, "Starting", "Starting the training job", cloud.clock.time()
    )
    if records.find(cloud, "TrainingJob", params["TrainingJobName"]) is None:
        check_limit(cloud, "TrainingJob", "TrainingJobStatus", "_Instance", "training job", data["_Instance"])
    return jobs.create(
        cloud,
        TRAINING,
        request,
        data,
        "Training job names must be unique within an AWS account and region, and a training job with this "
        "name "
        "already exists ({arn})",
    )


def check(cloud: Cloud, params: dict[str, Any]) -> None:
    """Refuse at once, by name, what this cloud cannot do. Raises: AwsError ValidationException."""
    algorithm, machine = params["AlgorithmSpecification"], params.get("ResourceConfig", {})
    if "TrainingImage" not in algorithm:
        raise invalid(
            "AlgorithmSpecification.AlgorithmName is not supported by the embedded cloud; give TrainingImage"
        )
    image = image_of(cloud.root, algorithm["TrainingImage"])
    try:
        MetricReader(definitions(params, image))
    except ValueError as error:
        raise invalid(str(error)) from None
    if algorithm.get("TrainingInputMode", "File") != "File":
        raise invalid(f"TrainingInputMode {algorithm['TrainingInputMode']} is not supported here; use File")
    if "InstanceType" not in machine or machine.get("InstanceCount", 1) != 1:
        raise invalid(
            "ResourceConfig must name an InstanceType and an InstanceCount of 1 in the embedded cloud"
        )
    split_s3_uri(params["OutputDataConfig"]["S3OutputPath"])
    names = [channel["ChannelName"] for channel in params.get("InputDataConfig", [])]
    if len(set(names)) != len(names):
        raise invalid(f"InputDataConfig has a ChannelName twice: {', '.join(names)}")
    for channel in params.get("InputDataConfig", []):
        check_channel(channel)


def check_channel(channel: dict[str, Any]) -> None:
    where = f"channel {channel['ChannelName']}"
    source = channel["DataSource"].get("S3DataSource")
    if source is None:
        raise invalid(f"{where}: only S3DataSource is supported by the embedded cloud")
    if source["S3DataType"] != "S3Prefix":
        raise invalid(f"{where}: S3DataType {source['S3DataType']} is not supported here; use S3Prefix")
    for key, allowed in (("CompressionType", "None"), ("RecordWrapperType", "None"), ("InputMode", "File")):
        if channel.get(key, allowed) != allowed:
            raise invalid(f"{where}: {key} {channel[key]} is not supported here; use {allowed}")
    split_s3_uri(source["S3Uri"])


@SERVICE.operation("DescribeTrainingJob", resources=resources)
def describe_training_job(cloud: Cloud, request: Request) -> Answer:
    return records.shown(jobs.known(cloud, TRAINING, request.params["TrainingJobName"]))


@SERVICE.operation("StopTrainingJob", resources=resources)
def stop_training_job(cloud: Cloud, request: Request) -> Answer:
    return jobs.stop(cloud, TRAINING, request.params["TrainingJobName"])


@SERVICE.operation("ListTrainingJobs")
def list_training_jobs(cloud: Cloud, request: Request) -> Answer:
    found, more = records.listing(
        cloud, "TrainingJob", request.params, "TrainingJobName", "TrainingJobStatus"
    )
    keys = ["TrainingJobName", "TrainingJobArn", "CreationTime", "TrainingEndTime", "LastModifiedTime"]
    keys += ["TrainingJobStatus", "SecondaryStatus"]
    return {"TrainingJobSummaries": [pick(one, keys) for one in found], **more}


def pick(data: dict[str, Any], keys: list[str]) -> Answer:
    return records.shown({key: data[key] for key in keys if key in data})


@SERVICE.on_start
def resume(cloud: Cloud) -> None:
    jobs.resume(cloud, TRAINING)
