"""AWS Glue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stepmill.asl.errors import AslError
from stepmill.asl.integrations.call import call, members, pattern_of

if TYPE_CHECKING:
    from typing import Unpack

    from stepmill.asl.expressions import Dynamic, Object
    from stepmill.asl.fields import TaskOptions
    from stepmill.asl.states import Task


def start_job_run(
    state_id: str,
    *,
    job_name: str | Dynamic,
    arguments: Object | Dynamic | None = None,
    allocated_capacity: int | Dynamic | None = None,
    execution_class: str | Dynamic | None = None,
    max_capacity: float | Dynamic | None = None,
    notification_property: Object | Dynamic | None = None,
    number_of_workers: int | Dynamic | None = None,
    security_configuration: str | Dynamic | None = None,
    timeout: int | Dynamic | None = None,
    worker_type: str | Dynamic | None = None,
    wait: bool = True,
    **options: Unpack[TaskOptions],
) -> Task:
    """Run a Glue job with `arguments` ({"--name": "text"}) beside the job's own; timeout in minutes.

    Result: the JobRun (Id, JobRunState, ErrorMessage, ...); without wait {"JobRunId": str}. More runs at once
    than the job allows is the error Glue.ConcurrentRunsExceededException.
    """
    if max_capacity is not None and (worker_type is not None or number_of_workers is not None):
        raise AslError(
            f"States.{state_id}: Parameters has MaxCapacity and WorkerType; give MaxCapacity to Python shell "
            "jobs, WorkerType and NumberOfWorkers to Spark jobs"
        )
    for name, value in (members(arguments) or {}).items():
        if not name.startswith("--") or (value is not None and isinstance(value, bool | int | float)):
            raise AslError(
                f"States.{state_id}: Parameters.Arguments has {name}: {value!r}; "
                "names begin with --, values are text"
            )
    parameters = {
        "JobName": job_name, "Arguments": arguments, "AllocatedCapacity": allocated_capacity,
        "ExecutionClass": execution_class, "MaxCapacity": max_capacity,
        "NotificationProperty": notification_property, "NumberOfWorkers": number_of_workers,
        "SecurityConfiguration": security_configuration, "Timeout": timeout, "WorkerType": worker_type,
    }  # fmt: skip
    return call(
        state_id, "glue:startJobRun" + pattern_of(wait=wait), parameters, options, required=("JobName",)
    )
