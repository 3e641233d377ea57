"""Runs of jobs: started, shown, stopped, ended; what a restart interrupted is marked as failed."""

import json
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, Request
from stepmill.cloud.services.glue import records
from stepmill.cloud.services.glue.jobs import CAPACITIES, check_timeout, role_arn
from stepmill.cloud.services.glue.running import Running
from stepmill.cloud.services.glue.tables import SERVICE, find_job, invalid, job_resource, page, shown

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

LOG_GROUP = "/aws-glue/python-jobs"
INTERRUPTED = (
    "InternalServiceException: the embedded cloud stopped while the run was under way; start it again"
)


@SERVICE.operation("StartJobRun", resources=job_resource)
def start_job_run(cloud: "Cloud", request: Request) -> Answer:
    params = request.params
    name = params["JobName"]
    job = find_job(cloud, name)
    if "JobRunId" in params:
        raise invalid(
            "JobRunId: the embedded cloud does not resume an earlier run; start a new one without it"
        )
    for field in ("WorkerType", "NumberOfWorkers"):
        if field in params:
            raise invalid(f"job {name}: {field} is for Spark jobs; give MaxCapacity 0.0625 or 1")
    capacity = params.get("MaxCapacity", job["MaxCapacity"])
    if capacity not in CAPACITIES:
        raise invalid(f"job {name}: MaxCapacity is {capacity:g}; pythonshell allows 0.0625 or 1")
    if "Timeout" in params:
        check_timeout(name, params["Timeout"])
    defaults, fixed = job.get("DefaultArguments", {}), job.get("NonOverridableArguments", {})
    now = cloud.clock.time()
    data = {
        "JobName": name,
        "Attempt": 0,
        "JobRunState": "STARTING",
        "StartedOn": now,
        "LastModifiedOn": now,
        "Arguments": params.get("Arguments", {}),
        "PredecessorRuns": [],
        "ExecutionTime": 0,
        "Timeout": params.get("Timeout", job["Timeout"]),
        "MaxCapacity": capacity,
        "LogGroupName": LOG_GROUP,
        "_Arguments": {**defaults, **params.get("Arguments", {}), **fixed},
        "_Script": job["Command"]["ScriptLocation"],
        "_RoleArn": role_arn(cloud, job["Role"]),
        "_MaxRetries": job["MaxRetries"],
        "_MostAtOnce": job["ExecutionProperty"].get("MaxConcurrentRuns", 1),
    }
    if "GlueVersion" in job:
        data["GlueVersion"] = job["GlueVersion"]
    run_id = records.add(cloud, data, request.attempt)
    cloud.state(Running).launch(name, run_id)
    return {"JobRunId": run_id}


@SERVICE.operation("GetJobRun", resources=job_resource)
def get_job_run(cloud: "Cloud", request: Request) -> Answer:
    return {"JobRun": shown(records.find(cloud, request.params["JobName"], request.params["RunId"]))}


@SERVICE.operation("GetJobRuns", resources=job_resource)
def get_job_runs(cloud: "Cloud", request: Request) -> Answer:
    name = request.params["JobName"]
    rows = cloud.store.query("select data from glue_run where job = ? order by seq desc", (name,))
    if not rows:
        find_job(cloud, name)
    found, more = page([shown(json.loads(row["data"])) for row in rows], request.params)
    return {"JobRuns": found, **more}


@SERVICE.operation("BatchStopJobRun", resources=job_resource)
def batch_stop_job_run(cloud: "Cloud", request: Request) -> Answer:
    name = request.params["JobName"]
    stopped: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    for run_id in request.params["JobRunIds"]:
        place = {"JobName": name, "JobRunId": run_id}
        rows = cloud.store.query("select 1 from glue_run where id = ? and job = ?", (run_id, name))
        if not rows:
            detail = {
                "ErrorCode": "EntityNotFoundException",
                "ErrorMessage": f"No run {run_id} of job {name}",
            }
        elif records.change(cloud, run_id, JobRunState="STOPPING") is None:
            detail = {"ErrorCode": "InvalidInputException", "ErrorMessage": f"Run {run_id} is over already"}
        else:
            cloud.state(Running).stop(run_id)
            stopped.append(place)
            continue
        errors.append({**place, "ErrorDetail": detail})
    return {"SuccessfulSubmissions": stopped, "Errors": errors}


@SERVICE.on_start
def mark_interrupted(cloud: "Cloud") -> None:
    """A script that writes as it goes cannot be run again unasked: its run failed, and MaxRetries decides."""
    for run_id in records.owing(cloud):
        records.emit(cloud, run_id)
    for data in records.under_way(cloud):
        if data["JobRunState"] == "STOPPING":
            records.end(cloud, data["Id"], "STOPPED")
        else:
            retry = records.end(cloud, data["Id"], "FAILED", INTERRUPTED)
            if retry is not None:
                cloud.state(Running).launch(data["JobName"], retry)


@SERVICE.on_stop
def close_runs(cloud: "Cloud") -> None:
    cloud.state(Running).close()
