"""Processing jobs: any script over files from S3, its results back to S3."""

import json
from pathlib import Path, PurePosixPath
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.sandbox.box import GIB
from stepmill.cloud.sandbox.run import Run
from stepmill.cloud.service import Answer, Request
from stepmill.cloud.services.sagemaker import jobs, records
from stepmill.cloud.services.sagemaker.boxes import image_of, job_box, judge, read_text
from stepmill.cloud.services.sagemaker.jobs import Job, JobFailed, Kind
from stepmill.cloud.services.sagemaker.quotas import check_limit
from stepmill.cloud.services.sagemaker.service import SERVICE, check_request, invalid, pass_role, split_s3_uri
from stepmill.cloud.services.sagemaker.training import pick
from stepmill.cloud.services.sagemaker.transfer import download_prefix, upload_folder

SHOWN = ["ProcessingInputs", "ProcessingOutputConfig", "ProcessingJobName", "ProcessingResources", "RoleArn"]
SHOWN += ["StoppingCondition", "AppSpecification", "Environment", "NetworkConfig", "ExperimentConfig"]
ROOT = PurePosixPath("/opt/ml/processing")


def perform(job: Job) -> None:
    data = job.data
    app = data["AppSpecification"]
    image = image_of(job.cloud.root, app["ImageUri"])
    program = app.get("ContainerEntrypoint") or image.process
    if not program:
        raise JobFailed(
            f"ClientError: image {image.name} has no processing program; give ContainerEntrypoint"
        )
    argv = [*program, *app.get("ContainerArguments", [])]
    job.change(ProcessingStartTime=job.cloud.clock.time())
    prepare(job)
    job.check_stop()
    env = {
        "AWS_REGION": job.cloud.region,
        "PROCESSING_JOB_NAME": job.name,
        "PROCESSING_JOB_ARN": data["ProcessingJobArn"],
        **data.get("Environment", {}),
    }
    box = job_box(job, image, argv, env, cluster(data)["VolumeSizeInGB"])
    most_s = data.get("StoppingCondition", {}).get("MaxRuntimeInSeconds", 86400)
    ended = job.watch(Run(box, job.scratch, job.log, most_seconds=most_s))
    if (message := read_text(job.opt_ml / "output" / "message")) and not job.is_closing:
        job.data = records.change(job.cloud, job.kind.noun, job.name, {"ExitMessage": message[:1024]})
    judge(job, ended, message or "See job logs for more information")
    for output in outputs(data):
        folder = inside(job, output["S3Output"]["LocalPath"])
        left_out = upload_folder(job.cloud, job.principal, folder, output["S3Output"]["S3Uri"])
        if left_out:
            job.log([f"left out, because links and special files are not uploaded: {', '.join(left_out)}"])


def cluster(data: dict[str, Any]) -> dict[str, Any]:
    config: dict[str, Any] = data["ProcessingResources"]["ClusterConfig"]
    return config


def outputs(data: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = data.get("ProcessingOutputConfig", {}).get("Outputs", [])
    return found


def prepare(job: Job) -> None:
    """/opt/ml as a processing container finds it. Raises: TransferFailed, JobStopped."""
    data = job.data
    config = job.opt_ml / "config"
    for folder in (config, job.opt_ml / "output"):
        folder.mkdir(parents=True)
    most_bytes = cluster(data)["VolumeSizeInGB"] * GIB
    for given in data.get("ProcessingInputs", []):
        source = given["S3Input"]
        download_prefix(
            job.cloud, job.principal, source["S3Uri"], inside(job, source["LocalPath"]), most_bytes
        )
        job.check_stop()
    for output in outputs(data):
        inside(job, output["S3Output"]["LocalPath"]).mkdir(parents=True, exist_ok=True)
    shown = {key: value for key, value in data.items() if not key.startswith("_")}
    (config / "processingjobconfig.json").write_text(json.dumps(shown))
    resources = {"current_host": "algo-1", "hosts": ["algo-1"], "network_interface_name": "lo"}
    (config / "resourceconfig.json").write_text(json.dumps(resources))


def inside(job: Job, local_path: str) -> Path:
    """Where a path of the container lies outside; `check` has made sure that it is below /opt/ml."""
    return job.opt_ml / PurePosixPath(local_path).relative_to("/opt/ml")


PROCESSING = Kind(
    "ProcessingJob", "processing-job", perform, "Could not find requested job with name: {name}"
)


def resources(cloud: Cloud, params: dict[str, Any]) -> list[str]:
    return [cloud.arn("sagemaker", f"processing-job/{params['ProcessingJobName']}")]


@SERVICE.operation("CreateProcessingJob", resources=resources)
def create_processing_job(cloud: Cloud, request: Request) -> Answer:
    check_request(request)
    params = request.params
    pass_role(cloud, request, params["RoleArn"], resources(cloud, params)[0])
    check(cloud, params)
    data = {key: params[key] for key in SHOWN if key in params}
    data |= {"_RoleArn": params["RoleArn"], "_Instance": cluster(params)["InstanceType"]}
    if records.find(cloud, "ProcessingJob", params["ProcessingJobName"]) is None:
        check_limit(
            cloud, "ProcessingJob", "ProcessingJobStatus", "_Instance", "processing job", data["_Instance"]
        )
    return jobs.create(cloud, PROCESSING, request, data, jobs.NAME_TAKEN)


def check(cloud: Cloud, params: dict[str, Any]) -> None:
    """Refuse at once, by name, what this cloud cannot do. Raises: AwsError ValidationException."""
    image_of(cloud.root, params["AppSpecification"]["ImageUri"])
    if cluster(params)["InstanceCount"] != 1:
        raise invalid("ProcessingResources.ClusterConfig.InstanceCount must be 1 in the embedded cloud")
    for given in params.get("ProcessingInputs", []):
        where = f"ProcessingInputs {given['InputName']}"
        if "S3Input" not in given:
            raise invalid(f"{where}: only S3Input is supported by the embedded cloud")
        source = given["S3Input"]
        for key, allowed in (
            ("S3DataType", "S3Prefix"),
            ("S3InputMode", "File"),
            ("S3CompressionType", "None"),
        ):
            if source.get(key, allowed) != allowed:
                raise invalid(f"{where}: {key} {source[key]} is not supported here; use {allowed}")
        split_s3_uri(source["S3Uri"])
        check_local_path(where, source.get("LocalPath", ""))
    for output in outputs(params):
        where = f"ProcessingOutputConfig {output['OutputName']}"
        if "S3Output" not in output:
            raise invalid(f"{where}: only S3Output is supported by the embedded cloud")
        if output["S3Output"]["S3UploadMode"] != "EndOfJob":
            raise invalid(
                f"{where}: S3UploadMode {output['S3Output']['S3UploadMode']} is not supported; use EndOfJob"
            )
        split_s3_uri(output["S3Output"]["S3Uri"])
        check_local_path(where, output["S3Output"].get("LocalPath", ""))


def check_local_path(where: str, path: str) -> None:
    pure = PurePosixPath(path)
    if not pure.is_relative_to(ROOT) or ".." in pure.parts:
        raise invalid(f"{where}: LocalPath {path!r} must lie below {ROOT}")


@SERVICE.operation("DescribeProcessingJob", resources=resources)
def describe_processing_job(cloud: Cloud, request: Request) -> Answer:
    return records.shown(jobs.known(cloud, PROCESSING, request.params["ProcessingJobName"]))


@SERVICE.operation("StopProcessingJob", resources=resources)
def stop_processing_job(cloud: Cloud, request: Request) -> Answer:
    return jobs.stop(cloud, PROCESSING, request.params["ProcessingJobName"])


@SERVICE.operation("ListProcessingJobs")
def list_processing_jobs(cloud: Cloud, request: Request) -> Answer:
    found, more = records.listing(
        cloud, "ProcessingJob", request.params, "ProcessingJobName", "ProcessingJobStatus"
    )
    keys = ["ProcessingJobName", "ProcessingJobArn", "CreationTime", "ProcessingEndTime", "LastModifiedTime"]
    keys += ["ProcessingJobStatus", "FailureReason", "ExitMessage"]
    return {"ProcessingJobSummaries": [pick(one, keys) for one in found], **more}


@SERVICE.on_start
def resume(cloud: Cloud) -> None:
    jobs.resume(cloud, PROCESSING)
