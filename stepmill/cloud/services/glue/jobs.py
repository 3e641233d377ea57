"""Definitions of Python shell jobs."""

import json
import re
from typing import TYPE_CHECKING, Any

from stepmill.cloud.service import Answer, AwsError, Principal, Request
from stepmill.cloud.services.glue.tables import (
    SERVICE,
    find_job,
    invalid,
    job_arn,
    job_resource,
    page,
    set_tags,
    shown,
)

if TYPE_CHECKING:
    from stepmill.cloud.cloud import Cloud

# Source: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-job.html
DEFAULTS: dict[str, Any] = {"MaxRetries": 0, "Timeout": 2880, "MaxCapacity": 0.0625}
CAPACITIES = (0.0625, 1.0)
MOST_RETRIES, MOST_MINUTES = 10, 10_080
SPARK_ONLY = ("WorkerType", "NumberOfWorkers", "ExecutionClass")
S3_OBJECT = re.compile(r"s3://([^/]+)/(.+)", re.DOTALL)


@SERVICE.operation("CreateJob", resources=job_resource)
def create_job(cloud: "Cloud", request: Request) -> Answer:
    name = request.params["Name"]
    given = {key: value for key, value in request.params.items() if key != "Tags"}
    data = completed(cloud, request.principal, name, given) | {"_attempt": request.attempt}
    now = cloud.clock.time()
    with cloud.store.transaction() as connection:
        row = connection.execute("select data from glue_job where name = ?", (name,)).fetchone()
        if row is not None:
            if request.attempt is not None and json.loads(row["data"])["_attempt"] == request.attempt:
                return {"Name": name}
            raise AwsError("AlreadyExistsException", f"Job with name: {name} already submitted; update it")
        record = json.dumps(data | {"CreatedOn": now, "LastModifiedOn": now})
        connection.execute("insert into glue_job values (?, ?, ?)", (name, now, record))
    set_tags(cloud, job_arn(cloud, name), request.params.get("Tags", {}))
    return {"Name": name}


@SERVICE.operation("UpdateJob", resources=job_resource)
def update_job(cloud: "Cloud", request: Request) -> Answer:
    """The new definition takes the whole place of the old one, as on AWS; runs under way keep theirs."""
    name = request.params["JobName"]
    old = find_job(cloud, name)
    kept = {key: old[key] for key in ("CreatedOn", "_attempt")}
    data = completed(cloud, request.principal, name, {"Name": name, **request.params["JobUpdate"]}) | kept
    with cloud.store.transaction() as connection:
        record = json.dumps(data | {"LastModifiedOn": cloud.clock.time()})
        connection.execute("update glue_job set data = ? where name = ?", (record, name))
    return {"JobName": name}


@SERVICE.operation("GetJob", resources=job_resource)
def get_job(cloud: "Cloud", request: Request) -> Answer:
    return {"Job": shown(find_job(cloud, request.params["JobName"]))}


@SERVICE.operation("GetJobs")
def get_jobs(cloud: "Cloud", request: Request) -> Answer:
    rows = cloud.store.query("select data from glue_job order by name")
    found, more = page([shown(json.loads(row["data"])) for row in rows], request.params)
    return {"Jobs": found, **more}


@SERVICE.operation("DeleteJob", resources=job_resource)
def delete_job(cloud: "Cloud", request: Request) -> Answer:
    """One that is not there is no error, as on AWS; runs under way go on."""
    name = request.params["JobName"]
    with cloud.store.transaction() as connection:
        connection.execute("delete from glue_job where name = ?", (name,))
    set_tags(cloud, job_arn(cloud, name), {})
    return {"JobName": name}


def completed(cloud: "Cloud", caller: Principal, name: str, given: dict[str, Any]) -> dict[str, Any]:
    """The definition with its defaults. Raises: AwsError InvalidInputException for what cannot run here."""
    job = {**DEFAULTS, "ExecutionProperty": {"MaxConcurrentRuns": 1}, **given}
    if "AllocatedCapacity" in given and "MaxCapacity" not in given:
        job["MaxCapacity"] = float(given["AllocatedCapacity"])
    for field in ("Role", "Command"):
        if field not in job:
            raise invalid(f"job {name}: {field} is missing; give it")
    check_command(name, job["Command"])
    check_numbers(name, job)
    pass_role(cloud, caller, name, role_arn(cloud, job["Role"]))
    return job


def check_command(name: str, command: dict[str, Any]) -> None:
    kind = command.get("Name")
    if kind != "pythonshell":
        raise invalid(
            f"job {name}: Command.Name {kind} needs Spark or Ray, which the embedded cloud does not start; "
            "use pythonshell with PythonVersion 3.9 here, or run this job on AWS"
        )
    if command.get("PythonVersion") != "3.9":
        raise invalid(
            f"job {name}: Command.PythonVersion is {command.get('PythonVersion')}; "
            "only 3.9 is left for pythonshell"
        )
    if not S3_OBJECT.fullmatch(command.get("ScriptLocation", "")):
        raise invalid(
            f"job {name}: Command.ScriptLocation is {command.get('ScriptLocation')}; give s3://bucket/script.py"
        )


def check_numbers(name: str, job: dict[str, Any]) -> None:
    for field in SPARK_ONLY:
        if field in job:
            raise invalid(f"job {name}: {field} is for Spark jobs; give MaxCapacity 0.0625 or 1")
    if job["MaxCapacity"] not in CAPACITIES:
        raise invalid(f"job {name}: MaxCapacity is {job['MaxCapacity']:g}; pythonshell allows 0.0625 or 1")
    if not 0 <= job["MaxRetries"] <= MOST_RETRIES:
        raise invalid(f"job {name}: MaxRetries is {job['MaxRetries']}; it must be 0 to {MOST_RETRIES}")
    check_timeout(name, job["Timeout"])
    if job["ExecutionProperty"].get("MaxConcurrentRuns", 1) < 1:
        raise invalid(f"job {name}: ExecutionProperty.MaxConcurrentRuns must be at least 1")


def check_timeout(name: str, minutes: int) -> None:
    if not 1 <= minutes <= MOST_MINUTES:
        raise invalid(f"job {name}: Timeout is {minutes} minutes; it must be 1 to {MOST_MINUTES}")


def role_arn(cloud: "Cloud", role: str) -> str:
    """Glue takes the name of a role or its ARN."""
    return role if role.startswith("arn:") else f"arn:aws:iam::{cloud.account}:role/{role}"


def pass_role(cloud: "Cloud", caller: Principal, name: str, arn: str) -> None:
    """The caller must be allowed to hand the role to Glue, and Glue to take it on for the job."""
    cloud.allow(caller, "iam:PassRole", arn, {"iam:PassedToService": "glue.amazonaws.com"})
    try:
        cloud.assume(arn, "glue.amazonaws.com", source_arn=job_arn(cloud, name))
    except AwsError:
        raise invalid(
            f"job {name}: Role {arn} does not exist or does not trust glue.amazonaws.com; add it to the "
            "role's AssumeRolePolicyDocument"
        ) from None
