"""Transform jobs: files from S3, split into requests to a model server, the answers joined into
`<input>.out`. Filters and joins are `data_processing`'s.

Refused by name: other splits than None and Line, manifest files, data capture.
"""

import http.client
import threading
from pathlib import Path
from typing import Any

from stepmill.cloud.cloud import Cloud
from stepmill.cloud.service import Answer, Request
from stepmill.cloud.services.sagemaker import jobs, records
from stepmill.cloud.services.sagemaker.batches import VOLUME_BYTES, Batch, batches
from stepmill.cloud.services.sagemaker.data_processing import BadRecord, Processing, check_processing
from stepmill.cloud.services.sagemaker.jobs import Job, JobFailed, Kind
from stepmill.cloud.services.sagemaker.models import known_model
from stepmill.cloud.services.sagemaker.quotas import check_limit
from stepmill.cloud.services.sagemaker.servers import Reply, Server, ServerFailed
from stepmill.cloud.services.sagemaker.service import SERVICE, check_request, invalid, split_s3_uri
from stepmill.cloud.services.sagemaker.training import pick
from stepmill.cloud.services.sagemaker.transfer import download_prefix, upload_folder

SHOWN = ["TransformJobName", "ModelName", "MaxConcurrentTransforms", "ModelClientConfig", "MaxPayloadInMB"]
SHOWN += [
    "BatchStrategy",
    "Environment",
    "TransformInput",
    "TransformOutput",
    "TransformResources",
    "DataProcessing",
]
SHOWN += ["ExperimentConfig"]
INVOCATION_TIMEOUT_S = 600.0


def perform(job: Job) -> None:
    data = job.data
    job.change(TransformStartTime=job.cloud.clock.time())
    source, made = job.folder / "input", job.folder / "output"
    made.mkdir(parents=True)
    download_prefix(
        job.cloud,
        job.principal,
        data["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"],
        source,
        VOLUME_BYTES,
    )
    job.check_stop()
    model = known_model(job.cloud, data["ModelName"])
    if data.get("Environment"):
        container = model["PrimaryContainer"]
        environment = container.get("Environment", {}) | data["Environment"]
        model = {**model, "PrimaryContainer": {**container, "Environment": environment}}
    try:
        server = Server(job.cloud, model, job.folder / "server", job.log)
    except ServerFailed as error:
        raise JobFailed(f"ClientError: {error}") from None
    ended = threading.Event()
    watcher = threading.Thread(target=close_when_stopped, args=(job, server, ended), daemon=True)
    watcher.start()
    try:
        for path in sorted(path for path in source.rglob("*") if path.is_file()):
            transform(job, server, path, made / f"{path.relative_to(source).as_posix()}.out")
    finally:
        ended.set()
        watcher.join()
        server.close()
    upload_folder(job.cloud, job.principal, made, data["TransformOutput"]["S3OutputPath"])


def close_when_stopped(job: Job, server: Server, ended: threading.Event) -> None:
    """A stop must not wait for a request that is under way."""
    while not ended.wait(0.2):
        if job.wants_stop.is_set():
            server.close()
            return


def transform(job: Job, server: Server, path: Path, target: Path) -> None:
    """Memory is bounded by a batch, whatever the file. Raises: JobFailed naming the file; JobStopped."""
    given = job.data["TransformInput"]
    accept = job.data["TransformOutput"].get("Accept", "")
    headers = {"Content-Type": given.get("ContentType", "text/csv")} | ({"Accept": accept} if accept else {})
    processing = Processing(job.data)
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as out:
        for number, batch in enumerate(batches(job.data, path, processing), start=1):
            job.check_stop()
            where = f"ClientError: {path.name}: request {number}:"
            try:
                reply = server.invoke(batch.body, headers, INVOCATION_TIMEOUT_S)
            except (OSError, http.client.HTTPException) as error:
                job.check_stop()
                raise JobFailed(f"{where} the model server did not answer ({error})") from None
            if reply.status != 200:
                text = reply.body.decode("utf-8", "replace")[:500]
                raise JobFailed(f"{where} the model answered {reply.status}: {text}")
            try:
                out.write(assembled(job.data, processing, batch, reply))
            except BadRecord as error:
                last = batch.first + len(batch.records) - 1
                raise JobFailed(f"{where} lines {batch.first} to {last}: {error}") from None


def assembled(data: dict[str, Any], processing: Processing, batch: Batch, reply: Reply) -> bytes:
    """The output of one batch. Raises: BadRecord."""
    end = b"\n" if data["TransformOutput"].get("AssembleWith", "None") == "Line" else b""
    if not processing.touches_answers:
        return reply.body + (b"" if reply.body.endswith(b"\n") else end)
    if processing.is_csv and "json" in reply.content_type:
        raise BadRecord(f"the model answered in {reply.content_type}; give Accept text/csv")
    answers = [reply.body.rstrip(b"\r\n")] if batch.is_one else reply.body.splitlines()
    return b"".join(line + end for line in processing.kept(batch.records, answers))


TRANSFORM = Kind("TransformJob", "transform-job", perform, "Could not find requested job with name: {name}")


def resources(cloud: Cloud, params: dict[str, Any]) -> list[str]:
    return [cloud.arn("sagemaker", f"transform-job/{params['TransformJobName']}")]


@SERVICE.operation("CreateTransformJob", resources=resources)
def create_transform_job(cloud: Cloud, request: Request) -> Answer:
    check_request(request)
    params = request.params
    model = known_model(cloud, params["ModelName"])
    check(params)
    instance = params["TransformResources"]["InstanceType"]
    data = {key: params[key] for key in SHOWN if key in params}
    data |= {"_RoleArn": model["ExecutionRoleArn"], "_Instance": instance}
    if records.find(cloud, "TransformJob", params["TransformJobName"]) is None:
        check_limit(cloud, "TransformJob", "TransformJobStatus", "_Instance", "transform job", instance)
    return jobs.create(cloud, TRANSFORM, request, data, jobs.NAME_TAKEN)


def check(params: dict[str, Any]) -> None:
    """Refuse at once, by name, what this cloud cannot do. Raises: AwsError ValidationException."""
    source, output = params["TransformInput"], params["TransformOutput"]
    check_processing(params)
    if source.get("SplitType", "None") not in ("None", "Line"):
        raise invalid(
            f"TransformInput.SplitType {source['SplitType']} is not supported here; use None or Line"
        )
    if source.get("CompressionType", "None") != "None":
        raise invalid(
            f"TransformInput.CompressionType {source['CompressionType']} is not supported here; use None"
        )
    if source["DataSource"]["S3DataSource"]["S3DataType"] != "S3Prefix":
        raise invalid("TransformInput: only S3DataType S3Prefix is supported by the embedded cloud")
    if params["TransformResources"]["InstanceCount"] != 1:
        raise invalid("TransformResources.InstanceCount must be 1 in the embedded cloud")
    if params.get("DataCaptureConfig"):
        raise invalid(
            "DataCaptureConfig of transform jobs is not supported by the embedded cloud; leave it out"
        )
    split_s3_uri(source["DataSource"]["S3DataSource"]["S3Uri"])
    split_s3_uri(output["S3OutputPath"])


@SERVICE.operation("DescribeTransformJob", resources=resources)
def describe_transform_job(cloud: Cloud, request: Request) -> Answer:
    return records.shown(jobs.known(cloud, TRANSFORM, request.params["TransformJobName"]))


@SERVICE.operation("StopTransformJob", resources=resources)
def stop_transform_job(cloud: Cloud, request: Request) -> Answer:
    return jobs.stop(cloud, TRANSFORM, request.params["TransformJobName"])


@SERVICE.operation("ListTransformJobs")
def list_transform_jobs(cloud: Cloud, request: Request) -> Answer:
    found, more = records.listing(
        cloud, "TransformJob", request.params, "TransformJobName", "TransformJobStatus"
    )
    keys = ["TransformJobName", "TransformJobArn", "CreationTime", "TransformEndTime", "LastModifiedTime"]
    keys += ["TransformJobStatus", "FailureReason"]
    return {"TransformJobSummaries": [pick(one, keys) for one in found], **more}


@SERVICE.on_start
def resume(cloud: Cloud) -> None:
    jobs.resume(cloud, TRANSFORM)
